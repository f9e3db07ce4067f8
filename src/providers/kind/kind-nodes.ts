import { IConstruct } from 'constructs';
import { GpuCapability } from '../../contracts/cluster';
import { fail } from '../../contracts/errors';
import { GpuModel } from '../../contracts/gpu';
import { PLATFORM_GROUP } from '../../contracts/names';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import { KindNodeConfig, KindPortMapping } from './kind-binding';

/** The node label by which the fake GPU operator tells its pools apart. */
export const SIMULATED_GPU_POOL_LABEL = 'run.ai/simulated-gpu-node-pool';

/** GPUs of the machine that usually carries a model; all others have one. */
const GPUS_PER_MACHINE = new Map<string, number>([
  [GpuModel.V100_32GB.productLabel, 8],
  [GpuModel.A100_40GB.productLabel, 8],
  [GpuModel.A100_80GB.productLabel, 8],
]);

/** Labels outside `node.kubernetes.io` and `kubelet.kubernetes.io` that a kubelet may give to its own node. */
const KUBELET_LABELS = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);

/** The pods that ask for a GPU tolerate this taint; without it any pod would land on a GPU node. */
const GPU_TAINT_PATCH = `kind: JoinConfiguration
nodeRegistration:
  taints:
    - key: nvidia.com/gpu
      value: present
      effect: NoSchedule
`;

/** GPUs of one node of a pool. */
export function gpusPerNode(pool: GpuPool): number {
  return pool.gpusPerNode ?? GPUS_PER_MACHINE.get(pool.model.productLabel) ?? 1;
}

/** The GPUs of a cluster with some workers for each pool. */
export function gpuCapabilities(pools: NodePool[], workersPerPool: number): GpuCapability[] {
  return gpuPools(pools).map((pool) => ({
    pool: pool.name,
    resourceName: pool.model.resourceName,
    productLabel: pool.model.productLabel,
    perNode: gpusPerNode(pool),
    total: gpusPerNode(pool) * workerCount(pool, workersPerPool),
  }));
}

/** The pools that have GPUs. */
export function gpuPools(pools: NodePool[]): GpuPool[] {
  return pools.filter((pool): pool is GpuPool => pool instanceof GpuPool);
}

/** A control plane that listens on the host's ports, and the workers of each pool. */
export function kindNodes(pools: NodePool[], workersPerPool: number, ports: KindPortMapping[]): KindNodeConfig[] {
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
export function checkNodePools(scope: IConstruct, pools: NodePool[]): void {
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
  for (const pool of pools) {
    const refused = Object.keys(pool.labels).find((label) => !kubeletMaySet(label));
    if (refused !== undefined) {
      fail(
        scope,
        `nodePools "${pool.name}" labels`,
        'must not be in the domains kubernetes.io and k8s.io',
        refused,
        'use a domain of your own; a kubelet may not give itself such labels',
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
      'nvidia.com/gpu.product': pool.model.productLabel,
    },
    kubeadmConfigPatches: [GPU_TAINT_PATCH],
  };
}

function workerCount(pool: NodePool, workersPerPool: number): number {
  return Math.min(pool.max, Math.max(1, workersPerPool));
}

function kubeletMaySet(label: string): boolean {
  const domain = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
  if (!/(^|\.)(kubernetes|k8s)\.io$/.test(domain)) return true;
  return /(^|\.)(node|kubelet)\.kubernetes\.io$/.test(domain) || KUBELET_LABELS.has(label);
}
