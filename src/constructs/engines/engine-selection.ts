/** Which engines are installed. */
export interface EngineSelection {
  /**
   * Whether models are served by KServe.
   *
   * @default true
   */
  readonly serving?: boolean;
  /**
   * Whether Spark runs batch pipelines.
   *
   * @default true
   */
  readonly spark?: boolean;
  /**
   * Whether Flink runs streaming pipelines.
   *
   * @default true
   */
  readonly flink?: boolean;
  /**
   * Whether Argo Workflows runs workflows.
   *
   * @default true
   */
  readonly workflows?: boolean;
  /**
   * Whether Kubeflow Trainer runs distributed trainings.
   *
   * @default true
   */
  readonly training?: boolean;
  /**
   * Whether Feast serves and materializes features. Its operator has no chart: unless Argo CD delivers, a command that the
   * report of the synthesis names installs it.
   *
   * @default true
   */
  readonly featureStore?: boolean;
}
