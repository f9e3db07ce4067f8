import { Construct } from 'constructs';
import {
  CacheProps,
  DatabaseProps,
  ICache,
  IDatabase,
  IObjectStore,
  ObjectStoreProps,
} from '../../contracts/backing-service';
import { ClusterProps, ICluster } from '../../contracts/cluster';
import { IEnvironment } from '../../contracts/environment';
import { IMessageBus, MessageBusProps } from '../../contracts/message-bus';
import { fail } from '../../contracts/errors';
import { IProvider } from '../../contracts/provider';
import { InClusterCache } from './cache';
import { InClusterDatabase } from './database';
import { InClusterMessageBus } from './message-bus';
import { InClusterObjectStore } from './object-store';

/**
 * A provider with nothing but a cluster, which a kubeconfig leads to. Backing services run inside it: databases are
 * CloudNativePG, caches are Valkey, buckets are SeaweedFS, message buses are Strimzi.
 *
 * @internal
 */
export abstract class InClusterProvider implements IProvider {
  public abstract readonly displayName: string;

  public abstract configureStack(stack: Construct, environment: IEnvironment): void;

  public abstract createCluster(environment: IEnvironment, id: string, props: ClusterProps): ICluster;

  public createDatabase(environment: IEnvironment, id: string, cluster: ICluster, props: DatabaseProps): IDatabase {
    return new InClusterDatabase(environment, id, cluster, props);
  }

  public createCache(environment: IEnvironment, id: string, _cluster: ICluster, props: CacheProps): ICache {
    return new InClusterCache(environment, id, props);
  }

  public createObjectStore(
    environment: IEnvironment,
    id: string,
    cluster: ICluster,
    props: ObjectStoreProps,
  ): IObjectStore {
    return new InClusterObjectStore(environment, id, cluster, props);
  }

  public createMessageBus(
    environment: IEnvironment,
    id: string,
    cluster: ICluster,
    props: MessageBusProps,
  ): IMessageBus {
    return new InClusterMessageBus(environment, id, cluster, props);
  }
}

/** Refuses a path that no kubeconfig can have. */
export function checkKubeconfigPath(where: string, path: string): void {
  if (!/^(~\/|\/|\.{0,2}\/?)[^~\s][^\n]*$/.test(path) || path.endsWith('/')) {
    fail(
      where,
      'kubeconfigPath',
      'must be the path of a file',
      path,
      'use one such as ~/.kube/config; ~ stands for the home directory of the user who runs Terraform',
    );
  }
}
