import { ClusterCapabilities, GpuCapability, NodeCapability } from '../../contracts/cluster';
import { taintOf } from '../../contracts/devices';
import { GPU_PRODUCT_LABEL } from '../../contracts/names';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import { addOnWorkloads } from './add-on-footprints';
import { IAwsEnvironment } from './contract';
import { Allocatable, allocatableOf } from './instance-sizes';
import { machineFor, NodeMachine } from './instance-types';
import { isDividedByZone, managedNodes, zonesOf } from './node-group-sizes';
import { NodeScaling } from './settings';

/** What a cluster with these node pools, of which the first carries the add-ons, can do. */
export function capabilitiesOf(aws: IAwsEnvironment, pools: NodePool[]): ClusterCapabilities {
  return {
    gpus: pools.flatMap((pool) => (pool instanceof GpuPool ? [gpusOf(pool, machineFor(aws, pool))] : [])),
    nodes: nodesOf(aws, pools),
    addOns: addOnWorkloads(),
    simulatedGpus: false,
    loadBalancer: true,
    managedServices: true,
    networkPolicy: true,
    nodeAutoscaling: aws.settings.nodeScaling !== NodeScaling.NONE,
    workloadIdentity: true,
    volumeSnapshots: true,
    zones: [...aws.settings.availabilityZones],
  };
}

/** The labels of a pool's nodes that are set here, for node groups and Karpenter. */
export function nodeLabels(pool: NodePool): { [key: string]: string } {
  if (!(pool instanceof GpuPool)) return pool.labels;
  const product = pool.model.productLabel;
  return {
    ...pool.labels,
    // what workloads select, and there before the feature discovery has run: scaling from zero needs it
    [GPU_PRODUCT_LABEL]: product,
    'nvidia.com/gpu.present': 'true',
    // by this one the Cluster Autoscaler knows that a new node without GPUs is not ready yet
    'k8s.amazonaws.com/accelerator': product.toLowerCase(),
  };
}

function gpusOf(pool: GpuPool, { gpus }: NodeMachine): GpuCapability {
  return {
    pool: pool.name,
    resourceName: pool.model.resourceName,
    productLabel: pool.model.productLabel,
    perNode: gpus,
    total: gpus * pool.max,
  };
}

/** Undefined where the size of one of the pools is not known. */
function nodesOf(aws: IAwsEnvironment, pools: NodePool[]): NodeCapability[] | undefined {
  const known = pools.flatMap((pool): NodeCapability[] => {
    const machine = machineFor(aws, pool);
    const allocatable = smallestOf(machine.instanceTypes);
    if (!allocatable) return [];
    const gpu =
      pool instanceof GpuPool
        ? { taint: taintOf(pool.model.resourceName), productLabel: pool.model.productLabel, gpus: machine.gpus }
        : {};
    return [
      {
        pool: pool.name,
        instanceType: machine.instanceTypes.join(' or '),
        ...allocatable,
        ...gpu,
        ...bounds(aws.settings.nodeScaling, pool, pools[0]),
        zones: zonesOf(aws.settings, pool),
        // Karpenter makes a node in the zone that a pod needs
        dividedByZone: aws.settings.nodeScaling !== NodeScaling.KARPENTER && isDividedByZone(aws.settings, pool),
        labels: labelsOf(aws.region, pool, machine),
      },
    ];
  });
  return known.length === pools.length ? known : undefined;
}

/** What each of several instance types has at least. */
function smallestOf(instanceTypes: string[]): Allocatable | undefined {
  const all = instanceTypes.flatMap((type) => allocatableOf(type) ?? []);
  if (all.length < instanceTypes.length) return undefined;
  const least = (amount: keyof Allocatable): number => Math.min(...all.map((one) => one[amount]));
  return { cpu: least('cpu'), memory: least('memory'), pods: least('pods') };
}

function labelsOf(region: string, pool: NodePool, machine: NodeMachine): { [label: string]: string } {
  const [instanceType, ...others] = machine.instanceTypes;
  return {
    ...nodeLabels(pool),
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': machine.architecture,
    ...(others.length === 0 ? { 'node.kubernetes.io/instance-type': instanceType } : {}),
    'topology.kubernetes.io/region': region,
  };
}

/** How many nodes come by themselves. */
function bounds(scaling: NodeScaling, pool: NodePool, first: NodePool): { min: number; max: number } {
  if (scaling === NodeScaling.NONE) return { min: pool.min, max: pool.min };
  const min = scaling === NodeScaling.KARPENTER ? managedNodes(pool, first) : pool.min;
  return { min, max: Math.max(min, pool.max) };
}
