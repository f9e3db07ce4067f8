import { ClusterCapabilities, GpuCapability, NodeCapability } from '../../contracts/cluster';
import { GPU_PRODUCT_LABEL } from '../../contracts/names';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import { IAwsEnvironment } from './contract';
import { allocatableOf } from './instance-sizes';
import { machineFor } from './instance-types';
import { AwsSettings, NodeScaling } from './settings';

/** What a cluster with these node pools, of which the first carries the add-ons, can do. */
export function capabilitiesOf(aws: IAwsEnvironment, pools: NodePool[]): ClusterCapabilities {
  return {
    gpus: pools.filter((pool): pool is GpuPool => pool instanceof GpuPool).map(gpusOf),
    nodes: nodesOf(aws.settings, pools),
    simulatedGpus: false,
    loadBalancer: true,
    networkPolicy: true,
    nodeAutoscaling: aws.settings.nodeScaling !== NodeScaling.NONE,
    workloadIdentity: true,
    volumeSnapshots: false,
    zones: [...aws.settings.availabilityZones],
  };
}

/** How many nodes of a pool are a managed node group when Karpenter makes the others. */
export function managedNodes(pool: NodePool, first: NodePool): number {
  return pool === first ? Math.max(pool.min, KARPENTER_NODES) : pool.min;
}

/** Replicas of Karpenter, which never share a node and never run on nodes that Karpenter made. */
const KARPENTER_NODES = 2;

/** The labels of a pool's nodes that are set here, for node groups and Karpenter. */
export function nodeLabels(pool: NodePool): { [key: string]: string } {
  if (!(pool instanceof GpuPool)) return pool.labels;
  // the first is what workloads select, and is there before the feature discovery has run: scaling from zero needs it
  return { ...pool.labels, [GPU_PRODUCT_LABEL]: pool.model.productLabel, 'nvidia.com/gpu.present': 'true' };
}

function gpusOf(pool: GpuPool): GpuCapability {
  const perNode = machineFor(pool).gpus;
  return {
    pool: pool.name,
    resourceName: pool.model.resourceName,
    productLabel: pool.model.productLabel,
    perNode,
    total: perNode * pool.max,
  };
}

/** Undefined where the size of one of the pools is not known. */
function nodesOf(settings: AwsSettings, pools: NodePool[]): NodeCapability[] | undefined {
  const known = pools.flatMap((pool): NodeCapability[] => {
    const { instanceType, amiType, gpus } = machineFor(pool);
    const allocatable = allocatableOf(instanceType);
    if (!allocatable) return [];
    const gpu =
      pool instanceof GpuPool ? { taint: pool.model.resourceName, productLabel: pool.model.productLabel, gpus } : {};
    return [
      {
        pool: pool.name,
        instanceType,
        ...allocatable,
        ...gpu,
        ...bounds(settings.nodeScaling, pool, pools[0]),
        zones: [...settings.availabilityZones],
        labels: {
          ...nodeLabels(pool),
          'kubernetes.io/os': 'linux',
          'kubernetes.io/arch': amiType.includes('ARM') ? 'arm64' : 'amd64',
          'node.kubernetes.io/instance-type': instanceType,
          'topology.kubernetes.io/region': settings.region,
        },
      },
    ];
  });
  return known.length === pools.length ? known : undefined;
}

/** How many nodes come by themselves. */
function bounds(scaling: NodeScaling, pool: NodePool, first: NodePool): { min: number; max: number } {
  if (scaling === NodeScaling.NONE) return { min: pool.min, max: pool.min };
  const min = scaling === NodeScaling.KARPENTER ? managedNodes(pool, first) : pool.min;
  return { min, max: Math.max(min, pool.max) };
}
