import { checkOrder, checkWhole } from './bounds';
import { checked } from './checked';
import { fail } from './errors';
import { GpuModel } from './gpu';
import { checkLabel, NODE_POOL_LABEL } from './names';

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
   * Labels of the nodes, beside `nstarx.io/node-pool` which is always set.
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
    for (const [key, value] of Object.entries(options.labels ?? {})) checkLabel(where, 'labels', key, value);
    this.spot = options.spot ?? false;
    this.instanceType = options.instanceType;
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

  private constructor(model: GpuModel, options: GpuPoolOptions) {
    super(options.name ?? defaultPoolName(model, options.spot ?? false), options, 0);
    checkWhole(`node pool "${this.name}"`, 'gpusPerNode', options.gpusPerNode, 1, 16, 'give the GPUs of one node');
    this.model = model;
    this.gpusPerNode = options.gpusPerNode;
  }
}

function defaultPoolName(model: GpuModel, spot: boolean): string {
  const short = model.productLabel
    .replace(/^(Tesla|NVIDIA)-/i, '')
    .replace(/-SXM\d/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-');
  return `gpu-${short}${spot ? '-spot' : ''}`;
}
