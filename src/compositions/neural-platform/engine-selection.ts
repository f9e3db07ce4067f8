/** Which engines are installed. */
export interface EngineSelection {
  /**
   * KServe.
   *
   * @default true
   */
  readonly serving?: boolean;
  /**
   * The Spark operator.
   *
   * @default true
   */
  readonly spark?: boolean;
  /**
   * The Flink operator.
   *
   * @default true
   */
  readonly flink?: boolean;
  /**
   * Argo Workflows.
   *
   * @default true
   */
  readonly workflows?: boolean;
  /**
   * Kubeflow Trainer.
   *
   * @default true
   */
  readonly training?: boolean;
  /**
   * Feast.
   *
   * @default true
   */
  readonly featureStore?: boolean;
}
