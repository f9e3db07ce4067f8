import { Fn, TerraformStack } from 'cdktf';
import { Construct, IConstruct } from 'constructs';
import { fakeGpuOperator } from '../../components/fake-gpu-operator';
import { metricsServer } from '../../components/metrics-server';
import {
  ClusterCapabilities,
  ClusterConnection,
  ClusterProps,
  GpuCapability,
  ICluster,
  KubectlAccess,
} from '../../contracts/cluster';
import { ComponentRegistry } from '../../contracts/component-registry';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { GpuModel } from '../../contracts/gpu';
import { KUBERNETES_VERSIONS, kubernetesVersion } from '../../contracts/kubernetes-version';
import { GPU_PRODUCT_LABEL, PLATFORM_GROUP } from '../../contracts/names';
import { parseQuantity } from '../../contracts/quantity';
import { GeneralPool, GpuPool, NodePool } from '../../contracts/node-pool';
import { KindClusterResource, KindNodeConfig, KindPortMapping, KindTerraformProvider } from './kind-binding';

/** Settings of a Kind cluster; KindProvider has checked them and filled in the defaults. */
export interface KindClusterSettings {
  readonly providerSource: string;
  readonly providerVersion: string;
  /** Image of the nodes, where the user gave one. */
  readonly nodeImage?: string;
  readonly hostPorts: KindPortMapping[];
  readonly workersPerPool: number;
  readonly kubeconfigPath: string;
}

/**
 * The node images that were built for kind v0.31.0, the version in tehcyx/kind v0.11.0, by minor version of Kubernetes
 * (https://github.com/kubernetes-sigs/kind/releases/tag/v0.31.0). The digest matters: tags are built anew for later
 * versions of kind, in formats that this one may not know.
 */
const NODE_IMAGES: { [version: string]: string } = {
  '1.33': 'kindest/node:v1.33.7@sha256:d26ef333bdb2cbe9862a0f7c3803ecc7b4303d8cea8e814b481b09949d353040',
  '1.34': 'kindest/node:v1.34.3@sha256:08497ee19eace7b4b5348db5c6a1591d7752b164530a36f855cb0f2bdcbadd48',
  '1.35': 'kindest/node:v1.35.0@sha256:452d707d4862f52530247495d180205e029056831160e22870e37e3f6c1ac31f',
};

/** Minor versions of Kubernetes for which there is a node image, oldest first. */
const KIND_KUBERNETES_VERSIONS = Object.keys(NODE_IMAGES);

/** The newest of them. */
const DEFAULT_KIND_KUBERNETES_VERSION = KIND_KUBERNETES_VERSIONS[KIND_KUBERNETES_VERSIONS.length - 1];

/** The node label by which the fake GPU operator tells its pools apart. */
const SIMULATED_GPU_POOL_LABEL = 'run.ai/simulated-gpu-node-pool';

/** GPUs of the instance that usually has a model; all others have one. */
const GPUS_PER_MACHINE = new Map<string, number>([
  [GpuModel.V100_32GB.productLabel, 8],
  [GpuModel.A100_40GB.productLabel, 8],
  [GpuModel.A100_80GB.productLabel, 8],
  [GpuModel.H100.productLabel, 8],
  [GpuModel.H200.productLabel, 8],
  [GpuModel.B200.productLabel, 8],
  [GpuModel.GB200.productLabel, 4],
]);

/** The pods that ask for a GPU tolerate this taint; without it any pod would land on a GPU node. */
const GPU_TAINT_PATCH = `kind: JoinConfiguration
nodeRegistration:
  taints:
    - key: nvidia.com/gpu
      value: present
      effect: NoSchedule
`;

/** A Kubernetes cluster in containers on this machine: a control plane, and workers for each node pool. */
export class KindCluster extends Construct implements ICluster {
  public readonly clusterName: string;
  public readonly kubernetesVersion: string;
  public readonly nodePools: NodePool[];
  /** The class of rancher.io/local-path, which Kind installs: volumes are folders of a node. */
  public readonly defaultStorageClass = 'standard';
  public readonly connection: ClusterConnection;
  public readonly kubectl: KubectlAccess;
  public readonly capabilities: ClusterCapabilities;
  private readonly hostPorts: number[];

  public constructor(environment: IEnvironment, id: string, props: ClusterProps, settings: KindClusterSettings) {
    super(environment.infrastructure, id);
    this.clusterName = environment.environmentName;
    this.kubernetesVersion = props.kubernetesVersion ?? DEFAULT_KIND_KUBERNETES_VERSION;
    this.nodePools = [...(props.nodePools ?? [GeneralPool.of('general')])];
    checkNodePools(this, this.nodePools);
    this.hostPorts = settings.hostPorts.map(({ hostPort }) => hostPort);
    this.refuseTakenPorts();
    new KindClusterResource(
      this,
      'Resource',
      {
        name: this.clusterName,
        nodeImage: this.nodeImage(settings.nodeImage),
        waitForReady: true,
        // the Terraform provider takes a leading ~ for the name of a folder
        kubeconfigPath: Fn.pathexpand(settings.kubeconfigPath),
        nodes: kindNodes(this.nodePools, settings.workersPerPool, settings.hostPorts),
      },
      terraformProvider(environment.infrastructure, settings),
    );
    const context = `kind-${this.clusterName}`;
    this.connection = { kubeconfigPath: settings.kubeconfigPath, kubeconfigContext: context };
    this.kubectl = { context, kubeconfigPath: settings.kubeconfigPath };
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
    ComponentRegistry.of(environment).require(metricsServer({ selfSignedKubelets: true }));
  }

  private nodeImage(chosen: string | undefined): string {
    const version = kubernetesVersion(
      this,
      this.kubernetesVersion,
      chosen === undefined ? KIND_KUBERNETES_VERSIONS : KUBERNETES_VERSIONS,
      chosen === undefined
        ? 'choose one of them, or pass nodeImage to KindProvider.local() with an image of that version'
        : 'choose one of them, with an image of that version',
    );
    return chosen ?? NODE_IMAGES[version];
  }

  /** Docker would start the second of two clusters only when the first is gone. */
  private refuseTakenPorts(): void {
    for (const other of this.node.root.node.findAll()) {
      if (other === this || !(other instanceof KindCluster)) continue;
      const taken = this.hostPorts.find((port) => other.hostPorts.includes(port));
      if (taken === undefined) continue;
      fail(
        this,
        'hostPorts',
        `must be other ports of this machine than those of the environment ${other.clusterName}`,
        taken,
        'pass others to the KindProvider.local() of one of them, such as [{ hostPort: 9080, nodePort: 30080 }], or an empty list',
      );
    }
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
          memoryMiB: Math.floor((parseQuantity(pool.model.memory) ?? 0) / 2 ** 20),
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

/** GPUs of one node of a pool. */
function gpusPerNode(pool: GpuPool): number {
  return pool.gpusPerNode ?? GPUS_PER_MACHINE.get(pool.model.productLabel) ?? 1;
}

/** The GPUs of a cluster with some workers for each pool. */
function gpuCapabilities(pools: NodePool[], workersPerPool: number): GpuCapability[] {
  return gpuPools(pools).map((pool) => ({
    pool: pool.name,
    resourceName: pool.model.resourceName,
    productLabel: pool.model.productLabel,
    perNode: gpusPerNode(pool),
    total: gpusPerNode(pool) * workerCount(pool, workersPerPool),
  }));
}

/** The pools that have GPUs. */
function gpuPools(pools: NodePool[]): GpuPool[] {
  return pools.filter((pool): pool is GpuPool => pool instanceof GpuPool);
}

/** A control plane that listens on the host's ports, and the workers of each pool. */
function kindNodes(pools: NodePool[], workersPerPool: number, ports: KindPortMapping[]): KindNodeConfig[] {
  const controlPlane: KindNodeConfig = {
    role: 'control-plane',
    labels: { [`${PLATFORM_GROUP}/node-role`]: 'control-plane' },
    extraPortMappings: ports.length > 0 ? ports : undefined,
  };
  const workers = pools.flatMap((pool) => {
    const worker = workerOf(pool);
    return Array.from({ length: workerCount(pool, workersPerPool) }, () => worker);
  });
  return [controlPlane, ...workers];
}

/** Refuses pools that Kind cannot make. */
function checkNodePools(scope: IConstruct, pools: NodePool[]): void {
  const names = pools.map((pool) => pool.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    fail(scope, 'nodePools', 'must have names of their own', twice, 'rename one of the two pools');
  }
  if (pools.every((pool) => pool instanceof GpuPool)) {
    fail(
      scope,
      'nodePools',
      'must have a pool without GPUs',
      names,
      "add GeneralPool.of('general'); GPU nodes are tainted, so the platform's own pods need another",
    );
  }
  for (const pool of gpuPools(pools)) {
    if (pool.model.resourceName !== 'nvidia.com/gpu') {
      fail(
        scope,
        `nodePools "${pool.name}"`,
        'must have GPUs of the resource nvidia.com/gpu',
        pool.model.resourceName,
        'leave the pool out of this environment; Kind simulates no others',
      );
    }
  }
}

function workerOf(pool: NodePool): KindNodeConfig {
  if (!(pool instanceof GpuPool)) {
    return { role: 'worker', labels: { ...pool.labels, [`${PLATFORM_GROUP}/node-role`]: 'general' } };
  }
  return {
    role: 'worker',
    labels: {
      ...pool.labels,
      [`${PLATFORM_GROUP}/node-role`]: 'gpu',
      [SIMULATED_GPU_POOL_LABEL]: pool.name,
      'nvidia.com/gpu.present': 'true',
      [GPU_PRODUCT_LABEL]: pool.model.productLabel,
    },
    kubeadmConfigPatches: [GPU_TAINT_PATCH],
  };
}

function workerCount(pool: NodePool, workersPerPool: number): number {
  return Math.min(pool.max, Math.max(1, workersPerPool));
}
