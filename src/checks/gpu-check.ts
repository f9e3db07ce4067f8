import { GpuCapability } from '../contracts/cluster';
import { isDevice, NVIDIA_TAINT, taintOf } from '../contracts/devices';
import { GPU_PRODUCT_LABEL, NODE_POOL_LABEL } from '../contracts/names';
import { Finding, ICheck } from './check';
import { asAmount, asObject, asObjects, asText, asTexts, at, JsonObject } from './json';
import { Manifest, ManifestGraph, podTemplateOf } from './manifest-graph';

/** Kinds that bound what others ask for. */
const BOUNDS = ['AIZone', 'ClusterQueue', 'CustomResourceDefinition', 'LimitRange', 'NodePool', 'ResourceQuota'];

/**
 * GPUs that anything asks for, be it a pod or an object that an operator makes pods of, are on one node of the cluster, of the model
 * and pool that the nodes are selected by; and the pods tolerate the taint that such nodes have.
 */
export class GpuCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const { gpus } = graph.context;
    if (gpus === undefined) return [];
    const zones = new Map(graph.ofKind('AIZone', 'nstarx.io').map(({ name, json }) => [name, json]));
    return graph.manifests
      .filter(({ kind }) => !BOUNDS.includes(kind))
      .flatMap((manifest) => {
        const requests = gpuRequests(manifest.json, gpus, zones);
        const problems = requests.flatMap((request) => problemOf(request, gpus) ?? []);
        return [...problems, ...intolerant(manifest, requests)].map((problem) => ({
          path: manifest.path,
          message: `${manifest.kind} ${manifest.name}: ${problem}`,
        }));
      });
  }
}

/** GPUs that one container asks for, and the nodes that it may run on. */
interface GpuRequest {
  readonly field: string;
  readonly resource: string;
  readonly count: number;
  readonly products?: readonly string[];
  readonly pool?: string;
}

type Nodes = Pick<GpuRequest, 'products' | 'pool'>;

function gpuRequests(
  json: JsonObject,
  gpus: readonly GpuCapability[],
  zones: ReadonlyMap<string, JsonObject>,
): GpuRequest[] {
  const found = new Map<string, GpuRequest>();
  const visit = (value: unknown, field: string, above: Nodes): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      value.forEach((item, index) => visit(item, `${field}[${index}]`, above));
      return;
    }
    const object = value as JsonObject;
    const nodes = nodesOf(object, above, zones);
    for (const [key, inner] of Object.entries(object)) {
      const count = isGpu(key, gpus) ? asAmount(inner) : 0;
      // requests and limits of an extended resource are the same
      const place = field.replace(/\.(limits|requests)$/, '');
      if (count > 0) found.set(`${place} ${key}`, { field: place, resource: key, count, ...nodes });
      // what a quota in it bounds is for others
      if (key !== 'hard') visit(inner, field === '' ? key : `${field}.${key}`, nodes);
    }
  };
  visit(json.spec ?? json.template, json.spec === undefined ? 'template' : 'spec', {});
  return [...found.values()];
}

/** What an object says of the nodes of whatever is in it: by selector, by affinity, or by the zone that it names. */
function nodesOf(object: JsonObject, above: Nodes, zones: ReadonlyMap<string, JsonObject>): Nodes {
  const zone = zones.get(asText(object.zone) ?? '');
  const selector = {
    ...asObject(at(zone, 'spec', 'resources', 'compute', 'nodeSelector')),
    ...asObject(object.nodeSelector),
  };
  const terms = at(object, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  const products = asObjects(at(terms, 'nodeSelectorTerms'))
    .flatMap((term) => asObjects(term.matchExpressions))
    .filter(({ key, operator }) => key === GPU_PRODUCT_LABEL && operator === 'In')
    .flatMap(({ values }) => asTexts(values));
  const product = asText(selector[GPU_PRODUCT_LABEL]);
  return {
    products: product !== undefined ? [product] : products.length > 0 ? products : above.products,
    pool: asText(selector[NODE_POOL_LABEL]) ?? above.pool,
  };
}

function isGpu(resource: string, gpus: readonly GpuCapability[]): boolean {
  return isDevice(resource) || gpus.some(({ resourceName }) => resourceName === resource);
}

function problemOf({ field, resource, count, products, pool }: GpuRequest, gpus: readonly GpuCapability[]) {
  const asks = `${field} asks for ${count} ${resource}`;
  const pools = gpus.filter(({ resourceName }) => resourceName === resource);
  if (pools.length === 0) {
    const none = `${asks}, and no node of the cluster has any`;
    if (resource === NVIDIA_TAINT) {
      return `${none}; add a GpuPool to the cluster, such as gpuPools: [GpuPool.of(GpuModel.T4)] of DataPlatform`;
    }
    const others = [...new Set(gpus.map(({ resourceName }) => resourceName))].join(', ');
    return `${none}; ${others === '' ? '' : `ask for ${others}, or `}use a cluster whose gpus have it, such as one of ExistingClusterProvider`;
  }
  const offered = pools.map((one) => `${one.productLabel} (pool ${one.pool})`).join(', ');
  const suitable = pools.filter(
    (one) => (products?.includes(one.productLabel) ?? true) && (pool === undefined || pool === one.pool),
  );
  if (suitable.length === 0) {
    const wanted = [...(products ?? []), ...(pool === undefined ? [] : [`pool ${pool}`])].join(' or ');
    return `${asks} on nodes with ${wanted}, of which the cluster has none; add a GpuPool of that model, or select one of: ${offered}`;
  }
  const most = Math.max(...suitable.map(({ perNode }) => perNode));
  if (count <= most) return undefined;
  return `${asks}, and no node that it may run on has more than ${most}; ask for fewer and run more pods, or add a pool of larger machines (gpusPerNode)`;
}

/** Pods that ask for GPUs and do not tolerate what keeps others off those nodes. What operators make tolerates it by itself. */
function intolerant(manifest: Manifest, requests: readonly GpuRequest[]): string[] {
  const template = podTemplateOf(manifest);
  if (!template) return [];
  const tolerations = asObjects(template.spec.tolerations);
  return [...new Set(requests.map(({ resource }) => resource))]
    .map((resource) => ({ resource, taint: taintOf(resource) }))
    .filter(({ taint }) => !tolerations.some(({ key, operator }) => key === taint || (!key && operator === 'Exists')))
    .map(
      ({ resource, taint }) =>
        `its pods ask for ${resource} and do not tolerate the taint ${taint} of such nodes; add { key: '${taint}', operator: 'Exists', effect: 'NoSchedule' } to the tolerations`,
    );
}
