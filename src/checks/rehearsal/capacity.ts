import { Finding } from '../check';
import { BootOrder, BootStep } from './boot-step';
import { Fleet, PoolUse } from './fleet';
import { fits, gpuCount, minus, mostIn, Nodes, Pool, shown, zonesOf } from './nodes';
import { PodGroup } from './pods';

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
    if (missing > 0 && isForZones(fleet, group, candidates, missing)) {
      findings.push(findingOf(group, zoneProblem(fleet, group, candidates, missing)));
      return;
    }
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
  return {
    findings: [...findings, ...crowdedFindings(crowded, fleet), ...sharedClaimFindings(nodes, placed)],
    pools,
    unplaced,
  };
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

/** Whether pods would find room if it did not matter in which zone. */
function isForZones(fleet: Fleet, group: PodGroup, candidates: readonly Pool[], missing: number): boolean {
  const before = fleet.mark();
  const left = fleet.addMore(group, candidates, missing);
  fleet.backTo(before);
  return left === 0;
}

/** What pods ask for that no zone has, the zones there are, and what to do. */
function zoneProblem(fleet: Fleet, group: PodGroup, candidates: readonly Pool[], missing: number): string {
  const { bounds, apart, spread, claims } = group.zones;
  const find = `${missing} of ${String(group.count)} find`;
  const places = candidates.map(shownZones).join(', ');
  const there = [...fleet.podsByZone(group)].map(([zone, count]) => `${count} in ${zone}`).join(', ');
  if (claims.length > 0 && fleet.hasClaim(claims)) {
    return `the node that has claim ${claims.join(' and ')}, which is on one node at a time (ReadWriteOnce), and ${find} no room on it; ${SHARE}, or give the pool a larger instanceType`;
  }
  if (bounds.length > 0) {
    const made = bounds.map(({ storageClass, zones }) => `${zones.join(' or ')} (StorageClass ${storageClass})`);
    return `nodes in the zones of their volumes, ${made.join(' and ')}, and ${find} none with room: ${places}; name zones in allowedTopologies of the class that have nodes, leave it out, or raise max of the pool`;
  }
  if (apart) {
    return `a zone each, by a required podAntiAffinity over topology.kubernetes.io/zone, and ${find} none with room: ${places}; run fewer, prefer the anti-affinity instead of requiring it, or give the pool more zones`;
  }
  if (spread) {
    return `a spread over zones, by a topologySpreadConstraint with maxSkew ${spread.maxSkew} and DoNotSchedule, and ${find} no room that keeps it: there are ${there}, and ${places}; raise max of the pool, set whenUnsatisfiable to ScheduleAnyway, or nodeTaintsPolicy to Honor where a zone has only nodes that the pods do not tolerate`;
  }
  const selected = candidates.flatMap((pool) => fleet.zonesOf(pool, group));
  return `nodes in ${[...new Set(selected)].join(' or ')}, which they select, and ${find} none with room: ${places}; raise max of the pool, or select more zones`;
}

/** `pool general has at most 1 node in a, 2 nodes in b`. */
function shownZones({ node }: Pool): string {
  const zones = zonesOf(node);
  if (!node.dividedByZone) {
    const most = node.max === undefined ? '' : `at most ${node.max} nodes `;
    return `pool ${node.pool} has ${most}in ${zones.join(', ')}`;
  }
  const each = zones.map((zone) => `${mostIn(node, zone)} in ${String(zone)}`);
  return `pool ${node.pool} has at most ${each.join(', ')}`;
}

const SHARE =
  'give each pod a claim of its own (volumeClaimTemplates of a StatefulSet), use a class whose volumes many nodes can mount (ReadWriteMany)';

/** Pods that stay and mount a claim which is on one node at a time, without a rule that brings them to one node. */
function sharedClaimFindings({ pools }: Nodes, pods: readonly PodGroup[]): Finding[] {
  const users = new Map<string, PodGroup[]>();
  for (const group of pods) {
    if (group.run !== undefined || typeof group.count !== 'number') continue;
    for (const claim of group.zones.claims) users.set(claim, [...(users.get(claim) ?? []), group]);
  }
  const most = pools.reduce((sum, { node }) => sum + (node.max ?? Infinity), 0);
  return [...users].flatMap(([claim, groups]) => {
    const count = groups.reduce((sum, group) => sum + Number(group.count), 0);
    const free = groups.filter(({ zones }) => !zones.together);
    // one of several groups may be the one that the others follow
    if (count < 2 || most < 2 || free.length === 0 || (free.length === 1 && free[0].count === 1)) return [];
    const names = groups.map(({ owner, count: each }) => `${String(each)} of ${owner}`);
    return findingOf(
      free[free.length - 1],
      `claim ${claim}, which is on one node at a time (ReadWriteOnce), and ${count} pods mount it (${names.join(', ')}), which the scheduler spreads over nodes; ${SHARE}, or bring them to one node by a required podAffinity over kubernetes.io/hostname`,
    );
  });
}
