import { fail } from '../../contracts/errors';
import { GpuModel } from '../../contracts/gpu';
import { GpuPool, NodePool } from '../../contracts/node-pool';

/** The instance type of a node pool. */
export interface NodeMachine {
  /** EC2 instance type. */
  readonly instanceType: string;
  /** The AMI type of a managed node group. */
  readonly amiType: string;
  /** GPUs of one node. */
  readonly gpus: number;
  /** Size of the root volume: images with CUDA are large. */
  readonly rootVolumeGiB: number;
}

/** What `general` nodes are when nothing else is asked for. */
const DEFAULT_INSTANCE_TYPE = 't3.medium';

interface GpuInstanceType {
  readonly name: string;
  readonly model: GpuModel;
  readonly gpus: number;
}

/**
 * EC2 instance types by GPU, the smallest first. Not every region and zone has them: p3 is in few regions, and p4d and
 * p4de are often in one zone only, where the node group then puts all its nodes.
 */
const GPU_INSTANCE_TYPES: GpuInstanceType[] = [
  { name: 'g4dn.xlarge', model: GpuModel.T4, gpus: 1 },
  { name: 'g4dn.2xlarge', model: GpuModel.T4, gpus: 1 },
  { name: 'g4dn.4xlarge', model: GpuModel.T4, gpus: 1 },
  { name: 'g4dn.8xlarge', model: GpuModel.T4, gpus: 1 },
  { name: 'g4dn.16xlarge', model: GpuModel.T4, gpus: 1 },
  { name: 'g4dn.12xlarge', model: GpuModel.T4, gpus: 4 },
  { name: 'g4dn.metal', model: GpuModel.T4, gpus: 8 },
  { name: 'p3.2xlarge', model: GpuModel.V100_16GB, gpus: 1 },
  { name: 'p3.8xlarge', model: GpuModel.V100_16GB, gpus: 4 },
  { name: 'p3.16xlarge', model: GpuModel.V100_16GB, gpus: 8 },
  { name: 'p3dn.24xlarge', model: GpuModel.V100_32GB, gpus: 8 },
  { name: 'p4d.24xlarge', model: GpuModel.A100_40GB, gpus: 8 },
  { name: 'p4de.24xlarge', model: GpuModel.A100_80GB, gpus: 8 },
];

/**
 * The instance type for a pool.
 *
 * @throws InvalidInputError when the instance type is malformed, has other GPUs than the pool says, or none is known for
 * the GPU model
 */
export function machineFor(pool: NodePool): NodeMachine {
  const where = `node pool "${pool.name}"`;
  if (pool.instanceType !== undefined && !/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(pool.instanceType)) {
    fail(where, 'instanceType', 'must be an EC2 instance type', pool.instanceType, 'name it like t3.medium');
  }
  if (!(pool instanceof GpuPool)) {
    const instanceType = pool.instanceType ?? DEFAULT_INSTANCE_TYPE;
    const amiType = isGraviton(instanceType) ? 'AL2023_ARM_64_STANDARD' : 'AL2023_x86_64_STANDARD';
    return { instanceType, amiType, gpus: 0, rootVolumeGiB: 50 };
  }
  const { name, gpus } = pool.instanceType === undefined ? smallest(where, pool) : given(where, pool);
  const amiType = isGraviton(name) ? 'AL2023_ARM_64_NVIDIA' : 'AL2023_x86_64_NVIDIA';
  return { instanceType: name, amiType, gpus, rootVolumeGiB: 200 };
}

function smallest(where: string, pool: GpuPool): GpuInstanceType {
  const known = GPU_INSTANCE_TYPES.filter((type) => type.model.productLabel === pool.model.productLabel);
  if (known.length === 0) {
    fail(
      where,
      'model',
      'must be one that the AWS provider knows an instance type for',
      pool.model.productLabel,
      'give instanceType and gpusPerNode as well',
    );
  }
  return (
    known.find((type) => type.gpus === (pool.gpusPerNode ?? type.gpus)) ??
    fail(
      where,
      'gpusPerNode',
      `must be one of ${[...new Set(known.map((type) => type.gpus))].join(', ')} for ${pool.model.productLabel}`,
      pool.gpusPerNode,
      'choose one of these; EC2 has no other instance type',
    )
  );
}

function given(where: string, pool: GpuPool): { name: string; gpus: number } {
  const name = pool.instanceType as string;
  const known = GPU_INSTANCE_TYPES.find((type) => type.name === name);
  if (!known) {
    const gpus =
      pool.gpusPerNode ??
      fail(where, 'gpusPerNode', `must be given for ${name}`, undefined, 'say how many GPUs one node has');
    return { name, gpus };
  }
  if (known.model.productLabel !== pool.model.productLabel) {
    fail(
      where,
      'instanceType',
      `must have ${pool.model.productLabel} GPUs`,
      name,
      `choose another model or instance type; ${name} has ${known.model.productLabel}`,
    );
  }
  if (pool.gpusPerNode !== undefined && pool.gpusPerNode !== known.gpus) {
    fail(where, 'gpusPerNode', `must be ${known.gpus} for ${name}`, pool.gpusPerNode, 'leave it out');
  }
  return known;
}

/** Whether an instance type has an ARM processor: a `g` behind the generation (t4g, m7gd), or the family a1. */
function isGraviton(instanceType: string): boolean {
  return /^(a1|[a-z]+\d+[a-z]*g[a-z]*)\./.test(instanceType);
}
