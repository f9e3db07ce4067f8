import { PoolUse } from '../checks/rehearsal/fleet';
import { gpuCount, times } from '../checks/rehearsal/nodes';
import { Rehearsal } from '../checks/rehearsal/rehearsal';

/** The nodes of a pool when everything runs for the first time, and what pods ask of them. */
export interface PoolCapacity {
  /** Name of the node pool. */
  readonly pool: string;
  /** Instance type in the provider's own terms. */
  readonly instanceType: string;
  /** Nodes that are needed at first. */
  readonly nodes: number;
  /**
   * Nodes that there may be.
   *
   * @default - not known
   */
  readonly maxNodes?: number;
  /** Cores that pods request, DaemonSets included. */
  readonly cpuRequested: number;
  /** Cores that the nodes have for pods. */
  readonly cpuAllocatable: number;
  /** Bytes of memory that pods request. */
  readonly memoryRequested: number;
  /** Bytes of memory that the nodes have for pods. */
  readonly memoryAllocatable: number;
  /** GPUs that pods request. */
  readonly gpusRequested: number;
  /** GPUs that the nodes have. */
  readonly gpusAllocatable: number;
}

/** The space of an environment's nodes at its first boot. */
export interface EnvironmentCapacity {
  /**
   * One entry per node pool; pods of what ends by itself, such as CronJobs, are not in it.
   *
   * @default - the sizes of the nodes are not known
   */
  readonly pools?: PoolCapacity[];
  /** Components and kinds whose pods are not known, so that they are not counted. */
  readonly uncounted: string[];
}

/** What a walk through the boot knows of the nodes. */
export function capacityOf({ capacity, uncounted }: Rehearsal): EnvironmentCapacity {
  return { pools: capacity?.pools.map(poolCapacity), uncounted };
}

function poolCapacity({ node, nodes, allocatable, requested }: PoolUse): PoolCapacity {
  const all = times(nodes, allocatable);
  return {
    pool: node.pool,
    instanceType: node.instanceType,
    nodes,
    maxNodes: node.max,
    cpuRequested: Math.round(requested.cpu * 1000) / 1000,
    cpuAllocatable: Math.round(all.cpu * 1000) / 1000,
    memoryRequested: requested.memory,
    memoryAllocatable: all.memory,
    gpusRequested: gpuCount(requested),
    gpusAllocatable: gpuCount(all),
  };
}

/** One line of the report. */
export function capacityLine(environment: string, { pools, uncounted }: EnvironmentCapacity): string {
  const without = uncounted.length > 0 ? `; not counted: ${uncounted.join(', ')}` : '';
  if (pools === undefined) return `${environment}: the sizes of the nodes are not known${without}`;
  const sum = (of: (one: PoolCapacity) => number): number => pools.reduce((total, one) => total + of(one), 0);
  // what one node has, times all that there may be
  const most = (of: (one: PoolCapacity) => number): number =>
    sum((one) => (one.nodes === 0 ? 0 : (of(one) / one.nodes) * (one.maxNodes ?? one.nodes)));
  const used = pools.filter(({ nodes }) => nodes > 0).map((one) => `${one.nodes} ${one.pool} (${one.instanceType})`);
  const cores = (amount: number): string => amount.toFixed(1);
  const gib = (amount: number): string => (amount / 2 ** 30).toFixed(1);
  const requested = [
    `${cores(sum((one) => one.cpuRequested))} of ${cores(sum((one) => one.cpuAllocatable))} cores`,
    `${gib(sum((one) => one.memoryRequested))} of ${gib(sum((one) => one.memoryAllocatable))} GiB`,
    `${sum((one) => one.gpusRequested)} of ${sum((one) => one.gpusAllocatable)} GPUs`,
  ];
  const left = [
    `${cores(most((one) => one.cpuAllocatable) - sum((one) => one.cpuRequested))} cores`,
    `${gib(most((one) => one.memoryAllocatable) - sum((one) => one.memoryRequested))} GiB`,
    `${most((one) => one.gpusAllocatable) - sum((one) => one.gpusRequested)} GPUs`,
  ];
  return `${environment}: ${sum((one) => one.nodes)} nodes at first (${used.join(', ')}), requested ${requested.join(', ')}; left with all nodes of these pools ${left.join(', ')}${without}`;
}
