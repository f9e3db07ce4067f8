import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Access, GrantOptions } from '../../contracts/backing-service';
import { IWorkloadIdentity } from '../../contracts/identity';
import { IMessageBus } from '../../contracts/message-bus';
import { BUS_SECRET_KEYS, SCRAM } from '../message-bus';
import { PrefixGrant } from '../prefix-grant';
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
  private readonly grants = new Map<string, PrefixGrant>();
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
   * Gives a workload a user; two grants are joined.
   *
   * @returns the name of the Secret with its `username`, its `password` and the authority's `ca.crt`, in its namespace
   * @throws InvalidInputError when a prefix is malformed
   */
  public add(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): string {
    const { serviceName } = this.bus;
    const name = this.names.of(identity);
    const known = this.grants.get(name);
    const grant = known ?? PrefixGrant.ofBus(identity.namespace);
    grant.add(this.bus, access, options);
    this.grants.set(name, grant);
    if (known === undefined) this.addUser(name, identity, grant);
    return credentialsSecretName(serviceName, identity);
  }

  private addUser(name: string, identity: IWorkloadIdentity, grant: PrefixGrant): void {
    const { serviceName } = this.bus;
    // no two buses of the namespace have one of the same name
    const userName = `${serviceName}.${name}`;
    const { sourceSecretName } = new UserCredentials(this.services, this, `${name}-credentials`, {
      serviceName,
      userName,
      identity,
      more: [{ sourceSecretName: `${serviceName}-cluster-ca-cert`, key: BUS_SECRET_KEYS.CA }],
    });
    const base = metadata(userName, 'kafka');
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

/** What a user may do. Nobody may delete a topic or change how it is kept; groups and transactions are those of the namespace. */
export function acls(namespace: string, { readable, writable }: Pick<PrefixGrant, 'readable' | 'writable'>): Acl[] {
  const beginning = (type: string, name: string): Acl['resource'] => ({ type, name, patternType: 'prefix' });
  return [
    ...readable.map((prefix) => ({
      resource: beginning('topic', prefix),
      operations: ['Read', 'Describe', 'DescribeConfigs'],
    })),
    ...writable.map((prefix) => ({ resource: beginning('topic', prefix), operations: ['Write', 'Create'] })),
    { resource: beginning('group', `${namespace}.`), operations: ['Read', 'Describe'] },
    ...(writable.length > 0
      ? [{ resource: beginning('transactionalId', `${namespace}.`), operations: ['Write', 'Describe'] }]
      : []),
  ];
}
