import { Construct, IConstruct } from 'constructs';
import { checked, checkedEnum } from './checked';
import { checkReferences } from './environment-scope';
import { IWorkloadIdentity } from './identity';
import { NetworkPeer } from './network';

/** What a workload may do with a backing service. */
export enum Access {
  /** Read only. */
  READ = 'read',
  /** Read, write and delete data. */
  READ_WRITE = 'read-write',
}
checkedEnum('Access', Access);

/** Which part of a backing service a workload may use. */
export interface GrantOptions {
  /**
   * Of a bucket, the folders that the workload reaches, each with a slash at its end, such as `features/`; of a cache, the
   * beginnings of its keys, such as `session:`; of a message bus, the beginnings of names of topics, such as `orders.` or `orders.payments`.
   * Granted twice, a workload has the prefixes of both.
   *
   * @default - the whole bucket; all keys of the cache; the topics of the workload's namespace
   */
  readonly prefixes?: string[];
  /**
   * Of a database, the schema: the one that a writer makes its tables in, or the only one that a reader reads. Workloads that
   * write one schema share its tables; they may be of different namespaces.
   *
   * @default - a writer has the schema of its namespace, whose name is the namespace's with hyphens as underscores; a reader
   * reads all schemas
   */
  readonly schema?: string;
  /**
   * Of a database server, the database that the workload is of, beside the one that the server begins with: made where it is not there yet, and
   * reached by the workloads that were granted it and by no others. `_NAME` is this database. A workload is of one database of a server. The name
   * has the bounds of `databaseName`.
   *
   * @default - the database that the server begins with
   */
  readonly database?: string;
}

/** An environment variable whose value is a key of a Secret in the workload's namespace. */
export interface SecretEnv {
  /** Name of the variable. */
  readonly name: string;
  /** Name of the Secret. */
  readonly secretName: string;
  /** Key in the Secret. */
  readonly key: string;
  /**
   * Whether the pod starts without it.
   *
   * @default false
   */
  readonly optional?: boolean;
}

/** What a workload gets when it is bound to a backing service. The names do not depend on the provider. */
export interface ServiceBinding {
  /** Environment variables. */
  readonly env: { [name: string]: string };
  /** Environment variables from Secrets. */
  readonly secretEnv: SecretEnv[];
  /**
   * Environment variables to which several services add a value each; the values are joined with commas.
   *
   * @default - none
   */
  readonly listEnv?: { [name: string]: string };
  /** Where the workload must be allowed to connect to. */
  readonly egress: NetworkPeer[];
  /** Labels that the workload's namespace needs, so that credentials are delivered to it. */
  readonly namespaceLabels: { [key: string]: string };
}

/** Whose pods can be granted the use of a backing service: a workload, or the account of an engine. */
export interface IGrantable extends IConstruct {
  /** Its ServiceAccount. */
  readonly identity: IWorkloadIdentity;
  /**
   * Gives the pods what a backing service needs of them: environment variables, connections, labels of their namespace.
   * Backing services call it when they grant something; `service.grantRead()` is what a program calls.
   *
   * @param serviceName name of the backing service, for messages
   * @throws InvalidInputError when a variable has another value already
   */
  addBinding(serviceName: string, binding: ServiceBinding): void;
}

/**
 * A resource that a workload consumes over the network (https://12factor.net/backing-services): a database, a cache, a
 * bucket.
 *
 * The environment variables start with the service's name in upper snake case: `DATABASE_HOST` for a database named
 * `database`. The same workload runs on every provider unchanged.
 */
export interface IBackingService extends IConstruct {
  /** Name of the service, a DNS label; unique in its environment. */
  readonly serviceName: string;
  /**
   * Lets a workload read, and gives it the environment variables and network path that this takes.
   *
   * @param grantee a workload of the same environment
   * @param options which part of the service
   * @throws InvalidInputError when it is of another environment, has a variable of that name with another value, or the service
   * has no such parts
   */
  grantRead(grantee: IGrantable, options?: GrantOptions): void;
  /**
   * Lets a workload read, write and delete data, and gives it the environment variables and network path that this takes.
   *
   * @param grantee a workload of the same environment
   * @param options which part of the service
   * @throws InvalidInputError when it is of another environment, has a variable of that name with another value, or the service
   * has no such parts
   */
  grantReadWrite(grantee: IGrantable, options?: GrantOptions): void;
  /**
   * Permits a ServiceAccount to use the service and tells what its pods need for it: for pods that something else writes.
   * Binding twice is the same as binding once with the larger access.
   *
   * @param options which part of the service
   */
  bind(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): ServiceBinding;
}

/** What the backing services of all providers have in common: a provider's own says what binding gives, and nothing more. */
@checked('BackingService')
export abstract class BackingService extends Construct implements IBackingService {
  public abstract readonly serviceName: string;

  public abstract bind(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): ServiceBinding;

  public grantRead(grantee: IGrantable, options?: GrantOptions): void {
    this.grant(grantee, Access.READ, options);
  }

  public grantReadWrite(grantee: IGrantable, options?: GrantOptions): void {
    this.grant(grantee, Access.READ_WRITE, options);
  }

  private grant(grantee: IGrantable, access: Access, options?: GrantOptions): void {
    checkReferences(grantee, { [`backing service "${this.serviceName}"`]: this });
    grantee.addBinding(this.serviceName, this.bind(grantee.identity, access, options));
  }
}

/** How large a PostgreSQL database is to be, in terms that every provider understands. */
export interface DatabaseProps {
  /**
   * Major version of PostgreSQL.
   *
   * @default '17'
   */
  readonly postgresVersion?: string;
  /**
   * Name of the database that is created: no key word of SQL, since RDS refuses them all.
   *
   * @default - the service's name with hyphens as underscores, and `_db` behind it where that is a key word of SQL
   */
  readonly databaseName?: string;
  /**
   * Storage, as a Kubernetes quantity of whole GiB such as `50Gi`.
   *
   * @default - 10Gi locally, 20Gi in development, 50Gi in staging, 100Gi in production
   */
  readonly storage?: string;
  /**
   * Memory of each server, as a Kubernetes quantity of whole MiB such as `512Mi`; a quarter of it is PostgreSQL's buffers. A provider with instance
   * classes has the smallest of its usual ones with as much.
   *
   * @default - inside the cluster 512Mi locally, 1Gi in development, 2Gi in staging, 4Gi in production; otherwise that of the provider's default
   * instance class
   */
  readonly memory?: string;
  /**
   * Whether a standby in another zone takes over when the primary fails.
   *
   * @default - true in staging and production
   */
  readonly highlyAvailable?: boolean;
  /**
   * Days that automated backups are kept; 0 means none. Databases inside the cluster keep none: they refuse another number,
   * but for local ones, which ignore it.
   *
   * @default - 0 inside the cluster; otherwise 0 locally, 1 in development, 7 in staging, 30 in production
   */
  readonly backupRetentionDays?: number;
  /**
   * Whether the database refuses to be deleted.
   *
   * @default - true in staging and production
   */
  readonly deletionProtection?: boolean;
  /**
   * Instance class in the provider's own terms. Providers without instance classes ignore it.
   *
   * @default - the provider's default for the tier
   */
  readonly instanceType?: string;
}

/**
 * A PostgreSQL database.
 *
 * Binding gives `<NAME>_HOST`, `_PORT`, `_NAME`, `_SSLMODE`, and from a Secret `_USERNAME` and `_PASSWORD`. Each workload has a
 * user of its own. One that writes makes its tables in a schema, which is first in its search path, and reaches no other; one
 * that reads reads the schemas of all, or one. The server can have further databases, each for some workloads: see `GrantOptions.database`. The user
 * may come a minute after the pod: a client has to try again.
 */
export interface IDatabase extends IBackingService {
  /** DNS name inside the cluster, the same on every provider. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** Name of the database that the server begins with. */
  readonly databaseName: string;
  /** Names of all databases that workloads were granted so far, and the one that the server begins with, sorted. */
  readonly databaseNames: string[];
}

/** How large a cache is to be, in terms that every provider understands. */
export interface CacheProps {
  /**
   * Memory, as a Kubernetes quantity of whole MiB such as `512Mi`.
   *
   * @default - 256Mi locally, otherwise the memory of the provider's default node for the tier
   */
  readonly memory?: string;
  /**
   * Whether a replica in another zone takes over when the primary fails.
   *
   * @default - true in staging and production; false inside the cluster, where a cache has no replica
   */
  readonly highlyAvailable?: boolean;
  /**
   * Node type in the provider's own terms. Providers without node types ignore it.
   *
   * @default - the provider's default for the tier
   */
  readonly instanceType?: string;
}

/**
 * A Valkey (Redis-compatible) cache.
 *
 * Binding gives `<NAME>_HOST`, `_PORT` and `_TLS` (`true` or `false`), and from a Secret `_USERNAME` and `_PASSWORD`. Each workload
 * has a user of its own, which reaches all keys, or those that start with what was granted.
 */
export interface ICache extends IBackingService {
  /** DNS name inside the cluster, the same on every provider. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
}

/** How a bucket is kept, in terms that every provider understands. */
export interface ObjectStoreProps {
  /**
   * Name of the bucket, globally unique where the provider needs it.
   *
   * @default - derived from the environment and the service's name; the same at every synthesis
   */
  readonly bucketName?: string;
  /**
   * Whether previous versions of objects are kept.
   *
   * @default true
   */
  readonly versioned?: boolean;
  /**
   * Days after which previous versions of objects are removed.
   *
   * @default 90
   */
  readonly noncurrentVersionExpirationDays?: number;
  /**
   * Days after which objects are removed.
   *
   * @default - objects are kept
   */
  readonly expirationDays?: number;
  /**
   * Name of a bucket that exists already, to which every access of this one is logged. It belongs to the same account and
   * region, and lets the provider write. Buckets inside the cluster have no access logs: they refuse it, but for local ones,
   * which ignore it.
   *
   * @default - accesses are not logged
   */
  readonly accessLogBucketName?: string;
  /**
   * Name of a bucket that exists already, usually in another region, to which all objects are copied: for backups. Both
   * keep previous versions. Buckets inside the cluster refuse it, but for local ones, which ignore it.
   *
   * @default - there is one copy, in this bucket
   */
  readonly replicaBucketName?: string;
  /**
   * ARN of the key that the copies are encrypted with, in the region of that bucket.
   *
   * @default - none; it must come with `replicaBucketName`
   */
  readonly replicaKmsKeyArn?: string;
  /**
   * Whether the bucket is deleted although objects are in it.
   *
   * @default - true locally and in development
   */
  readonly forceDestroy?: boolean;
  /**
   * Memory of the server that has the buckets of the environment, where that is a pod of the cluster, as a Kubernetes quantity of whole MiB such as
   * `512Mi`. It is given with the first bucket. Providers with buckets of their own ignore it.
   *
   * @default - a request of 512Mi and a limit of 1Gi
   */
  readonly serverMemory?: string;
  /**
   * Storage of that server, which all buckets share, as a Kubernetes quantity of whole GiB such as `10Gi`. It is given with the first bucket.
   * Providers with buckets of their own ignore it.
   *
   * @default - 20Gi locally, 50Gi in development, 100Gi in staging, 500Gi in production
   */
  readonly serverStorage?: string;
}

/**
 * A bucket with the S3 API.
 *
 * Binding gives `<NAME>_BUCKET`, `AWS_REGION` and, where it is not AWS's own, `AWS_ENDPOINT_URL_S3`, which the AWS SDKs
 * read by themselves. Where there is no workload identity, the keys come from a Secret as `AWS_ACCESS_KEY_ID` and
 * `AWS_SECRET_ACCESS_KEY`.
 */
export interface IObjectStore extends IBackingService {
  /** Name of the bucket. */
  readonly bucketName: string;
  /** Region of the bucket. */
  readonly region: string;
}
