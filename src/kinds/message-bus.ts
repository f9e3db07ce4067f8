import { SecretEnv } from '../contracts/backing-service';
import { NetworkPeer } from '../contracts/network';

/** The platform's message bus, as the pods of Spark and Flink use it that name no other brokers. */
export interface MessageBusSettings {
  /** Properties of the Kafka client, `bootstrap.servers` among them. `${NAME}` stands for a variable of the environment. */
  readonly properties: { readonly [key: string]: string };
  /** The variables of Spark's drivers, from Secrets of their namespace. */
  readonly sparkSecretEnv: SecretEnv[];
  /** The variables of Flink's pods, from Secrets of their namespace. */
  readonly flinkSecretEnv: SecretEnv[];
  /** Where the brokers are. */
  readonly egress: NetworkPeer[];
  /**
   * What Spark must have beside the connector for Kafka, as the pipeline runner names it.
   *
   * @default - nothing
   */
  readonly connector?: string;
}

/**
 * The whole name of a topic on the platform's message bus. One without a dot is the namespace's own; one with a dot says whose it is, since a
 * namespace has no dot.
 */
export function wholeTopic(namespace: string, topic: string): string {
  return topic.includes('.') ? topic : `${namespace}.${topic}`;
}
