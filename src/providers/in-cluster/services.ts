import {
  CacheProps,
  DatabaseProps,
  ICache,
  IDatabase,
  IObjectStore,
  ObjectStoreProps,
} from '../../contracts/backing-service';
import { ICluster } from '../../contracts/cluster';
import { IEnvironment } from '../../contracts/environment';
import { InClusterCache } from './cache';
import { InClusterDatabase } from './database';
import { InClusterObjectStore } from './object-store';

/** Makes a PostgreSQL database in the cluster (CloudNativePG). */
export function addDatabase(
  environment: IEnvironment,
  name: string,
  cluster: ICluster,
  props: DatabaseProps,
): IDatabase {
  return new InClusterDatabase(environment, name, cluster, props);
}

/** Makes a cache in the cluster (Valkey). */
export function addCache(environment: IEnvironment, name: string, _cluster: ICluster, props: CacheProps): ICache {
  return new InClusterCache(environment, name, props);
}

/** Makes a bucket in the cluster (SeaweedFS). */
export function addObjectStore(
  environment: IEnvironment,
  name: string,
  cluster: ICluster,
  props: ObjectStoreProps,
): IObjectStore {
  return new InClusterObjectStore(environment, name, cluster, props);
}
