import { PLATFORM_GROUPS } from '../custom-resource-check';
import { Finding, ICheck } from '../check';
import { resolveWorkloads } from '../../contracts/resolved-footprint';
import { asObject, JsonObject } from '../json';
import { Manifest, ManifestGraph, manifestsAndBootstrap } from '../manifest-graph';
import { BootOrder, BootStep } from './boot-step';
import { CapacityResult, findingOf, placePods, runsOf } from './capacity';
import { chartReferenceFindings } from './chart-references';
import { existenceFindings } from './existence';
import { FootprintOf, footprints } from './footprints';
import { Made } from './made';
import { networkFindings } from './network';
import { Nodes, shown } from './nodes';
import { podSecurityFindings } from './pod-security';
import { Operators } from './operators';
import { amountsOf, containerResources } from './pod-amounts';
import { podContext, PodContext, PodGroup, podsOfManifests, podsOfWorkloads } from './pods';
import { quotaFindings } from './quotas';
import { singleServerFindings, webhookFindings } from './webhooks';
import { storageClassFindings } from './zones';

/** What a walk through the boot of an environment finds. */
export interface Rehearsal {
  readonly steps: readonly BootStep[];
  readonly findings: Finding[];
  /** Components and kinds whose pods are not known, and pods that select nodes of which nothing is. */
  readonly uncounted: string[];
  /**
   * How full the nodes are.
   *
   * @default - the sizes of the cluster's nodes are not known
   */
  readonly capacity?: CapacityResult;
}

/** What is known of an environment beside its objects. */
export interface RehearsalOptions {
  /** The class of volumes that name none. */
  readonly defaultStorageClass?: string;
  /** Whether nothing may stop when one pod or node is lost, as from staging on. */
  readonly highlyAvailable?: boolean;
  /** The platform's operators, which make pods of its kinds. */
  readonly operators?: Operators;
}

/**
 * Walks through the first boot of an environment: what each step brings finds the nodes, kinds, classes, objects and webhooks that it
 * needs.
 */
export function rehearse(
  graph: ManifestGraph,
  steps: readonly BootStep[],
  { defaultStorageClass, highlyAvailable = false, operators }: RehearsalOptions = {},
): Rehearsal {
  const order = new BootOrder([CLUSTER, ...steps.map((step) => ({ ...step, after: [CLUSTER.name, ...step.after] }))]);
  const known = footprints();
  const made = new Made(order);
  const context = podContext(
    graph,
    order.steps.flatMap(({ manifests }) => manifests),
    operators,
  );
  const pods = podsOf(graph, order.steps, known, context);
  const unknown = steps.flatMap((step) => step.components.filter((one) => !known(one)).map(({ name }) => name));
  const operated = graph.manifests.filter((one) => hasOperatedPods(one) && context.childrenOf(one) === undefined);
  const { nodes = [], gpus = [] } = graph.context;
  const cluster = new Nodes(nodes, gpus, pods);
  const capacity = nodes.length > 0 ? placePods(cluster, pods, order) : undefined;
  return {
    steps,
    uncounted: [
      ...new Set([
        ...unknown,
        ...operated.map(({ kind }) => kind),
        ...(capacity?.unplaced ?? []).map(({ owner }) => owner),
      ]),
    ].sort(),
    capacity,
    findings: [
      ...existenceFindings(order, made, known, graph.path, defaultStorageClass),
      ...chartReferenceFindings(order, made, known, graph),
      ...webhookFindings(order, known, graph),
      ...(highlyAvailable ? singleServerFindings(order, known, graph.path) : []),
      ...networkFindings(order.steps, known, graph),
      ...podSecurityFindings(order.steps, known, graph),
      ...storageClassFindings(graph),
      ...(capacity ? [...capacity.findings, ...platformKinds(operated, cluster)] : gpuFindings(graph, pods)),
      ...quotaFindings(order.steps, pods, context),
    ],
  };
}

/** The cluster, whose own pods run before anything is applied. */
const CLUSTER: BootStep = { name: 'its add-ons', after: [], waits: true, components: [], manifests: [] };

/** The rehearsal of a graph whose order is not known, as a check: everything comes at once. */
export class RehearsalCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    return rehearse(graph, [
      { name: '', after: [], waits: false, components: [], manifests: manifestsAndBootstrap(graph) },
    ]).findings;
  }
}

function podsOf(graph: ManifestGraph, steps: readonly BootStep[], known: FootprintOf, context: PodContext): PodGroup[] {
  const addOns = resolveWorkloads(graph.context.addOns ?? []);
  return [
    ...podsOfWorkloads(CLUSTER, 'the cluster', graph.path, 'kube-system', addOns, context.volumes),
    ...steps.flatMap((step) => [
      ...step.components.flatMap((component) =>
        podsOfWorkloads(
          step,
          `component ${component.name}`,
          graph.path,
          component.namespace,
          known(component)?.workloads ?? [],
          context.volumes,
        ),
      ),
      ...podsOfManifests(step, context),
    ]),
  ];
}

/** Objects of which it is not known what the operators make are held against the largest node of all. */
function platformKinds(operated: readonly Manifest[], { pools }: Nodes): Finding[] {
  return operated.flatMap((manifest) =>
    resourcesIn(manifest.json.spec, 'spec').flatMap(({ field, resources }) =>
      (['cpu', 'memory'] as const).flatMap((name) => {
        const asked = amountsOf(containerResources(resources), [])[name];
        const largest = pools.reduce((best, pool) => (pool.node[name] > best.node[name] ? pool : best)).node;
        if (asked <= largest[name]) return [];
        return {
          path: manifest.path,
          message: `${manifest.kind} ${manifest.name}: ${field} asks for ${shown(name, asked)}, and no node that may run it has more than ${shown(name, largest[name])} for pods (${largest.instanceType}, pool ${largest.pool}); ask for less, or give the pool a larger instanceType`,
        };
      }),
    ),
  );
}

function hasOperatedPods({ group, kind }: Manifest): boolean {
  return PLATFORM_GROUPS.includes(group) && kind !== 'AIZone';
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

/** Where sizes of nodes are not known, the number of GPUs is. */
function gpuFindings(graph: ManifestGraph, pods: readonly PodGroup[]): Finding[] {
  const { gpus = [] } = graph.context;
  return [...new Set(gpus.map(({ resourceName }) => resourceName))].flatMap((resource) => {
    const total = gpus.filter((one) => one.resourceName === resource).reduce((sum, one) => sum + one.total, 0);
    const most = Math.max(...gpus.filter((one) => one.resourceName === resource).map(({ perNode }) => perNode));
    // more than any node has is for the check of GPUs
    const each = (group: PodGroup): number => {
      const gpus = group.amounts.gpus[resource] ?? 0;
      return typeof group.count !== 'number' || gpus > most ? 0 : gpus * group.count;
    };
    const staying = pods.filter(({ passing }) => !passing);
    const all = staying.reduce((sum, group) => sum + each(group), 0);
    for (const [before, groups] of [[0, staying], ...runsOf(pods).map((run) => [all, run] as const)] as const) {
      let asked = before;
      for (const group of groups) {
        asked += each(group);
        if (each(group) === 0 || asked <= total) continue;
        return [
          findingOf(
            group,
            `${resource}, of which all pods together ask for ${asked} by then and the cluster has ${total}; raise max of the pool, or run fewer`,
          ),
        ];
      }
    }
    return [];
  });
}
