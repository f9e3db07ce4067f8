import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { IWorkloadIdentity } from '../../contracts/identity';
import { IMessageBus } from '../../contracts/message-bus';
import { BUS_SECRET_KEYS, SCRAM } from '../message-bus';
import { BusGrant } from '../bus-grant';
import { BackingServices, lazily, metadata } from './backing-services';
import { credentialsSecretName, UserCredentials, UserNames } from './user-credentials';

/** What a KafkaUser may do with something. */
interface Acl {
  readonly resource: { readonly type: string; readonly name: string; readonly patternType: string };
  readonly operations: readonly string[];
}

/**
 * The users of a Kafka of Strimzi, one for each workload that is bound. Strimzi's operator makes them, with the passwords that External
 * Secrets has made.
 */
export class BusUsers extends Construct {
  private readonly grants = new Map<string, BusGrant>();
  private readonly names: UserNames;

  public constructor(
    private readonly services: BackingServices,
    scope: Construct,
    id: string,
    private readonly bus: IMessageBus,
  ) {
    super(scope, id);
    this.names = new UserNames(this);
  }

  /**
   * Gives a workload a user, and changes what it may do.
   *
   * @returns the name of the Secret with its `username`, its `password` and the authority's `ca.crt`, in its namespace
   * @throws InvalidInputError when the change does
   */
  public add(identity: IWorkloadIdentity, change: (grant: BusGrant) => void): string {
    const { serviceName } = this.bus;
    const name = this.names.of(identity);
    const known = this.grants.get(name);
    const grant = known ?? new BusGrant(identity.namespace);
    change(grant);
    this.grants.set(name, grant);
    if (known === undefined) this.addUser(name, identity, grant);
    return credentialsSecretName(serviceName, identity);
  }

  private addUser(name: string, identity: IWorkloadIdentity, grant: BusGrant): void {
    const { serviceName } = this.bus;
    // no two buses of the namespace have one of the same name
    const userName = `${serviceName}.${name}`;
    const { sourceSecretName } = new UserCredentials(this.services, this, `${name}-credentials`, {
      serviceName,
      userName,
      identity,
      more: [{ sourceSecretName: `${serviceName}-cluster-ca-cert`, key: BUS_SECRET_KEYS.CA }],
    });
    const base = metadata(this, userName, 'kafka');
    new ApiObject(this, name, {
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'KafkaUser',
      metadata: { ...base, labels: { ...base.labels, 'strimzi.io/cluster': serviceName } },
      spec: {
        authentication: {
          type: SCRAM.toLowerCase(),
          password: { valueFrom: { secretKeyRef: { name: sourceSecretName, key: BUS_SECRET_KEYS.PASSWORD } } },
        },
        // granted until synthesis
        authorization: { type: 'simple', acls: lazily(() => acls(identity.namespace, grant)) },
      },
    });
  }
}

/** What a user is granted. */
export type BusRights = Pick<BusGrant, 'readable' | 'writable' | 'produced' | 'consumed' | 'groups'>;

/**
 * What a user may do. Nobody may delete a topic or change how it is kept; who has topics by the beginnings of their names has the groups and
 * transactions of its namespace. A client that writes without gaps and repetitions, as clients do by default, needs no more than to write one topic.
 *
 * Source: https://cwiki.apache.org/confluence/display/KAFKA/KIP-679%3A+Producer+will+enable+the+strongest+delivery+guarantee+by+default
 */
export function acls(namespace: string, { readable, writable, produced, consumed, groups }: BusRights): Acl[] {
  const beginning = (type: string, name: string): Acl['resource'] => ({ type, name, patternType: 'prefix' });
  const exactly = (type: string, names: string[], operations: string[]): Acl[] =>
    names.map((name) => ({ resource: { type, name, patternType: 'literal' }, operations }));
  return [
    ...readable.map((prefix) => ({
      resource: beginning('topic', prefix),
      operations: ['Read', 'Describe', 'DescribeConfigs'],
    })),
    ...writable.map((prefix) => ({ resource: beginning('topic', prefix), operations: ['Write', 'Create'] })),
    ...exactly('topic', consumed, ['Read', 'Describe']),
    ...exactly('topic', produced, ['Write', 'Describe']),
    ...(readable.length > 0
      ? [{ resource: beginning('group', `${namespace}.`), operations: ['Read', 'Describe'] }]
      : []),
    ...exactly('group', groups, ['Read']),
    ...(writable.length > 0
      ? [{ resource: beginning('transactionalId', `${namespace}.`), operations: ['Write', 'Describe'] }]
      : []),
  ];
}
