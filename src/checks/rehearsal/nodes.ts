import { GpuCapability, NodeCapability } from '../../contracts/cluster';
import { FootprintExpression } from '../../contracts/footprint';
import { GPU_PRODUCT_LABEL, NODE_POOL_LABEL } from '../../contracts/names';
import { Amounts } from './pod-amounts';
import { Placement, PodGroup } from './pods';
import { ZONE } from './zones';

/** The zone of a node; undefined where it is not known, so that it meets every rule. */
export type Zone = string | undefined;

/** Nodes of one size. */
export interface Pool {
  readonly node: NodeCapability;
  /** What each node has for pods, DaemonSets included. */
  readonly allocatable: Amounts;
  /** What the DaemonSets ask of each node. */
  readonly daemons: Amounts;
  /** Pods that each node takes beside its DaemonSets. */
  readonly podSlots: number;
}

const NOTHING: Amounts = { cpu: 0, memory: 0, gpus: {} };

/** Labels that each node has, whether or not the provider says so. */
const ANYWHERE = ['kubernetes.io/os', 'kubernetes.io/arch'];

/** The label of the nodes that Karpenter makes, which those of a pool's `min` do not have. */
export const MADE_BY_KARPENTER = 'karpenter.sh/nodepool';

/** The nodes of a cluster, with what runs on each of them. */
export class Nodes {
  /** Those without a taint first, then the smallest. */
  public readonly pools: readonly Pool[];
  private readonly labels: Map<NodeCapability, { readonly [label: string]: string }>;
  private readonly knownLabels: Set<string>;

  public constructor(nodes: readonly NodeCapability[], gpus: readonly GpuCapability[], pods: readonly PodGroup[]) {
    this.labels = new Map(nodes.map((node) => [node, labelsOf(node)]));
    this.knownLabels = new Set([...ANYWHERE, ZONE, ...[...this.labels.values()].flatMap((one) => Object.keys(one))]);
    const daemonSets = pods.filter(({ count }) => count === 'one per node');
    this.pools = nodes
      .map((node): Pool => {
        const here = daemonSets.filter(({ placement }) => this.matchesAnywhere(node, placement) !== false);
        const resource = gpus.find(({ pool }) => pool === node.pool)?.resourceName;
        return {
          node,
          allocatable: {
            cpu: node.cpu,
            memory: node.memory,
            gpus: resource !== undefined && node.gpus ? { [resource]: node.gpus } : {},
          },
          daemons: here.map(({ amounts }) => amounts).reduce(plus, NOTHING),
          podSlots: (node.pods ?? Infinity) - here.length,
        };
      })
      .sort(
        (a, b) =>
          Number(a.node.taint !== undefined) - Number(b.node.taint !== undefined) || a.node.memory - b.node.memory,
      );
  }

  /** The pools that pods may run on; undefined where they are selected by labels of which nothing is known. */
  public candidates(placement: Placement): Pool[] | undefined {
    const matched = this.pools.map(({ node }) => this.matchesAnywhere(node, placement));
    if (matched.includes(undefined)) return undefined;
    return this.pools.filter((_pool, at) => matched[at]);
  }

  /**
   * The zones in which pods may run on nodes of a pool.
   *
   * @param anyTaint whether it does not count that they do not tolerate a taint
   */
  public zonesFor({ node }: Pool, placement: Placement, anyTaint = false): Zone[] {
    const asked = anyTaint ? { ...placement, tolerations: [{ operator: 'Exists' }] } : placement;
    return zonesOf(node).filter((zone) => this.matches(node, asked, zone) !== false);
  }

  private matchesAnywhere(node: NodeCapability, placement: Placement): boolean | undefined {
    return any(zonesOf(node).map((zone) => this.matches(node, placement, zone)));
  }

  /** Whether pods may run on a node of a zone; undefined where that is not known. */
  private matches(
    node: NodeCapability,
    { nodeSelector, nodeAffinity, tolerations }: Placement,
    zone: Zone,
  ): boolean | undefined {
    const { taint } = node;
    const tolerated = tolerations.some(
      ({ key, operator, effect }) =>
        (key === taint || (key === undefined && operator === 'Exists')) &&
        (effect === undefined || effect === '' || effect === 'NoSchedule'),
    );
    if (taint !== undefined && !tolerated) return false;
    const selected = Object.entries(nodeSelector).map(([key, value]) =>
      this.meets(node, { key, operator: 'In', values: [value] }, zone),
    );
    const terms = nodeAffinity.map((term) => all(term.map((one) => this.meets(node, one, zone))));
    return all([...selected, ...(terms.length > 0 ? [any(terms)] : [])]);
  }

  private meets(
    node: NodeCapability,
    { key, operator, values = [] }: FootprintExpression,
    zone: Zone,
  ): boolean | undefined {
    const value = key === ZONE ? zone : ((this.labels.get(node) ?? {})[key] as string | undefined);
    if (value === undefined && [...ANYWHERE, ZONE].includes(key)) return true;
    switch (operator) {
      case 'In':
        return this.knownLabels.has(key) ? value !== undefined && values.includes(value) : undefined;
      case 'Exists':
        return this.knownLabels.has(key) ? value !== undefined : undefined;
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'DoesNotExist':
        return value === undefined;
      default:
        return undefined;
    }
  }
}

/** The zones of a pool's nodes: none of a name where they are not known. */
export function zonesOf({ zones = [] }: NodeCapability): Zone[] {
  return zones.length > 0 ? [...zones] : [undefined];
}

/** The largest number of nodes of a pool in a zone. */
export function mostIn({ max = Infinity, zones = [], dividedByZone = false }: NodeCapability, zone: Zone): number {
  if (!dividedByZone || zone === undefined) return max;
  const left = zones.indexOf(zone) < max % zones.length ? 1 : 0;
  return max === Infinity ? max : Math.floor(max / zones.length) + left;
}

function labelsOf({ pool, productLabel, labels }: NodeCapability): { readonly [label: string]: string } {
  return {
    ...labels,
    [NODE_POOL_LABEL]: pool,
    ...(productLabel === undefined ? {} : { [GPU_PRODUCT_LABEL]: productLabel }),
  };
}

/** Of what may be true, false or unknown. */
function all(values: readonly (boolean | undefined)[]): boolean | undefined {
  if (values.includes(false)) return false;
  return values.includes(undefined) ? undefined : true;
}

function any(values: readonly (boolean | undefined)[]): boolean | undefined {
  if (values.includes(true)) return true;
  return values.includes(undefined) ? undefined : false;
}

/** Both amounts together. */
export function plus(a: Amounts, b: Amounts): Amounts {
  const gpus = { ...a.gpus };
  for (const [name, count] of Object.entries(b.gpus)) gpus[name] = (gpus[name] ?? 0) + count;
  return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory, gpus };
}

/** Some times an amount. */
export function times(count: number, { cpu, memory, gpus }: Amounts): Amounts {
  return {
    cpu: cpu * count,
    memory: memory * count,
    gpus: Object.fromEntries(Object.entries(gpus).map(([name, one]) => [name, one * count])),
  };
}

/** What is left of an amount. */
export function minus(a: Amounts, b: Amounts): Amounts {
  return plus(a, times(-1, b));
}

/** All GPUs of an amount, of whatever resource. */
export function gpuCount({ gpus }: Amounts): number {
  return Object.values(gpus).reduce((sum, one) => sum + one, 0);
}

/** Whether an amount is no more than another one; a thousandth of a core is lost in rounding. */
export function fits(asked: Amounts, free: Amounts): boolean {
  return (
    asked.cpu <= free.cpu + 1e-6 &&
    asked.memory <= free.memory &&
    Object.entries(asked.gpus).every(([name, count]) => count <= (free.gpus[name] ?? 0))
  );
}

/** An amount as a message shows it. */
export function shown(name: 'cpu' | 'memory', amount: number): string {
  return name === 'cpu' ? `${Math.round(amount * 1000)}m cpu` : `${Math.floor(amount / 2 ** 20)}Mi memory`;
}

/** An amount of what a quota bounds, by its key. */
export function amountShown(key: string, amount: number): string {
  const resource = key.replace(/^(requests|limits)\./, '');
  if (resource === 'cpu' || resource === 'memory') return shown(resource, amount);
  if (/(^|\/requests\.)storage$/.test(resource)) return `${Math.floor(amount / 2 ** 20)}Mi storage`;
  return `${amount} ${resource}`;
}
