import { IBackingService, IGrantable } from './backing-service';

/** How large a message bus is to be, in terms that every provider understands. */
export interface MessageBusProps {
  /**
   * Brokers. Three are the fewest that go on when one is lost: topics then have three copies, of which two must have a message before it is
   * confirmed.
   *
   * @default - 1 locally and in development, 3 in staging and production; the provider's own service has at least one in each zone
   */
  readonly brokers?: number;
  /**
   * Storage of each broker, as a Kubernetes quantity of whole GiB such as `100Gi`.
   *
   * @default - 5Gi locally, 20Gi in development, 50Gi in staging, 100Gi in production
   */
  readonly storage?: string;
  /**
   * Memory of each broker, as a Kubernetes quantity of whole MiB such as `1Gi`; in the cluster, Java has half of it. The provider's own service
   * has the smallest of its usual instance classes with as much.
   *
   * @default - 1Gi locally and in development, 2Gi in staging, 4Gi in production; the provider's own service has that of its default instance class
   */
  readonly memory?: string;
  /**
   * Hours that messages are kept, for topics that do not say otherwise.
   *
   * @default 168
   */
  readonly retentionHours?: number;
  /**
   * Whether it is the provider's own service, such as Amazon MSK, rather than Strimzi in the cluster. A provider without one refuses it.
   *
   * @default false
   */
  readonly managed?: boolean;
  /**
   * Instance class of the provider's own service, in the provider's terms. It needs `managed`.
   *
   * @default - the provider's default for the tier
   */
  readonly instanceType?: string;
}

/** A topic of a message bus. */
export interface TopicProps {
  /**
   * Partitions: as many readers of one group can share the messages.
   *
   * @default 3
   */
  readonly partitions?: number;
  /**
   * Hours that messages are kept.
   *
   * @default - as the bus says
   */
  readonly retentionHours?: number;
  /**
   * Whether the last message of each key is kept for good, and older ones are removed.
   *
   * @default false
   */
  readonly compacted?: boolean;
}

/**
 * A message bus that speaks the protocol of Kafka, with TLS and a user for each workload.
 *
 * Binding gives `<NAME>_BOOTSTRAP_SERVERS`, `_SECURITY_PROTOCOL` (`SASL_SSL`) and `_SASL_MECHANISM`. With the mechanism `SCRAM-SHA-512` it
 * gives from a Secret `_USERNAME`, `_PASSWORD` and `_CA`, the certificates of the authority in PEM; with `AWS_MSK_IAM` the pod proves itself
 * by its ServiceAccount, and the authority is one that every client trusts.
 *
 * Topics belong to namespaces by the first part of their names: those of the namespace `orders` begin with `orders.`. READ lets a
 * workload read, READ_WRITE also write and make topics; without `prefixes` it is about the topics of its own namespace. Names of groups of
 * readers and of transactions begin with the namespace and a dot, too. `grantProduce` and `grantConsume` are narrower: exact topics, which have
 * been added.
 */
export interface IMessageBus extends IBackingService {
  /** How clients prove who they are: `SCRAM-SHA-512` or `AWS_MSK_IAM`. */
  readonly saslMechanism: string;
  /**
   * Adds a topic. Those that the program does not name are made by the first message of a workload that may write them.
   *
   * @param name its whole name, such as `orders.payments`: that of a namespace, a dot, and letters, digits, dots, underscores and hyphens
   * @throws InvalidInputError when the name is malformed or taken, or a prop is out of bounds
   */
  addTopic(name: string, props?: TopicProps): void;
  /**
   * Lets a workload write some topics, by their exact names, and gives it the environment variables and network path that this takes. It may
   * neither read them nor make any, and has no transactions. What it was granted by prefixes it keeps.
   *
   * @param grantee a workload of the same environment
   * @param topics names of topics that `addTopic` has added, such as `orders.payments`
   * @throws InvalidInputError when the workload is of another environment, or no topic of that name is added
   */
  grantProduce(grantee: IGrantable, topics: string[]): void;
  /**
   * Lets a workload read some topics, by their exact names, as a member of one group of readers, and gives it the environment variables and
   * network path that this takes. It may not write them. What it was granted by prefixes it keeps.
   *
   * @param grantee a workload of the same environment
   * @param topics names of topics that `addTopic` has added, such as `orders.payments`
   * @param group name of the group, which begins with the workload's namespace and a dot; by default the namespace, a dot and the name of the
   * workload's ServiceAccount
   * @throws InvalidInputError when the workload is of another environment, no topic of that name is added, or the group is of another namespace
   */
  grantConsume(grantee: IGrantable, topics: string[], group?: string): void;
}
