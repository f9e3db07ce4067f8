import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { IWorkloadIdentity } from '../../contracts/identity';
import { contentHash } from '../../contracts/content-hash';
import { fail } from '../../contracts/errors';
import { BackingServices, metadata } from './backing-services';
import { CredentialDelivery, DeliveredKey } from './credential-delivery';

/** What is appended to a service's name for the objects that make its users. */
export const USERS_SUFFIX = '-users';

/** Longest name of a user that PostgreSQL keeps apart from others. */
const MAX_NAME = 63;

/** Properties of UserCredentials. */
export interface UserCredentialsProps {
  /** Name of the backing service. */
  readonly serviceName: string;
  /** Name of the user. */
  readonly userName: string;
  /** Whose user it is. */
  readonly identity: IWorkloadIdentity;
  /**
   * What the Secret in its namespace has beside `username` and `password`.
   *
   * @default - nothing
   */
  readonly more?: readonly DeliveredKey[];
}

/**
 * The password of a workload's user of a backing service: made in the cluster by External Secrets, once, and copied to the
 * workload's namespace and to no other. It exists nowhere else.
 */
export class UserCredentials extends Construct {
  /** Name of the Secret with `username` and `password` in the namespace of the backing services. */
  public readonly sourceSecretName: string;

  public constructor(services: BackingServices, scope: Construct, id: string, props: UserCredentialsProps) {
    super(scope, id);
    const { serviceName, userName, identity, more = [] } = props;
    this.sourceSecretName = `user.${serviceName}.${userName}`;
    new ApiObject(this, 'Resource', {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: metadata(this, this.sourceSecretName, 'credentials'),
      spec: {
        // generated once: another password at every refresh would shut out the pods that have the previous one
        refreshPolicy: 'CreatedOnce',
        target: {
          name: this.sourceSecretName,
          creationPolicy: 'Owner',
          template: { engineVersion: 'v2', data: { username: userName, password: '{{ .password }}' } },
        },
        dataFrom: [services.generatedPassword()],
      },
    });
    new CredentialDelivery(this, 'delivery', {
      name: this.sourceSecretName,
      keys: [...['username', 'password'].map((key) => ({ sourceSecretName: this.sourceSecretName, key })), ...more],
      namespaceLabels: { 'kubernetes.io/metadata.name': identity.namespace },
      targetSecretName: credentialsSecretName(serviceName, identity),
    });
  }
}

/** Name of the Secret with a workload's `username` and `password`, in its namespace. */
export function credentialsSecretName(serviceName: string, identity: IWorkloadIdentity): string {
  return `${serviceName}-credentials.${identity.serviceAccountName}`;
}

/** Names of the users of one server: each workload has its own, and no other workload can have the same. */
export class UserNames {
  private readonly owners = new Map<string, string>();

  public constructor(private readonly service: Construct) {}

  /**
   * `<namespace>.<ServiceAccount>`, which no two workloads share, since a namespace has no dot; what is too long is cut and ends in a
   * hash of the whole.
   *
   * @throws InvalidInputError when two long names come out the same
   */
  public of({ namespace, serviceAccountName }: IWorkloadIdentity): string {
    const whole = `${namespace}.${serviceAccountName}`;
    const name = whole.length <= MAX_NAME ? whole : `${whole.slice(0, MAX_NAME - 11)}-${contentHash(whole)}`;
    const owner = this.owners.get(name);
    if (owner !== undefined && owner !== whole) {
      fail(
        this.service,
        'identity',
        'must have a user name that no other has',
        `${whole}, whose user ${name} is that of ${owner}`,
        'shorten the name of the workload',
      );
    }
    this.owners.set(name, whole);
    return name;
  }
}
