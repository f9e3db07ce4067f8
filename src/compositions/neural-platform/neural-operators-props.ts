/** Options of the operators of a neural platform. */
export interface NeuralOperatorsProps {
  /**
   * Image of the hook server; operators/Dockerfile builds it.
   *
   * @default - that of this version of the library
   */
  readonly image?: string;
  /**
   * Whether each operator has a Deployment of its own, so that a fault in one cannot hold up the others.
   *
   * @default false
   */
  readonly separateDeployments?: boolean;
  /**
   * URL of MLflow, for workflows and model registration.
   *
   * @default - none: workflows that register models must name a server
   */
  readonly mlflowUrl?: string;
  /**
   * Addresses of Kafka, for pipelines and features that name none.
   *
   * @default - none
   */
  readonly kafkaBootstrapServers?: string;
  /**
   * Image of Spark with the connectors that pipelines use.
   *
   * @default - Apache's image, which fetches connectors from a Maven repository when it starts
   */
  readonly sparkImage?: string;
  /**
   * Image of Flink with PyFlink and the connectors that streams use.
   *
   * @default - none: streams must name an image, and pipelines of engine flink are refused
   */
  readonly flinkImage?: string;
  /**
   * URL of the server that OpenLineage events go to.
   *
   * @default - none are sent
   */
  readonly openLineageUrl?: string;
}
