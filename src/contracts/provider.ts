import { Construct } from 'constructs';
import { CacheProps, DatabaseProps, ICache, IDatabase, IObjectStore, ObjectStoreProps } from './backing-service';
import { ClusterProps, ICluster } from './cluster';
import { IEnvironment } from './environment';
import { IMessageBus, MessageBusProps } from './message-bus';

/**
 * Where an environment lives: AWS, Kind, a cluster that exists already.
 *
 * One provider object may serve several environments; what it makes hangs below the environment that is given.
 */
export interface IProvider {
  /** Human-readable name, such as `aws eu-west-1`. */
  readonly displayName: string;

  /**
   * Prepares a Terraform stack: backend for the state and the Terraform providers that the provider's resources need.
   * Called once per stack, before anything is put into it.
   */
  configureStack(stack: Construct, environment: IEnvironment): void;

  /** Makes the environment's cluster. */
  createCluster(environment: IEnvironment, id: string, props: ClusterProps): ICluster;

  /** Makes a PostgreSQL database that the cluster's workloads can reach. */
  createDatabase(environment: IEnvironment, id: string, cluster: ICluster, props: DatabaseProps): IDatabase;

  /** Makes a cache that the cluster's workloads can reach. */
  createCache(environment: IEnvironment, id: string, cluster: ICluster, props: CacheProps): ICache;

  /** Makes a bucket that the cluster's workloads can reach. */
  createObjectStore(environment: IEnvironment, id: string, cluster: ICluster, props: ObjectStoreProps): IObjectStore;

  /** Makes a message bus that the cluster's workloads can reach. */
  createMessageBus(environment: IEnvironment, id: string, cluster: ICluster, props: MessageBusProps): IMessageBus;
}
