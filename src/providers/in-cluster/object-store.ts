import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { seaweedfs, SEAWEEDFS_POD_LABELS, SEAWEEDFS_PORTS } from '../../components/seaweedfs';
import {
  Access,
  BackingService,
  GrantOptions,
  IObjectStore,
  ObjectStoreProps,
  ServiceBinding,
} from '../../contracts/backing-service';
import { checked } from '../../contracts/checked';
import { ICluster } from '../../contracts/cluster';
import { ComponentRegistry } from '../../contracts/component-registry';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { wholeUnits } from '../../contracts/quantity';
import { checkBucketName } from '../../contracts/service-names';
import { Tier } from '../../contracts/tier';
import { backingServicesNamespaceOf, bucketVariables, hostOf, usesLabel } from '../backing-service';
import { PrefixGrant, EVERYTHING } from '../prefix-grant';
import { BackingServices, lazily, metadata, pods, scrapedOn, tcp, usersOf } from './backing-services';
import { CredentialDelivery, localSecretStore, SecretReader } from './credential-delivery';
import { provisionBuckets, S3Bucket, S3Provisioner } from './s3-provisioner';

/** Name of the Secret with a namespace's S3 keys, in that namespace. */
const S3_CREDENTIALS_SECRET = 's3-credentials';

const SERVICE_NAME = 's3';
const GATEWAY_ID = 'S3';
const IDENTITIES = 's3-identities';
/** The identity of administrators of the buckets; no workload gets it. */
const ADMIN = 'admin';

const STORAGE_GIB: { [tier in Tier]: number } = {
  [Tier.LOCAL]: 20,
  [Tier.DEVELOPMENT]: 50,
  [Tier.STAGING]: 100,
  [Tier.PRODUCTION]: 500,
};

/**
 * A bucket of SeaweedFS in the cluster.
 *
 * Access is per namespace: all workloads of a namespace share one identity, since a user who may start a pod there can read
 * its Secret anyway. It can do in each folder what its most powerful workload may there, and nothing elsewhere. Clients
 * must address buckets by path, as Python's does with an endpoint of its own; others have a setting `forcePathStyle`.
 *
 * A bucket that is taken out of the program stays, with its objects. Previous versions are kept without a time limit.
 */
@checked('IObjectStore')
export class InClusterObjectStore extends BackingService implements IObjectStore {
  public readonly serviceName: string;
  public readonly bucketName: string;
  /** What the S3 API answers; SeaweedFS has no regions. */
  public readonly region = 'us-east-1';
  private readonly gateway: S3Gateway;

  public constructor(environment: IEnvironment, name: string, cluster: ICluster, props: ObjectStoreProps) {
    super(BackingServices.ofEnvironment(environment), name);
    this.serviceName = name;
    this.bucketName = props.bucketName ?? `${environment.environmentName}-${name}`;
    this.check(environment.tier, props);
    this.gateway = S3Gateway.of(environment, cluster, serverSize(this, props), this);
    this.gateway.addBucket({
      serviceName: name,
      bucketName: this.bucketName,
      versioned: props.versioned ?? true,
      expirationDays: props.expirationDays,
    });
  }

  public bind(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): ServiceBinding {
    this.gateway.grantOf(identity.namespace, this.bucketName).add(this, access, options);
    const secret = (name: string, key: string) => ({ name, secretName: S3_CREDENTIALS_SECRET, key, optional: false });
    return {
      env: {
        ...bucketVariables(this),
        AWS_ENDPOINT_URL_S3: this.gateway.endpoint,
      },
      secretEnv: [secret('AWS_ACCESS_KEY_ID', 'access-key-id'), secret('AWS_SECRET_ACCESS_KEY', 'secret-access-key')],
      egress: [
        {
          namespace: backingServicesNamespaceOf(this),
          podLabels: { ...SEAWEEDFS_POD_LABELS },
          ports: [SEAWEEDFS_PORTS.s3],
        },
      ],
      namespaceLabels: usesLabel(this.serviceName),
    };
  }

  private check(tier: Tier, props: ObjectStoreProps): void {
    checkBucketName(this, 'bucketName', this.bucketName);
    for (const prop of ['accessLogBucketName', 'replicaBucketName', 'replicaKmsKeyArn'] as const) {
      if (props[prop] === undefined || tier === Tier.LOCAL) continue;
      fail(
        this,
        prop,
        'must not be given for a bucket inside the cluster',
        props[prop],
        'leave it out, or use a provider with managed buckets',
      );
    }
    for (const prop of ['expirationDays', 'noncurrentVersionExpirationDays'] as const) {
      const days = props[prop];
      if (days !== undefined && (!Number.isInteger(days) || days < 1)) {
        fail(this, prop, 'must be a whole number of at least 1', days, 'give days, or leave it out to keep objects');
      }
    }
  }
}

const UNITS = { serverMemory: 'Mi', serverStorage: 'Gi' } as const;

/** What was asked for of the server that has the buckets of an environment. */
interface ServerSize {
  /** Memory, in MiB. */
  readonly serverMemory?: number;
  /** Storage, in GiB. */
  readonly serverStorage?: number;
}

function serverSize(where: Construct, { serverMemory, serverStorage }: ObjectStoreProps): ServerSize {
  return {
    serverMemory:
      serverMemory === undefined ? undefined : wholeUnits(where, 'serverMemory', serverMemory, 'Mi', 256, 2 ** 20),
    serverStorage:
      serverStorage === undefined ? undefined : wholeUnits(where, 'serverStorage', serverStorage, 'Gi', 5, 65_536),
  };
}

/** An identity that SeaweedFS knows. */
interface S3Identity {
  readonly name: string;
  readonly actions: string[];
}

/**
 * The S3 API of an environment: SeaweedFS, its identities and their keys.
 *
 * The keys are made in the cluster by External Secrets and exist nowhere else. One Secret with all identities is composed
 * of them, from which the provisioner configures SeaweedFS. Until it has done so for the first time, SeaweedFS knows no
 * identity and lets in whomever the network policy does, to a store without buckets.
 */
class S3Gateway extends Construct {
  /**
   * The gateway of an environment; made when it is first asked for.
   *
   * @param bucket the bucket that asks for it, which errors name
   * @throws InvalidInputError when it has another size than is asked for
   */
  public static of(environment: IEnvironment, cluster: ICluster, size: ServerSize, bucket: IObjectStore): S3Gateway {
    const found = BackingServices.ofEnvironment(environment).node.tryFindChild(GATEWAY_ID);
    if (!(found instanceof S3Gateway)) return new S3Gateway(environment, cluster, size, bucket);
    for (const prop of ['serverMemory', 'serverStorage'] as const) {
      const given = size[prop];
      if (given === undefined || given === found.size[prop]) continue;
      const fix = `give it to ${found.first.serviceName}, the first bucket of the environment: one server has all of them`;
      fail(bucket, prop, "must be as the environment's first bucket says", `${given}${UNITS[prop]}`, fix);
    }
    return found;
  }

  /** URL of the S3 API. */
  public readonly endpoint: string;
  private readonly buckets: S3Bucket[] = [];
  private readonly grants = new Map<string, Map<string, PrefixGrant>>();

  private readonly services: BackingServices;

  private constructor(
    environment: IEnvironment,
    cluster: ICluster,
    private readonly size: ServerSize,
    private readonly first: IObjectStore,
  ) {
    const services = BackingServices.ofEnvironment(environment);
    super(services, GATEWAY_ID);
    this.services = services;
    this.endpoint = `http://${hostOf(environment, SERVICE_NAME)}:${SEAWEEDFS_PORTS.s3}`;
    ComponentRegistry.of(environment).require(
      seaweedfs({
        namespace: environment.backingServicesNamespace,
        storageGiB: size.serverStorage ?? STORAGE_GIB[environment.tier],
        memoryMiB: size.serverMemory,
        storageClass: cluster.defaultStorageClass,
      }),
    );
    new k8s.KubeService(this, 'Resource', {
      metadata: metadata(this, SERVICE_NAME, 's3'),
      spec: {
        selector: SEAWEEDFS_POD_LABELS,
        ports: [{ name: 's3', port: SEAWEEDFS_PORTS.s3, targetPort: k8s.IntOrString.fromNumber(SEAWEEDFS_PORTS.s3) }],
      },
    });
    this.addKeys(ADMIN);
    this.addIdentities();
    const provisioner = new S3Provisioner(this, 'provisioner', {
      identitiesSecretName: IDENTITIES,
      script: lazily(() => provisionBuckets(this.sortedBuckets())),
    });
    this.addNetworkPolicy(provisioner);
  }

  /** Adds a bucket. */
  public addBucket(bucket: S3Bucket): void {
    if (this.buckets.some((other) => other.bucketName === bucket.bucketName)) {
      fail(this, 'bucketName', 'must be unique in its environment', bucket.bucketName, 'choose another name');
    }
    this.buckets.push(bucket);
  }

  /** What a namespace may do with a bucket. */
  public grantOf(namespace: string, bucketName: string): PrefixGrant {
    let buckets = this.grants.get(namespace);
    if (!buckets) {
      buckets = new Map();
      this.grants.set(namespace, buckets);
      this.addKeys(identityOf(namespace));
      new CredentialDelivery(this, `credentials-${namespace}`, {
        name: `s3-${namespace}`,
        keys: ['access-key-id', 'secret-access-key'].map((key) => ({
          sourceSecretName: keySecretOf(identityOf(namespace)),
          key,
        })),
        namespaceLabels: { 'kubernetes.io/metadata.name': namespace },
        targetSecretName: S3_CREDENTIALS_SECRET,
      });
    }
    const grant = buckets.get(bucketName) ?? PrefixGrant.ofBucket();
    buckets.set(bucketName, grant);
    return grant;
  }

  private addKeys(identity: string): void {
    const name = keySecretOf(identity);
    new ApiObject(this, `keys-${identity}`, {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: metadata(this, name, 'credentials'),
      spec: {
        // generated once: another key at every refresh would shut out the pods that have the previous one
        refreshPolicy: 'CreatedOnce',
        target: {
          name,
          creationPolicy: 'Owner',
          template: {
            engineVersion: 'v2',
            data: { 'access-key-id': identity, 'secret-access-key': '{{ .password }}' },
          },
        },
        dataFrom: [this.services.generatedPassword()],
      },
    });
  }

  private addIdentities(): void {
    const reader = new SecretReader(this, 'reader', {
      name: IDENTITIES,
      secretNames: lazily(() => this.identities().map((identity) => keySecretOf(identity.name))),
    });
    localSecretStore(this, 'store', IDENTITIES, reader.serviceAccountName);
    new ApiObject(this, 'identities', {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: metadata(this, IDENTITIES, 'credentials'),
      spec: {
        refreshInterval: '1h',
        secretStoreRef: { kind: 'SecretStore', name: IDENTITIES },
        target: {
          name: IDENTITIES,
          creationPolicy: 'Owner',
          template: {
            engineVersion: 'v2',
            data: { 'identities.json': lazily(() => this.identitiesTemplate()) },
          },
        },
        data: lazily(() =>
          this.identities().map((identity, at) => ({
            secretKey: `key${at}`,
            remoteRef: { key: keySecretOf(identity.name), property: 'secret-access-key' },
          })),
        ),
      },
    });
  }

  /** The configuration of SeaweedFS, with a placeholder for each secret key. */
  private identitiesTemplate(): string {
    const identities = this.identities().map(({ name, actions }, at) => ({
      name,
      credentials: [{ accessKey: name, secretKey: `{{ .key${at} }}` }],
      actions,
    }));
    return JSON.stringify({ identities });
  }

  /** All identities, in an order that does not depend on who was bound first. */
  private identities(): S3Identity[] {
    const namespaces = [...this.grants.keys()].sort();
    return [
      { name: ADMIN, actions: ['Admin'] },
      ...namespaces.map((namespace) => ({
        name: identityOf(namespace),
        actions: actionsOf(this.grants.get(namespace) ?? new Map<string, PrefixGrant>()),
      })),
    ];
  }

  private sortedBuckets(): S3Bucket[] {
    return [...this.buckets].sort((a, b) => (a.bucketName < b.bucketName ? -1 : 1));
  }

  private addNetworkPolicy(provisioner: S3Provisioner): void {
    const { master, masterGrpc, filer, filerGrpc, s3, metrics } = SEAWEEDFS_PORTS;
    new k8s.KubeNetworkPolicy(this, 'network-policy', {
      metadata: metadata(this, SERVICE_NAME, 's3'),
      spec: {
        podSelector: { matchLabels: SEAWEEDFS_POD_LABELS },
        policyTypes: ['Ingress'],
        ingress: lazily(() => [
          { from: this.sortedBuckets().map((bucket) => usersOf(bucket.serviceName)), ports: tcp(s3) },
          { from: [pods(provisioner.podLabels)], ports: tcp(master, masterGrpc, filer, filerGrpc) },
          ...scrapedOn(this, metrics),
        ]),
      },
    });
  }
}

/** SeaweedFS's configuration of the buckets that a namespace may use: a folder has a star at its end. */
function actionsOf(buckets: Map<string, PrefixGrant>): string[] {
  return [...buckets.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([bucket, { readable, writable }]) => {
      const places = (folders: string[]) =>
        folders.map((folder) => (folder === EVERYTHING ? bucket : `${bucket}/${folder}*`));
      const on = (action: string, folders: string[]) => places(folders).map((place) => `${action}:${place}`);
      return [...on('Read', readable), ...on('Write', writable), ...on('List', readable), ...on('Tagging', writable)];
    });
}

function identityOf(namespace: string): string {
  return `namespace-${namespace}`;
}

function keySecretOf(identity: string): string {
  return `s3-keys-${identity}`;
}
