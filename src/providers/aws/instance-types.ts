import { fail } from '../../contracts/errors';
import { GpuPool, NodePool } from '../../contracts/node-pool';
import { Tier } from '../../contracts/tier';
import { GPU_INSTANCE_TYPES, GpuInstanceType } from './gpu-instances';
import { isOffered, regionsWith } from './instance-offerings';
import { NVIDIA_TAINT } from '../../contracts/devices';

/** The instance types of a node pool. */
export interface NodeMachine {
  /** EC2 instance types, the preferred one first. */
  readonly instanceTypes: string[];
  /** The AMI type of a managed node group. */
  readonly amiType: string;
  /** `amd64` or `arm64`. */
  readonly architecture: string;
  /** GPUs of one node. */
  readonly gpus: number;
  /** EFA interfaces of one node, where the pool asks for them. */
  readonly efaInterfaces: number;
  /** Size of the root volume: images with CUDA are large. */
  readonly rootVolumeGiB: number;
}

/** What decides which instance types there are, and which are the default. */
export interface InstanceTypeScope {
  readonly tier: Tier;
  readonly region: string;
  readonly settings: {
    /** Types that the region has by now, although the list does not say so. */
    readonly additionalInstanceTypes: string[];
  };
}

/**
 * What `general` nodes are when nothing else is asked for. From staging on Prometheus alone asks for 4 and 8 GiB, and data jobs for 4; both
 * types have 16 GiB, and each region has one of them at least.
 */
const DEFAULT_INSTANCE_TYPES = { small: ['t3.medium'], large: ['m6i.xlarge', 'm7i.xlarge'] };

/**
 * The machines of a pool.
 *
 * @throws InvalidInputError when an instance type is malformed, is not in the region, has other GPUs than the pool says, or none is known for
 * the GPU model
 */
export function machineFor(scope: InstanceTypeScope, pool: NodePool): NodeMachine {
  const where = `node pool "${pool.name}"`;
  for (const given of pool.instanceTypes) checkInstanceType(where, pool, scope, given);
  return pool instanceof GpuPool ? gpuMachine(where, pool, scope) : generalMachine(where, pool, scope);
}

function generalMachine(where: string, pool: NodePool, scope: InstanceTypeScope): NodeMachine {
  const instanceTypes = pool.instanceTypes.length > 0 ? [...pool.instanceTypes] : defaultTypes(scope);
  const architecture = architectureOf(where, instanceTypes);
  return {
    instanceTypes,
    amiType: architecture === 'arm64' ? 'AL2023_ARM_64_STANDARD' : 'AL2023_x86_64_STANDARD',
    architecture,
    gpus: 0,
    efaInterfaces: 0,
    rootVolumeGiB: 50,
  };
}

function defaultTypes(scope: InstanceTypeScope): string[] {
  const { small, large } = DEFAULT_INSTANCE_TYPES;
  if (scope.tier !== Tier.STAGING && scope.tier !== Tier.PRODUCTION) return small;
  const offered = large.filter((type) => isOffered(scope.region, type) !== false);
  return offered.length > 0 ? offered : large;
}

function gpuMachine(where: string, pool: GpuPool, scope: InstanceTypeScope): NodeMachine {
  const { resourceName } = pool.model;
  if (resourceName !== NVIDIA_TAINT) {
    // the GPU Operator is installed to offer whole GPUs: no node would have what is divided, shared, or of others
    const fix =
      'leave resourceName out of the model; a cluster that divides or shares its GPUs is described to ExistingClusterProvider';
    fail(where, 'model', `must have GPUs of the resource ${NVIDIA_TAINT}`, resourceName, fix);
  }
  const types = pool.instanceTypes.length === 0 ? [smallest(where, pool, scope)] : given(where, pool);
  const instanceTypes = types.map(({ name }) => name);
  const architecture = architectureOf(where, instanceTypes);
  return {
    instanceTypes,
    amiType: architecture === 'arm64' ? 'AL2023_ARM_64_NVIDIA' : 'AL2023_x86_64_NVIDIA',
    architecture,
    gpus: types[0].gpus,
    efaInterfaces: pool.multiNode ? efaInterfaces(where, types) : 0,
    rootVolumeGiB: 200,
  };
}

function checkInstanceType(where: string, pool: NodePool, scope: InstanceTypeScope, type: string): void {
  const prop = propOf(pool);
  if (!/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(type)) {
    fail(where, prop, 'must be an EC2 instance type', type, 'name it like t3.medium');
  }
  if (!isMissing(scope, type)) return;
  const gpu = GPU_INSTANCE_TYPES.find(({ name }) => name === type);
  const others = gpu ? offeredTypes(scope, gpu.model.productLabel).map(({ name }) => name) : [];
  fail(where, prop, `must be an instance type that ${scope.region} has`, type, missingFix(others, [type]));
}

function isMissing(scope: InstanceTypeScope, type: string): boolean {
  return isOffered(scope.region, type) === false && !scope.settings.additionalInstanceTypes.includes(type);
}

function offeredTypes(scope: InstanceTypeScope, productLabel: string): GpuInstanceType[] {
  return GPU_INSTANCE_TYPES.filter(({ name, model }) => model.productLabel === productLabel && !isMissing(scope, name));
}

/** What would do in place of types that the region lacks. */
function missingFix(others: string[], types: string[]): string {
  const regions = [...new Set(types.flatMap(regionsWith))].sort();
  const here = others.length > 0 ? `choose ${others.join(', ')}, or ` : '';
  const there = regions.length > 0 ? `another region (${regions.join(', ')})` : 'another type';
  return `${here}${here === '' ? 'choose ' : ''}${there}; where the region has it by now, name it in additionalInstanceTypes of the provider`;
}

function modelOf({ model }: GpuInstanceType): string {
  return model.productLabel;
}

function propOf(pool: NodePool): string {
  return pool.instanceTypes.length > 1 ? 'instanceTypes' : 'instanceType';
}

function smallest(where: string, pool: GpuPool, scope: InstanceTypeScope): GpuInstanceType {
  const { productLabel } = pool.model;
  const known = GPU_INSTANCE_TYPES.filter((type) => type.model.productLabel === productLabel);
  if (known.length === 0) {
    fail(
      where,
      'model',
      'must be one that the AWS provider knows an instance type for',
      productLabel,
      'give instanceType and gpusPerNode as well',
    );
  }
  const offered = offeredTypes(scope, productLabel);
  if (offered.length === 0) {
    const here = [...new Set(GPU_INSTANCE_TYPES.filter(({ name }) => isOffered(scope.region, name)).map(modelOf))];
    const elsewhere = missingFix(
      here,
      known.map(({ name }) => name),
    );
    fail(where, 'model', `must be one that ${scope.region} has`, productLabel, elsewhere);
  }
  const wanted = pool.multiNode ? offered.filter(({ efa }) => efa > 0) : offered;
  const fitting = wanted.length > 0 ? wanted : offered;
  return (
    fitting.find((type) => type.gpus === (pool.gpusPerNode ?? type.gpus)) ??
    fail(
      where,
      'gpusPerNode',
      `must be one of ${[...new Set(fitting.map((type) => type.gpus))].join(', ')} for ${productLabel}`,
      pool.gpusPerNode,
      `choose one of these; EC2 has no other instance type in ${scope.region}`,
    )
  );
}

function given(where: string, pool: GpuPool): GpuInstanceType[] {
  const types = pool.instanceTypes.map((name) => checkedGpuType(where, pool, name));
  const other = types.find(({ gpus }) => gpus !== types[0].gpus);
  if (other) {
    fail(
      where,
      'instanceTypes',
      `must all have ${types[0].gpus} GPUs, as ${types[0].name} has`,
      `${other.name} (${other.gpus})`,
      'make a pool of their own for the others',
    );
  }
  return types;
}

function checkedGpuType(where: string, pool: GpuPool, name: string): GpuInstanceType {
  const known = GPU_INSTANCE_TYPES.find((type) => type.name === name);
  if (!known) {
    const gpus =
      pool.gpusPerNode ??
      fail(where, 'gpusPerNode', `must be given for ${name}`, undefined, 'say how many GPUs one node has');
    return { name, gpus, model: pool.model, efa: 0 };
  }
  if (known.model.productLabel !== pool.model.productLabel) {
    fail(
      where,
      propOf(pool),
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

/** The same for all types of a pool, since they share a launch template. */
function efaInterfaces(where: string, types: GpuInstanceType[]): number {
  const [first] = types;
  const wrong = types.find(({ efa }) => efa === 0 || efa !== first.efa);
  if (wrong) {
    fail(
      where,
      'multiNode',
      'must stand beside instance types that all have the same number of EFA interfaces',
      `${wrong.name} (${wrong.efa})`,
      'choose a larger instance type, such as p4d.24xlarge or g6.8xlarge, or leave multiNode out',
    );
  }
  return first.efa;
}

/** Refuses machines of different processors in one pool: one image serves all of them. */
function architectureOf(where: string, instanceTypes: string[]): string {
  const architecture = (type: string): string => (isArm(type) ? 'arm64' : 'amd64');
  const first = architecture(instanceTypes[0]);
  const other = instanceTypes.find((type) => architecture(type) !== first);
  if (other !== undefined) {
    fail(
      where,
      'instanceTypes',
      `must all have ${first} processors, as ${instanceTypes[0]} has`,
      other,
      'make a pool of their own for the others',
    );
  }
  return first;
}

/** A `g` behind the generation (t4g, m7gd), the family a1, and Grace processors (p6e-gb200). */
function isArm(instanceType: string): boolean {
  return /^(a1|[a-z]+\d+[a-z]*g[a-z]*|[a-z]+\d+[a-z]*-gb\d+)\./.test(instanceType);
}
