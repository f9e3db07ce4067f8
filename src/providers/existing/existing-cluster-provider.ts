import { Construct } from 'constructs';
import {
  CacheProps,
  DatabaseProps,
  ICache,
  IDatabase,
  IObjectStore,
  ObjectStoreProps,
} from '../../contracts/backing-service';
import { ClusterProps, GpuCapability, ICluster } from '../../contracts/cluster';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { IProvider } from '../../contracts/provider';
import { addCache, addDatabase, addObjectStore } from '../in-cluster/services';
import { checkKubeconfigPath } from '../kubeconfig';
import { StateBackend } from '../state-backend';
import { ExistingCluster } from './existing-cluster';

/** What has to be known of a cluster that somebody else made. */
export interface ExistingClusterOptions {
  /** Context in the kubeconfig. */
  readonly context: string;
  /** Minor version of Kubernetes that the cluster runs, such as `1.35`; 1.33 or newer. */
  readonly kubernetesVersion: string;
  /** Name of the StorageClass that a PersistentVolumeClaim gets by default. */
  readonly defaultStorageClass: string;
  /**
   * Path of the kubeconfig.
   *
   * @default '~/.kube/config'
   */
  readonly kubeconfigPath?: string;
  /**
   * Name of the cluster.
   *
   * @default - the context
   */
  readonly clusterName?: string;
  /**
   * GPUs that the cluster has, one entry per pool. The nodes of a pool carry the labels `nstarx.io/node-pool` (its name)
   * and `nvidia.com/gpu.product`, and the taint `nvidia.com/gpu`.
   *
   * @default - none
   */
  readonly gpus?: GpuCapability[];
  /**
   * Whether the GPUs are simulated.
   *
   * @default false
   */
  readonly simulatedGpus?: boolean;
  /**
   * Whether a Service of type LoadBalancer gets an address.
   *
   * @default false
   */
  readonly loadBalancer?: boolean;
  /**
   * Whether the network plugin enforces NetworkPolicies. They are written in any case.
   *
   * @default false
   */
  readonly networkPolicy?: boolean;
  /**
   * Whether nodes are added when pods do not fit.
   *
   * @default false
   */
  readonly nodeAutoscaling?: boolean;
  /**
   * Whether volumes can be snapshotted through the CSI driver.
   *
   * @default false
   */
  readonly volumeSnapshots?: boolean;
  /**
   * The topology zones that nodes are spread over.
   *
   * @default - none
   */
  readonly zones?: string[];
  /**
   * Where Terraform keeps the state of `<env>-bootstrap`.
   *
   * @default StateBackend.local()
   */
  readonly state?: StateBackend;
}

/**
 * A cluster that exists already. Nothing is made outside it, so `<env>-infrastructure` stays empty; databases, caches and
 * buckets run inside it.
 */
export class ExistingClusterProvider implements IProvider {
  /**
   * A cluster that a kubeconfig leads to.
   *
   * @throws InvalidInputError when the context, the version, the storage class or a GPU pool is malformed
   */
  public static fromKubeconfig(options: ExistingClusterOptions): ExistingClusterProvider {
    return new ExistingClusterProvider(options);
  }

  public readonly displayName: string;

  private constructor(private readonly options: ExistingClusterOptions) {
    checkOptions(options);
    this.displayName = `existing ${options.clusterName ?? options.context}`;
  }

  public configureStack(stack: Construct, _environment: IEnvironment): void {
    (this.options.state ?? StateBackend.local()).configure(stack);
  }

  public createCluster(environment: IEnvironment, id: string, props: ClusterProps): ICluster {
    return new ExistingCluster(environment.infrastructure, id, props, this.options);
  }

  public createDatabase(environment: IEnvironment, id: string, cluster: ICluster, props: DatabaseProps): IDatabase {
    return addDatabase(environment, id, cluster, props);
  }

  public createCache(environment: IEnvironment, id: string, cluster: ICluster, props: CacheProps): ICache {
    return addCache(environment, id, cluster, props);
  }

  public createObjectStore(
    environment: IEnvironment,
    id: string,
    cluster: ICluster,
    props: ObjectStoreProps,
  ): IObjectStore {
    return addObjectStore(environment, id, cluster, props);
  }
}

function checkOptions(options: ExistingClusterOptions): void {
  const where = 'ExistingClusterProvider.fromKubeconfig';
  if (!/^\S+$/.test(options.context)) {
    fail(
      where,
      'context',
      'must be a name',
      options.context,
      'use one that `kubectl config get-contexts -o name` prints',
    );
  }
  if (options.kubeconfigPath !== undefined) checkKubeconfigPath(where, options.kubeconfigPath);
  const minor = /^1\.(\d+)$/.exec(options.kubernetesVersion);
  if (!minor || Number(minor[1]) < 33) {
    fail(
      where,
      'kubernetesVersion',
      'must be a minor version of at least 1.33',
      options.kubernetesVersion,
      'give it like 1.35; upgrade an older cluster first',
    );
  }
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(options.defaultStorageClass)) {
    fail(
      where,
      'defaultStorageClass',
      'must be the name of a StorageClass',
      options.defaultStorageClass,
      'use the one that `kubectl get storageclass` marks as default',
    );
  }
  for (const gpu of options.gpus ?? []) {
    if (!Number.isInteger(gpu.perNode) || gpu.perNode < 1 || !Number.isInteger(gpu.total) || gpu.total < gpu.perNode) {
      fail(
        where,
        `gpus "${gpu.pool}"`,
        'must have at least one GPU per node, and as many in total',
        { perNode: gpu.perNode, total: gpu.total },
        'give the GPUs of one node and of the whole pool',
      );
    }
  }
}
