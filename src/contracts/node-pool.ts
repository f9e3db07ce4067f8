import { checkOrder, checkWhole } from './bounds';
import { checked } from './checked';
import { fail } from './errors';
import { GpuModel } from './gpu';
import { checkLabel, NODE_POOL_LABEL, refuseReservedNodeLabel } from './names';

/** Options of a general-purpose node pool. */
export interface NodePoolOptions {
  /**
   * Smallest number of nodes.
   *
   * @default 1
   */
  readonly min?: number;

  /**
   * Largest number of nodes.
   *
   * @default 3
   */
  readonly max?: number;

  /**
   * Whether interruptible capacity may be used. Providers without a spot market ignore it.
   *
   * @default false
   */
  readonly spot?: boolean;

  /**
   * Instance type in the provider's own terms. Providers without instance types (Kind) ignore it.
   *
   * @default - the provider's default for the pool
   */
  readonly instanceType?: string;

  /**
   * Several instance types in place of one, all with the same processor architecture and the same GPUs, the preferred one first: where the
   * provider is out of one, it takes another. Pods must fit the smallest.
   *
   * @default - the one of `instanceType`
   */
  readonly instanceTypes?: string[];

  /**
   * Zones that the nodes are in, such as `eu-west-1a`: those that have the instance type. Providers without zones ignore it.
   *
   * @default - all zones of the cluster
   */
  readonly zones?: string[];

  /**
   * Id of capacity that is reserved with the provider, such as `cr-0123456789abcdef0`: nodes are started in it and nowhere else. Give `zones`
   * as well, the one that it is in. Providers without reservations ignore it.
   *
   * @default - nothing is reserved
   */
  readonly capacityReservationId?: string;

  /**
   * Labels of the nodes, beside `nstarx.io/node-pool` which is always set. Keys of Kubernetes and of what makes nodes are refused: kubelet may
   * not set them, or someone else does.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };
}

/** Options of a GPU node pool. */
export interface GpuPoolOptions extends NodePoolOptions {
  /**
   * Name of the pool.
   *
   * @default - the model in lower case, `gpu-t4`, with `-spot` where the pool is one
   */
  readonly name?: string;

  /**
   * GPUs of one node.
   *
   * @default - what the provider's default instance type for the model has
   */
  readonly gpusPerNode?: number;

  /**
   * Whether pods on several nodes work on one thing, as in distributed training: nodes stand close together, with the fastest network between
   * them. On AWS that is a placement group and an EFA interface on each network card, for instance types that have EFA; `zones` must name
   * one zone. Providers that do not place nodes ignore it.
   *
   * @default false
   */
  readonly multiNode?: boolean;

  /**
   * Whether the reserved capacity is a capacity block: GPUs for some days that were paid in advance.
   *
   * @default false
   */
  readonly capacityBlock?: boolean;
}

/** A pool of equal nodes that can grow and shrink between two bounds. Sizes are numbers of nodes. */
@checked('NodePool')
export abstract class NodePool {
  /** Name of the pool, and the value of the node label `nstarx.io/node-pool`. */
  public readonly name: string;
  /** Smallest number of nodes. */
  public readonly min: number;
  /** Largest number of nodes. */
  public readonly max: number;
  /** Whether interruptible capacity is used. */
  public readonly spot: boolean;
  /** Instance type in the provider's own terms, where one was given. */
  public readonly instanceType?: string;
  /** Instance types in the provider's own terms, the preferred one first; empty where none was given. */
  public readonly instanceTypes: string[];
  /** Zones of the nodes; empty where none was given. */
  public readonly zones: string[];
  /** Id of reserved capacity. */
  public readonly capacityReservationId?: string;
  /** Labels of the nodes. */
  public readonly labels: { [key: string]: string };

  protected constructor(name: string, options: NodePoolOptions, defaultMin: number) {
    const where = `node pool "${name}"`;
    if (!/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/.test(name)) {
      fail(
        where,
        'name',
        'must be a DNS label of at most 30 characters that starts with a letter',
        name,
        'use lower-case letters, digits and hyphens',
      );
    }
    this.name = name;
    const quota = '450 is the quota of an EKS managed node group';
    // each that was given by itself, before either of them gives the other's default
    checkWhole(where, 'min', options.min, 0, 450, `give the smallest number of nodes; ${quota}`);
    checkWhole(where, 'max', options.max, 1, 450, `give the largest number of nodes; ${quota}`);
    this.max = options.max ?? Math.max(3, options.min ?? 0);
    this.min = options.min ?? Math.min(defaultMin, this.max);
    checkOrder(
      where,
      { prop: 'min', given: options.min, value: this.min },
      { prop: 'max', given: options.max, value: this.max },
    );
    for (const [key, value] of Object.entries(options.labels ?? {})) {
      checkLabel(where, 'labels', key, value);
      refuseReservedNodeLabel(where, 'labels', key);
    }
    this.spot = options.spot ?? false;
    checkMachines(where, options);
    this.instanceTypes = options.instanceTypes ? [...options.instanceTypes] : [options.instanceType ?? []].flat();
    [this.instanceType] = this.instanceTypes;
    this.zones = [...(options.zones ?? [])];
    this.capacityReservationId = options.capacityReservationId;
    this.labels = { ...options.labels, [NODE_POOL_LABEL]: name };
  }
}

/** A pool of general-purpose nodes. */
@checked('GeneralPool')
export class GeneralPool extends NodePool {
  /**
   * A pool of general-purpose nodes.
   *
   * @param name a DNS label of at most 30 characters
   * @throws InvalidInputError when a bound or the name is wrong
   */
  public static of(name: string, options: NodePoolOptions = {}): GeneralPool {
    return new GeneralPool(name, options);
  }

  private constructor(name: string, options: NodePoolOptions) {
    super(name, options, 1);
  }
}

/** A pool of nodes with GPUs, tainted so that only pods that ask for a GPU land on it. Sizes are numbers of nodes. */
@checked('GpuPool')
export class GpuPool extends NodePool {
  /**
   * A pool of nodes with one GPU model.
   *
   * The smallest size is 0 by default, so that a pool costs nothing while no pod asks for it.
   *
   * @throws InvalidInputError when a bound is wrong
   */
  public static of(model: GpuModel, options: GpuPoolOptions = {}): GpuPool {
    return new GpuPool(model, options);
  }

  /** The GPU model of the nodes. */
  public readonly model: GpuModel;
  /** GPUs of one node, where it was given. */
  public readonly gpusPerNode?: number;
  /** Whether pods on several nodes work on one thing. */
  public readonly multiNode: boolean;
  /** Whether the reserved capacity is a capacity block. */
  public readonly capacityBlock: boolean;

  private constructor(model: GpuModel, options: GpuPoolOptions) {
    super(options.name ?? defaultPoolName(model, options.spot ?? false), options, 0);
    checkWhole(`node pool "${this.name}"`, 'gpusPerNode', options.gpusPerNode, 1, 16, 'give the GPUs of one node');
    this.model = model;
    this.gpusPerNode = options.gpusPerNode;
    this.multiNode = options.multiNode ?? false;
    this.capacityBlock = options.capacityBlock ?? false;
    if (this.capacityBlock && this.capacityReservationId === undefined) {
      fail(
        `node pool "${this.name}"`,
        'capacityBlock',
        'must come with capacityReservationId',
        true,
        'give the id of the capacity block, which is that of a reservation',
      );
    }
  }
}

function checkMachines(where: string, options: NodePoolOptions): void {
  const { instanceTypes, zones, capacityReservationId, spot } = options;
  if (instanceTypes !== undefined) {
    if (options.instanceType !== undefined) {
      fail(where, 'instanceTypes', 'must not stand beside instanceType', instanceTypes, 'give one of the two');
    }
    checkNames(where, 'instanceTypes', instanceTypes);
  }
  if (zones !== undefined) checkNames(where, 'zones', zones);
  if (capacityReservationId === undefined) return;
  if (!/^[a-z]+-[a-z0-9-]+$/.test(capacityReservationId)) {
    fail(
      where,
      'capacityReservationId',
      'must be the id of a capacity reservation',
      capacityReservationId,
      'write it like cr-0123456789abcdef0',
    );
  }
  if (spot === true) {
    fail(
      where,
      'spot',
      'must be false with capacityReservationId',
      true,
      'leave one of them out; reserved capacity is not spot',
    );
  }
}

function checkNames(where: string, prop: string, names: string[]): void {
  const wrong = names.length === 0 || new Set(names).size !== names.length;
  if (wrong) fail(where, prop, 'must name at least one, and none twice', names, 'leave it out for the default');
}

function defaultPoolName(model: GpuModel, spot: boolean): string {
  const short = model.productLabel
    .replace(/^(Tesla|NVIDIA)-/i, '')
    .replace(/-SXM\d/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-');
  return `gpu-${short}${spot ? '-spot' : ''}`;
}
