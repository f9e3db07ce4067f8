import { Fn, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { fakeGpuOperator } from '../../components/fake-gpu-operator';
import { metricsServer } from '../../components/metrics-server';
import { ClusterCapabilities, ClusterConnection, ClusterProps, ICluster } from '../../contracts/cluster';
import { ComponentRegistry } from '../../contracts/component-registry';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { GeneralPool, NodePool } from '../../contracts/node-pool';
import { KindClusterResource, KindTerraformProvider } from './kind-binding';
import { checkNodePools, gpuCapabilities, gpuPools, gpusPerNode, kindNodes } from './kind-nodes';
import type { KindProviderOptions } from './kind-provider';
import { DEFAULT_KIND_KUBERNETES_VERSION, KIND_KUBERNETES_VERSIONS, nodeImageFor } from './node-images';

/** Settings of a Kind cluster, checked and with their defaults. */
export interface KindClusterSettings extends Required<Omit<KindProviderOptions, 'nodeImage'>> {
  readonly nodeImage?: string;
}

/** A Kubernetes cluster in containers of this machine: a control plane, and workers for each node pool. */
export class KindCluster extends Construct implements ICluster {
  public readonly clusterName: string;
  public readonly kubernetesVersion: string;
  public readonly nodePools: NodePool[];
  /** The class of rancher.io/local-path, which Kind installs: volumes are folders of a node. */
  public readonly defaultStorageClass = 'standard';
  public readonly connection: ClusterConnection;
  public readonly capabilities: ClusterCapabilities;

  public constructor(environment: IEnvironment, id: string, props: ClusterProps, settings: KindClusterSettings) {
    super(environment.infrastructure, id);
    this.clusterName = environment.environmentName;
    this.kubernetesVersion = props.kubernetesVersion ?? DEFAULT_KIND_KUBERNETES_VERSION;
    this.nodePools = [...(props.nodePools ?? [GeneralPool.of('general')])];
    checkNodePools(this, this.nodePools);
    new KindClusterResource(
      this,
      'Resource',
      {
        name: this.clusterName,
        nodeImage: this.nodeImage(settings.nodeImage),
        waitForReady: true,
        // the Terraform provider takes a leading ~ for the name of a folder
        kubeconfigPath: Fn.pathexpand(settings.kubeconfigPath),
        nodes: kindNodes(
          this.nodePools,
          settings.workersPerPool,
          settings.hostPorts.map((port) => ({
            containerPort: port.nodePort,
            hostPort: port.hostPort,
            listenAddress: '127.0.0.1',
            protocol: 'TCP',
          })),
        ),
      },
      terraformProvider(environment.infrastructure, settings),
    );
    this.connection = {
      kubeconfigPath: settings.kubeconfigPath,
      kubeconfigContext: `kind-${this.clusterName}`,
    };
    this.capabilities = {
      gpus: gpuCapabilities(this.nodePools, settings.workersPerPool),
      simulatedGpus: true,
      loadBalancer: false,
      // kindnet enforces them since Kind v0.24
      networkPolicy: true,
      nodeAutoscaling: false,
      workloadIdentity: false,
      volumeSnapshots: false,
      zones: [],
    };
    this.simulateGpus(environment);
    ComponentRegistry.of(environment).require(metricsServer({ tier: environment.tier, selfSignedKubelets: true }));
  }

  private nodeImage(chosen: string | undefined): string {
    const image = nodeImageFor(this.kubernetesVersion);
    if (chosen !== undefined && /^1\.\d+$/.test(this.kubernetesVersion)) return chosen;
    return (
      image ??
      fail(
        this,
        'kubernetesVersion',
        `must be one of ${KIND_KUBERNETES_VERSIONS.join(', ')}`,
        this.kubernetesVersion,
        'choose one of them, or pass nodeImage to KindProvider.local() with an image of that version',
      )
    );
  }

  private simulateGpus(environment: IEnvironment): void {
    const pools = gpuPools(this.nodePools);
    if (pools.length === 0) return;
    ComponentRegistry.of(environment).require(
      fakeGpuOperator(
        pools.map((pool) => ({
          name: pool.name,
          product: pool.model.productLabel,
          count: gpusPerNode(pool),
          memoryMiB: pool.model.memoryGiB * 1024,
        })),
      ),
    );
  }
}

function terraformProvider(scope: Construct, settings: KindClusterSettings): KindTerraformProvider {
  return new KindTerraformProvider(TerraformStack.of(scope), 'kind', {
    source: settings.providerSource,
    version: settings.providerVersion,
  });
}
