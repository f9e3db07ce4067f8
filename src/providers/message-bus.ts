import { IConstruct } from 'constructs';
import { SecretEnv } from '../contracts/backing-service';
import { checkWhole } from '../contracts/bounds';
import { fail } from '../contracts/errors';
import { IMessageBus, TopicProps } from '../contracts/message-bus';
import { upperSnakeCase } from '../contracts/names';
import { MAX_TOPIC, NAMESPACE_PART } from './prefix-grant';

// What message buses have in common on every provider.

/** How clients of Kafka prove that they know a password. */
export const SCRAM = 'SCRAM-SHA-512';

/** Keys of the Secret of a workload. */
export const BUS_SECRET_KEYS = { USERNAME: 'username', PASSWORD: 'password', CA: 'ca.crt' } as const;

/** The variables that do not say where the bus is; those from a Secret where users have passwords. */
export function busVariables(
  { serviceName, saslMechanism }: Pick<IMessageBus, 'serviceName' | 'saslMechanism'>,
  secretName: string,
): { readonly prefix: string; readonly env: { [name: string]: string }; readonly secretEnv: SecretEnv[] } {
  const prefix = upperSnakeCase(serviceName);
  const secrets = saslMechanism === SCRAM ? Object.entries(BUS_SECRET_KEYS) : [];
  return {
    prefix,
    env: { [`${prefix}_SECURITY_PROTOCOL`]: 'SASL_SSL', [`${prefix}_SASL_MECHANISM`]: saslMechanism },
    secretEnv: secrets.map(([name, key]) => ({ name: `${prefix}_${name}`, secretName, key })),
  };
}

/** Refuses a topic that cannot be, and remembers one that can. */
export function checkedTopic(
  bus: IConstruct,
  name: string,
  { partitions, retentionHours }: TopicProps,
  known: Set<string>,
): void {
  if (name.length > MAX_TOPIC || !new RegExp(`^${NAMESPACE_PART}[A-Za-z0-9._-]+$`).test(name)) {
    const rule = `must be a namespace, a dot, and letters, digits, dots, underscores and hyphens, of at most ${MAX_TOPIC} characters`;
    fail(bus, 'addTopic', rule, name, "name it like 'orders.payments'");
  }
  // Kafka takes dots and underscores for the same
  const same = [...known].find((one) => one.replaceAll('.', '_') === name.replaceAll('.', '_'));
  if (same !== undefined) {
    fail(bus, 'addTopic', `must not be ${same}, where dots count as underscores`, name, 'use another name');
  }
  checkWhole(bus, 'partitions', partitions, 1, 1000, 'give as many as there are readers');
  checkWhole(bus, 'retentionHours', retentionHours, 1, 87_600, 'give hours, such as 168 for a week');
  known.add(name);
}

/** Hours as Kafka has them. */
export function retentionMs(hours: number): number {
  return hours * 3_600_000;
}
