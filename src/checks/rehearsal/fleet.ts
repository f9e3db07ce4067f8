import { NodeCapability } from '../../contracts/cluster';
import {
  fits,
  gpuCount,
  MADE_BY_KARPENTER,
  minus,
  mostIn,
  Nodes,
  plus,
  Pool,
  shown,
  times,
  Zone,
  zonesOf,
} from './nodes';
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

interface FleetNode {
  readonly zone: Zone;
  free: Amounts;
  slots: number;
  readonly owners: PodGroup[];
}

/** Nodes of a pool that pods may run on. */
interface Place {
  readonly pool: Pool;
  readonly zones: readonly Zone[];
}

/** The nodes of all pools, with the pods on them. */
export class Fleet {
  private readonly nodes = new Map<Pool, FleetNode[]>();

  /** @param mayGrow whether a pool can get another node for some pods */
  public constructor(
    private readonly cluster: Nodes,
    private readonly mayGrow: (group: PodGroup, pool: Pool) => boolean,
  ) {
    for (const pool of cluster.pools) {
      this.nodes.set(pool, []);
      const zones = zonesOf(pool.node);
      // groups of nodes are balanced over their zones, and shares begin with the first
      for (let at = 0; at < (pool.node.min ?? 0); at++) this.open(pool, zones[at % zones.length]);
    }
  }

  /**
   * Places the pods of a group.
   *
   * @returns how many of the pods find no room
   */
  public add(group: PodGroup, candidates: readonly Pool[]): number {
    return this.addSome(group, candidates, typeof group.count === 'number' ? group.count : 0, false);
  }

  /**
   * Places some more of a group as if it did not matter in which zone.
   *
   * @returns how many of them find no room
   */
  public addMore(group: PodGroup, candidates: readonly Pool[], count: number): number {
    return this.addSome(group, candidates, count, true);
  }

  private addSome(group: PodGroup, candidates: readonly Pool[], count: number, anyZone: boolean): number {
    const fixed = group.placement.nodeAffinity.some((term) =>
      term.some(({ key, operator }) => key === MADE_BY_KARPENTER && operator === 'DoesNotExist'),
    );
    const places = candidates.map((pool) => ({
      pool,
      zones: anyZone ? zonesOf(pool.node) : this.boundZones(pool, group),
    }));
    for (let placed = 0; placed < count; placed++) {
      if (!this.addOne(group, places, fixed, anyZone)) return count - placed;
    }
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

  /** The zones of the nodes that a group may run on, with its pods there. */
  public podsByZone(group: PodGroup): Map<string, number> {
    const zones = this.domains(group, group.zones.spread?.countsTainted ?? false);
    return new Map([...zones].sort().map((zone) => [zone, this.podsIn(zone, group)]));
  }

  /** The zones that a group selects on a pool. */
  public zonesOf(pool: Pool, { placement }: PodGroup): Zone[] {
    return this.cluster.zonesFor(pool, placement);
  }

  /** Whether a node has one of these claims. */
  public hasClaim(claims: readonly string[]): boolean {
    return this.holderOf(claims) !== undefined;
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

  private addOne(group: PodGroup, places: readonly Place[], fixed: boolean, anyZone: boolean): boolean {
    const holder = anyZone ? undefined : this.holderOf(group.zones.claims);
    const admits = (zone: Zone): boolean => anyZone || this.admits(zone, group);
    for (const { pool, zones } of places) {
      const nodes = this.nodes.get(pool) ?? [];
      const usable = fixed ? nodes.slice(0, pool.node.min ?? nodes.length) : nodes;
      const found = usable.find(
        (node) =>
          (holder === undefined || holder === node) &&
          zones.includes(node.zone) &&
          hasRoom(node, group) &&
          admits(node.zone),
      );
      if (found) return put(found, group);
    }
    if (fixed || holder) return false;
    for (const { pool, zones } of places) {
      const nodes = this.nodes.get(pool) ?? [];
      if (nodes.length >= (pool.node.max ?? Infinity) || !this.mayGrow(group, pool)) continue;
      const possible = this.growing(pool, zones).filter(admits);
      if (possible.length > 0 && hasRoom(empty(pool, possible[0]), group)) {
        return put(this.open(pool, possible[0]), group);
      }
    }
    return false;
  }

  private open(pool: Pool, zone: Zone): FleetNode {
    const node = empty(pool, zone);
    this.nodes.get(pool)?.push(node);
    return node;
  }

  /** The zones that a group may run in on a pool, by what it selects and by the classes of its volumes. */
  private boundZones(pool: Pool, group: PodGroup): Zone[] {
    const { bounds } = group.zones;
    return this.zonesOf(pool, group).filter(
      (zone) => zone === undefined || bounds.every(({ zones }) => zones.includes(zone)),
    );
  }

  /** The zones in which a pool can get another node, those with the fewest first. */
  private growing(pool: Pool, zones: readonly Zone[]): Zone[] {
    const nodes = this.nodes.get(pool) ?? [];
    const count = (zone: Zone): number => nodes.filter((node) => node.zone === zone).length;
    return zones.filter((zone) => count(zone) < mostIn(pool.node, zone)).sort((a, b) => count(a) - count(b));
  }

  /** Whether one pod more may run in a zone beside those of its group. */
  private admits(zone: Zone, group: PodGroup): boolean {
    const { apart, spread } = group.zones;
    if (zone === undefined) return true;
    const here = this.podsIn(zone, group);
    if (apart && here > 0) return false;
    if (spread === undefined) return true;
    const domains = new Set([...this.domains(group, spread.countsTainted), zone]);
    const counts = [...domains].map((one) => this.podsIn(one, group));
    const fewest = domains.size < spread.minDomains ? 0 : Math.min(...counts);
    return here + 1 - fewest <= spread.maxSkew;
  }

  /** The zones that there are nodes in for a group. */
  private domains({ placement }: PodGroup, anyTaint: boolean): Set<string> {
    const zones = [...this.nodes].flatMap(([pool, nodes]) => {
      const possible = this.cluster.zonesFor(pool, placement, anyTaint);
      return nodes.flatMap(({ zone }) => (zone !== undefined && possible.includes(zone) ? [zone] : []));
    });
    return new Set(zones);
  }

  private podsIn(zone: string, group: PodGroup): number {
    const here = [...this.nodes.values()].flat().filter((node) => node.zone === zone);
    return here.reduce((sum, { owners }) => sum + owners.filter((owner) => owner === group).length, 0);
  }

  /** The node that has one of some claims which are on one node at a time. */
  private holderOf(claims: readonly string[]): FleetNode | undefined {
    if (claims.length === 0) return undefined;
    const all = [...this.nodes.values()].flat();
    return all.find(({ owners }) => owners.some((owner) => owner.zones.claims.some((one) => claims.includes(one))));
  }
}

function empty(pool: Pool, zone: Zone): FleetNode {
  return { zone, free: minus(pool.allocatable, pool.daemons), slots: pool.podSlots, owners: [] };
}

function hasRoom(node: FleetNode, group: PodGroup): boolean {
  return node.slots >= 1 && fits(group.amounts, node.free) && !(group.onePerNode && node.owners.includes(group));
}

function put(node: FleetNode, group: PodGroup): boolean {
  node.free = minus(node.free, group.amounts);
  node.slots -= 1;
  node.owners.push(group);
  return true;
}
