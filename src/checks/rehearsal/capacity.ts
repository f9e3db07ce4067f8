import { NodeCapability } from '../../contracts/cluster';
import { Finding } from '../check';
import { fits, gpuCount, MADE_BY_KARPENTER, minus, Nodes, plus, Pool, shown, times } from './nodes';
import { BootOrder, BootStep } from './boot-step';
import { Amounts } from './pod-amounts';
import { PodGroup } from './pods';

/** How many nodes of a pool pods need, and what is left on them. */
export interface PoolUse {
  readonly node: NodeCapability;
  /** Nodes that are there once everything runs for the first time. */
  readonly nodes: number;
  /** What one node has for pods. */
  readonly allocatable: Amounts;
  /** What all pods on them ask for together, DaemonSets included. */
  readonly requested: Amounts;
}

/** Pods that find room one after the other, in the order in which they are applied. */
export interface CapacityResult {
  readonly findings: Finding[];
  readonly pools: PoolUse[];
  /** What selects nodes by labels of which nothing is known. */
  readonly unplaced: PodGroup[];
}

/**
 * Finds room for all pods: each on a node that it may run on, and all of them together on what the pools have at most.
 *
 * Pods are placed step by step, those that ask for most first, on the first node that has room; a node is added where none has. The
 * scheduler may do better or worse, since it spreads pods; what finds no room here may still hang there, so it is refused.
 */
export function placePods(nodes: Nodes, pods: readonly PodGroup[], order: BootOrder): CapacityResult {
  const growth = growthOf(order);
  const fleet = new Fleet(nodes, ({ step }, pool) => {
    const from = growth.get(pool.node.pool);
    return !from || !step.waits || !order.isBefore(step, from);
  });
  const findings: Finding[] = [];
  const unplaced: PodGroup[] = [];
  const crowded: Crowded[] = [];
  const place = (group: PodGroup): void => {
    const matched = nodes.candidates(group.placement);
    if (matched === undefined) {
      unplaced.push(group);
      return;
    }
    const large = matched.filter(({ allocatable }) => fits(group.amounts, allocatable));
    const candidates = large.length > 0 ? large : matched;
    const problems = problemsOf(group, candidates);
    findings.push(...problems.map((problem) => findingOf(group, problem)));
    if (problems.length > 0 || candidates.length === 0 || typeof group.count !== 'number') return;
    const missing = fleet.add(group, candidates);
    const later = candidates
      .map(({ node }) => growth.get(node.pool))
      .find((from) => from && order.isBefore(group.step, from));
    if (missing > 0 && later && group.step.waits) {
      findings.push(
        findingOf(
          group,
          `${missing} nodes more than there are by then, and what makes nodes comes later (${later.name}); have Terraform install the component with the kind NodePool (bootstrap: true), so that node pools come first`,
        ),
      );
    } else if (missing > 0) crowded.push({ group, candidates, missing });
  };
  const placed = pods.filter(({ count }) => count !== 0);
  inOrder(placed.filter(({ passing }) => !passing)).forEach(place);
  const pools = fleet.use();
  // what comes and goes needs room as well, the pods of one run all at once, one run after the other in the worst case
  for (const run of runsOf(placed)) {
    const before = fleet.mark();
    inOrder(run).forEach(place);
    fleet.backTo(before);
  }
  return { findings: [...findings, ...crowdedFindings(crowded, fleet)], pools, unplaced };
}

/** The steps from which on Karpenter makes nodes, by pool. */
function growthOf({ steps }: BootOrder): Map<string, BootStep> {
  return new Map(
    steps.flatMap((step) =>
      step.manifests
        .filter(({ kind, group }) => kind === 'NodePool' && group === 'karpenter.sh')
        .map(({ name }) => [name, step] as const),
    ),
  );
}

/** The pods that come and go, by run, in the order in which they are applied. */
export function runsOf(pods: readonly PodGroup[]): PodGroup[][] {
  const runs = new Map<string, PodGroup[]>();
  for (const group of pods.filter(({ passing }) => passing)) {
    const run = group.run ?? '';
    runs.set(run, [...(runs.get(run) ?? []), group]);
  }
  return [...runs.values()];
}

/** By step; within one, what operators make at last, and what asks for most of a node first. */
function inOrder(pods: readonly PodGroup[]): PodGroup[] {
  const steps = [...new Set(pods.map(({ step }) => step))];
  return steps.flatMap((step) =>
    pods
      .filter((one) => one.step === step)
      .map((group, at) => ({
        group,
        at,
        size: group.amounts.memory / 2 ** 30 + group.amounts.cpu * 2 + gpuCount(group.amounts) * 64,
      }))
      .sort((a, b) => Number(a.group.made) - Number(b.group.made) || b.size - a.size || a.at - b.at)
      .map(({ group }) => group),
  );
}

/** Where a message says that something happens. */
export function findingOf(
  { path, owner, step, asks }: Pick<PodGroup, 'path' | 'owner' | 'step' | 'asks'>,
  problem: string,
): Finding {
  return { path, message: `${owner}${step.name === '' ? '' : ` (${step.name})`}: ${asks} ${problem}` };
}

/** Why not even an empty node could run the pods. */
function problemsOf({ amounts, placement, count }: PodGroup, candidates: readonly Pool[]): string[] {
  if (candidates.length === 0) {
    // what asks for GPUs is judged by the check of GPUs, and a DaemonSet may be for nodes that this cluster has none of
    if (gpuCount(amounts) > 0 || count === 'one per node') return [];
    const wanted = Object.entries(placement.nodeSelector).map(([key, value]) => `${key}=${value}`);
    return [
      `${wanted.length > 0 ? `nodes with ${wanted.join(', ')}` : 'nodes without taints, or of another affinity'}, of which the cluster has none; change the selector, tolerate the taint, or add a pool`,
    ];
  }
  return (['cpu', 'memory'] as const).flatMap((name) => {
    const free = (pool: Pool): number =>
      minus(pool.allocatable, count === 'one per node' ? { cpu: 0, memory: 0, gpus: {} } : pool.daemons)[name];
    const largest = candidates.reduce((best, pool) => (free(pool) > free(best) ? pool : best));
    if (amounts[name] <= free(largest) + 1e-6) return [];
    const beside = free(largest) < largest.allocatable[name] ? ' beside DaemonSets' : '';
    const { instanceType, pool } = largest.node;
    return `${shown(name, amounts[name])}, and no node that may run it has more than ${shown(name, free(largest))} for pods${beside} (${instanceType}, pool ${pool}); ask for less, or give the pool a larger instanceType`;
  });
}

interface Crowded {
  readonly group: PodGroup;
  readonly candidates: readonly Pool[];
  readonly missing: number;
}

/** One finding for all that would need the same pools, at the first step that has no room. */
function crowdedFindings(crowded: readonly Crowded[], fleet: Fleet): Finding[] {
  const byPools = new Map<string, Crowded[]>();
  for (const one of crowded) {
    const key = one.candidates.map(({ node }) => node.pool).join(', ');
    byPools.set(key, [...(byPools.get(key) ?? []), one]);
  }
  return [...byPools.values()].map((all) => {
    const [{ group, candidates, missing }, ...others] = all;
    const { cpu, memory } = group.amounts;
    const gpus = gpuCount(group.amounts);
    const each = [shown('cpu', cpu), shown('memory', memory), ...(gpus > 0 ? [`${gpus} GPUs`] : [])].join(', ');
    const room = candidates.map((pool) => fleet.shownUse(pool)).join(', ');
    const names = [...new Set(others.map((one) => one.group.owner))];
    const more =
      names.length === 0
        ? ''
        : `; so do those of ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} others` : ''}`;
    return findingOf(
      group,
      `${each} each, and ${missing} of ${String(group.count)} find no room beside what is applied before: ${room}; raise max of the pool, give it a larger instanceType, or ask for less${more}`,
    );
  });
}

interface FleetNode {
  free: Amounts;
  slots: number;
  readonly owners: PodGroup[];
}

/** The nodes of all pools, with the pods on them. */
class Fleet {
  private readonly nodes = new Map<Pool, FleetNode[]>();

  /** @param mayGrow whether a pool can get another node for some pods */
  public constructor(
    { pools }: Nodes,
    private readonly mayGrow: (group: PodGroup, pool: Pool) => boolean,
  ) {
    for (const pool of pools) {
      this.nodes.set(pool, []);
      for (let at = 0; at < (pool.node.min ?? 0); at++) this.open(pool);
    }
  }

  /** @returns how many of the pods find no room */
  public add(group: PodGroup, candidates: readonly Pool[]): number {
    const fixed = group.placement.nodeAffinity.some((term) =>
      term.some(({ key, operator }) => key === MADE_BY_KARPENTER && operator === 'DoesNotExist'),
    );
    const count = typeof group.count === 'number' ? group.count : 0;
    for (let placed = 0; placed < count; placed++) if (!this.addOne(group, candidates, fixed)) return count - placed;
    return 0;
  }

  public use(): PoolUse[] {
    return [...this.nodes].map(([pool, nodes]) => ({
      node: pool.node,
      nodes: nodes.length,
      allocatable: pool.allocatable,
      requested: nodes.map(({ free }) => minus(pool.allocatable, free)).reduce(plus, { cpu: 0, memory: 0, gpus: {} }),
    }));
  }

  /** How full a pool is at its largest. */
  public shownUse(pool: Pool): string {
    const nodes = this.nodes.get(pool) ?? [];
    const { requested } = this.use().find(({ node }) => node === pool.node) ?? { requested: pool.daemons };
    // all nodes that there may be, since those for what comes and goes are gone by now
    const most = times(Math.max(nodes.length, pool.node.max ?? 0), pool.allocatable);
    const of = (name: 'cpu' | 'memory'): string =>
      `${shown(name, requested[name]).split(' ')[0]} of ${shown(name, most[name])}`;
    const gpus = gpuCount(most) > 0 ? `, ${gpuCount(requested)} of ${gpuCount(most)} GPUs` : '';
    return `pool ${pool.node.pool} has at most ${pool.node.max ?? nodes.length} nodes (${pool.node.instanceType}), of which ${of('cpu')}, ${of('memory')}${gpus} are taken`;
  }

  /** Remembers how many nodes there are and what is on them. */
  public mark(): ReadonlyMap<Pool, readonly FleetNode[]> {
    return new Map(
      [...this.nodes].map(([pool, nodes]) => [pool, nodes.map((node) => ({ ...node, owners: [...node.owners] }))]),
    );
  }

  public backTo(mark: ReadonlyMap<Pool, readonly FleetNode[]>): void {
    for (const [pool, nodes] of mark) this.nodes.set(pool, [...nodes]);
  }

  private addOne(group: PodGroup, candidates: readonly Pool[], fixed: boolean): boolean {
    for (const pool of candidates) {
      const nodes = this.nodes.get(pool) ?? [];
      const usable = fixed ? nodes.slice(0, pool.node.min ?? nodes.length) : nodes;
      const found = usable.find((node) => hasRoom(node, group));
      if (found) return put(found, group);
    }
    for (const pool of fixed ? [] : candidates) {
      const nodes = this.nodes.get(pool) ?? [];
      if (nodes.length >= (pool.node.max ?? Infinity) || !this.mayGrow(group, pool)) continue;
      const empty = this.empty(pool);
      if (hasRoom(empty, group)) return put(this.open(pool), group);
    }
    return false;
  }

  private empty(pool: Pool): FleetNode {
    return { free: minus(pool.allocatable, pool.daemons), slots: pool.podSlots, owners: [] };
  }

  private open(pool: Pool): FleetNode {
    const node = this.empty(pool);
    this.nodes.get(pool)?.push(node);
    return node;
  }
}

function hasRoom(node: FleetNode, group: PodGroup): boolean {
  return node.slots >= 1 && fits(group.amounts, node.free) && !(group.onePerNode && node.owners.includes(group));
}

function put(node: FleetNode, group: PodGroup): boolean {
  node.free = minus(node.free, group.amounts);
  node.slots -= 1;
  if (group.onePerNode) node.owners.push(group);
  return true;
}
