import { Construct } from 'constructs';
import { ClusterCapabilities, ClusterConnection, ClusterProps, ICluster } from '../../contracts/cluster';
import { fail } from '../../contracts/errors';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import type { ExistingClusterOptions } from './existing-cluster-provider';

/** A Kubernetes cluster that somebody else made. */
export class ExistingCluster extends Construct implements ICluster {
  public readonly clusterName: string;
  public readonly kubernetesVersion: string;
  public readonly nodePools: NodePool[];
  public readonly defaultStorageClass: string;
  public readonly connection: ClusterConnection;
  public readonly capabilities: ClusterCapabilities;

  public constructor(scope: Construct, id: string, props: ClusterProps, options: ExistingClusterOptions) {
    super(scope, id);
    this.clusterName = options.clusterName ?? options.context;
    this.kubernetesVersion = options.kubernetesVersion;
    this.defaultStorageClass = options.defaultStorageClass;
    this.nodePools = [...(props.nodePools ?? [])];
    this.connection = {
      kubeconfigPath: options.kubeconfigPath ?? '~/.kube/config',
      kubeconfigContext: options.context,
    };
    this.capabilities = {
      gpus: [...(options.gpus ?? [])],
      simulatedGpus: options.simulatedGpus ?? false,
      loadBalancer: options.loadBalancer ?? false,
      networkPolicy: options.networkPolicy ?? false,
      nodeAutoscaling: options.nodeAutoscaling ?? false,
      workloadIdentity: false,
      volumeSnapshots: options.volumeSnapshots ?? false,
      zones: [...(options.zones ?? [])],
    };
    this.check(props);
  }

  private check(props: ClusterProps): void {
    if (props.kubernetesVersion !== undefined && props.kubernetesVersion !== this.kubernetesVersion) {
      fail(
        this,
        'kubernetesVersion',
        `must be the cluster's own, ${this.kubernetesVersion}`,
        props.kubernetesVersion,
        'leave it out: the version of an existing cluster is not managed here',
      );
    }
    for (const pool of this.nodePools) {
      if (!(pool instanceof GpuPool)) continue;
      const { productLabel } = pool.model;
      if (!this.capabilities.gpus.some((gpu) => gpu.pool === pool.name && gpu.productLabel === productLabel)) {
        fail(
          this,
          `nodePools "${pool.name}"`,
          'must be GPUs that the cluster has',
          productLabel,
          'describe the pool in the gpus of fromKubeconfig(), or leave it out of this environment',
        );
      }
    }
  }
}
