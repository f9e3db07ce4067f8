import { NodeCapability } from '../contracts/cluster';
import { GPU_PRODUCT_LABEL, NODE_POOL_LABEL } from '../contracts/names';
import { Finding, ICheck } from './check';
import { asAmount, asObject, asObjects, asText, at, JsonObject } from './json';
import { Manifest, ManifestGraph, podTemplateOf } from './manifest-graph';
import { PLATFORM_GROUPS } from './custom-resource-check';

/** Labels that every node has; pods that are selected by others are not judged. */
const EVERYWHERE = [NODE_POOL_LABEL, GPU_PRODUCT_LABEL, 'kubernetes.io/os', 'kubernetes.io/arch'];

/**
 * A pod asks for no more CPU and memory than a node that it may run on has for pods, so that it is not pending forever. Objects of the
 * platform's kinds are held against the largest node of all.
 *
 * Judged where the sizes of the cluster's nodes are known. What runs on each node beside, and whether all pods find room together, is not counted.
 */
export class NodeSizeCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const { nodes } = graph.context;
    if (nodes === undefined || nodes.length === 0) return [];
    return graph.manifests.flatMap((manifest) =>
      demandsOf(manifest, nodes).flatMap(({ field, amounts, candidates }) =>
        tooMuch(amounts, candidates).map((problem) => ({
          path: manifest.path,
          message: `${manifest.kind} ${manifest.name}: ${field} ${problem}`,
        })),
      ),
    );
  }
}

interface Amounts {
  readonly cpu: number;
  readonly memory: number;
}

/** What has to be on one node, and the nodes that it may be on. */
interface Demand {
  readonly field: string;
  readonly amounts: Amounts;
  readonly candidates: readonly NodeCapability[];
}

function demandsOf(manifest: Manifest, nodes: readonly NodeCapability[]): Demand[] {
  const template = podTemplateOf(manifest);
  if (template) {
    const candidates = candidatesOf(template.spec, nodes);
    return candidates.length === 0
      ? []
      : [{ field: 'its pods ask for', amounts: podAmounts(template.spec), candidates }];
  }
  if (!PLATFORM_GROUPS.includes(manifest.group) || manifest.kind === 'AIZone') return [];
  return resourcesIn(manifest.json.spec, 'spec').map(({ field, resources }) => ({
    field: `${field} asks for`,
    amounts: amountsOf(resources),
    candidates: nodes,
  }));
}

/** Nodes that a pod may run on by its selector and its tolerations; none where that is not known. */
function candidatesOf(spec: JsonObject, nodes: readonly NodeCapability[]): NodeCapability[] {
  const selector = asObject(spec.nodeSelector);
  if (Object.keys(selector).some((label) => !EVERYWHERE.includes(label))) return [];
  const tolerations = asObjects(spec.tolerations);
  const tolerates = (taint: string): boolean =>
    tolerations.some(({ key, operator }) => key === taint || (key === undefined && operator === 'Exists'));
  const pool = asText(selector[NODE_POOL_LABEL]);
  const product = asText(selector[GPU_PRODUCT_LABEL]);
  return nodes.filter(
    (node) =>
      (pool === undefined || node.pool === pool) &&
      (product === undefined || node.productLabel === product) &&
      (node.taint === undefined || tolerates(node.taint)),
  );
}

/** What the scheduler counts: containers and sidecars together, or the largest of the init containers. */
function podAmounts(spec: JsonObject): Amounts {
  const own = at(spec, 'resources', 'requests');
  if (own !== undefined) return amountsOf(asObject(spec.resources));
  const inits = asObjects(spec.initContainers);
  const sidecars = inits.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const running = [...asObjects(spec.containers), ...sidecars].map(({ resources }) => amountsOf(asObject(resources)));
  const before = inits.filter((one) => !sidecars.includes(one)).map(({ resources }) => amountsOf(asObject(resources)));
  const largest = (name: keyof Amounts): number =>
    Math.max(
      running.reduce((sum, one) => sum + one[name], 0),
      ...before.map((one) => one[name]),
    );
  return { cpu: largest('cpu'), memory: largest('memory') };
}

/** A limit without a request is the request too. */
function amountsOf(resources: JsonObject): Amounts {
  const amount = (name: string): number => asAmount(at(resources, 'requests', name) ?? at(resources, 'limits', name));
  return { cpu: amount('cpu'), memory: amount('memory') };
}

/** Everything in a spec that has requests or limits. */
function resourcesIn(value: unknown, field: string): { readonly field: string; readonly resources: JsonObject }[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => resourcesIn(item, `${field}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  const object = value as JsonObject;
  if (isAmounts(object.requests) || isAmounts(object.limits)) return [{ field, resources: object }];
  return Object.entries(object).flatMap(([key, inner]) => resourcesIn(inner, `${field}.${key}`));
}

function isAmounts(value: unknown): boolean {
  return ['cpu', 'memory'].some((name) => name in asObject(value));
}

function tooMuch(amounts: Amounts, candidates: readonly NodeCapability[]): string[] {
  return (['cpu', 'memory'] as const).flatMap((name) => {
    const [largest] = [...candidates].sort((a, b) => b[name] - a[name]);
    if (amounts[name] <= largest[name]) return [];
    return `${shown(name, amounts[name])}, and no node that may run it has more than ${shown(name, largest[name])} for pods (${largest.instanceType}, pool ${largest.pool}); ask for less, or give the pool a larger instanceType`;
  });
}

function shown(name: keyof Amounts, amount: number): string {
  return name === 'cpu' ? `${Math.round(amount * 1000)}m cpu` : `${Math.floor(amount / 2 ** 20)}Mi memory`;
}
