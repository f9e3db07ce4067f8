import { IConstruct } from 'constructs';
import { BackingService, IGrantable, SecretEnv, ServiceBinding } from '../contracts/backing-service';
import { checkWhole } from '../contracts/bounds';
import { checkReferences } from '../contracts/environment-scope';
import { fail } from '../contracts/errors';
import { IWorkloadIdentity } from '../contracts/identity';
import { IMessageBus, TopicProps } from '../contracts/message-bus';
import { upperSnakeCase } from '../contracts/names';
import { BusGrant } from './bus-grant';
import { MAX_TOPIC, NAMESPACE_PART } from './prefix-grant';

// What message buses have in common on every provider.

/** Partitions of a topic that does not say how many. */
export const DEFAULT_PARTITIONS = 3;

/** How clients of Kafka prove that they know a password. */
export const SCRAM = 'SCRAM-SHA-512';

/** Keys of the Secret of a workload. */
export const BUS_SECRET_KEYS = { USERNAME: 'username', PASSWORD: 'password', CA: 'ca.crt' } as const;

/** A message bus whose topics are known by name: a provider's own says how they are made, and what a grant becomes. */
export abstract class MessageBus extends BackingService implements IMessageBus {
  public abstract readonly saslMechanism: string;
  private readonly topicNames = new Set<string>();

  public addTopic(name: string, props: TopicProps = {}): void {
    checkedTopic(this, name, props, this.topicNames);
    this.makeTopic(name, props);
  }

  public grantProduce(grantee: IGrantable, topics: string[]): void {
    this.checkKnown('grantProduce', topics);
    this.grantTopics(grantee, (grant) => grant.addProduced(topics));
  }

  public grantConsume(grantee: IGrantable, topics: string[], group?: string): void {
    this.checkKnown('grantConsume', topics);
    const { namespace, serviceAccountName } = grantee.identity;
    const name = group ?? `${namespace}.${serviceAccountName}`;
    checkGroup(this, namespace, name);
    this.grantTopics(grantee, (grant) => grant.addConsumed(topics, name));
  }

  /** Makes a topic that can be. */
  protected abstract makeTopic(name: string, props: TopicProps): void;

  /** Changes what a workload may do, and tells what its pods need. */
  protected abstract bindGrant(identity: IWorkloadIdentity, change: (grant: BusGrant) => void): ServiceBinding;

  private grantTopics(grantee: IGrantable, change: (grant: BusGrant) => void): void {
    checkReferences(grantee, { [`backing service "${this.serviceName}"`]: this });
    grantee.addBinding(this.serviceName, this.bindGrant(grantee.identity, change));
  }

  private checkKnown(method: string, topics: readonly string[]): void {
    if (topics.length === 0) fail(this, `${method}: topics`, 'must name at least one', topics, 'name a topic');
    const unknown = topics.find((topic) => !this.topicNames.has(topic));
    if (unknown === undefined) return;
    const known = [...this.topicNames].sort().join(', ') || 'none yet';
    const fix = `call addTopic('${unknown}') before, or name one that is added: ${known}`;
    fail(this, `${method}: topics`, 'must be topics that are added', unknown, fix);
  }
}

function checkGroup(bus: IConstruct, namespace: string, name: string): void {
  const start = `${namespace}.`;
  if (name.startsWith(start) && name.length <= MAX_GROUP && /^[A-Za-z0-9._-]+$/.test(name.slice(start.length))) return;
  const rule = `must be ${start} and letters, digits, dots, underscores and hyphens, of at most ${MAX_GROUP} characters`;
  fail(
    bus,
    'grantConsume: group',
    rule,
    name,
    `name it like '${start}readers'; groups belong to namespaces as topics do`,
  );
}

/** A name of a group is a text of Kafka's protocol; what is longer than a topic can be helps no one. */
const MAX_GROUP = MAX_TOPIC;

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
function checkedTopic(
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

/**
 * What a topic says of how it is kept, in Kafka's words.
 *
 * Source: https://kafka.apache.org/documentation/#topicconfigs
 */
export function topicConfig({ retentionHours, compacted = false }: TopicProps): { [key: string]: string | number } {
  return {
    'cleanup.policy': compacted ? 'compact' : 'delete',
    ...(retentionHours === undefined ? {} : { 'retention.ms': retentionHours * 3_600_000 }),
  };
}
