import { PLATFORM_GROUPS } from '../custom-resource-check';
import { Finding, ICheck } from '../check';
import { resolveWorkloads } from '../../contracts/resolved-footprint';
import { asObject, JsonObject } from '../json';
import { Manifest, ManifestGraph, manifestsAndBootstrap } from '../manifest-graph';
import { BootOrder, BootStep } from './boot-step';
import { CapacityResult, findingOf, placePods } from './capacity';
import { chartReferenceFindings } from './chart-references';
import { existenceFindings } from './existence';
import { FootprintOf, footprints } from './footprints';
import { Made } from './made';
import { networkFindings } from './network';
import { Nodes, shown } from './nodes';
import { podSecurityFindings } from './pod-security';
import { amountsOf, PodGroup, podsOfManifests, podsOfWorkloads, scalingOf } from './pods';
import { singleServerFindings, webhookFindings } from './webhooks';

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
}

/**
 * Walks through the first boot of an environment: what each step brings finds the nodes, kinds, classes, objects and webhooks that it
 * needs.
 */
export function rehearse(
  graph: ManifestGraph,
  steps: readonly BootStep[],
  { defaultStorageClass, highlyAvailable = false }: RehearsalOptions = {},
): Rehearsal {
  const order = new BootOrder([CLUSTER, ...steps.map((step) => ({ ...step, after: [CLUSTER.name, ...step.after] }))]);
  const known = footprints();
  const made = new Made(order);
  const pods = podsOf(graph, order.steps, known);
  const unknown = steps.flatMap((step) => step.components.filter((one) => !known(one)).map(({ name }) => name));
  const operated = graph.manifests.filter(hasOperatedPods).map(({ kind }) => kind);
  const { nodes = [], gpus = [] } = graph.context;
  const cluster = new Nodes(nodes, gpus, pods);
  const capacity = nodes.length > 0 ? placePods(cluster, pods, order) : undefined;
  return {
    steps,
    uncounted: [...new Set([...unknown, ...operated, ...(capacity?.unplaced ?? []).map(({ owner }) => owner)])].sort(),
    capacity,
    findings: [
      ...existenceFindings(order, made, known, graph.path, defaultStorageClass),
      ...chartReferenceFindings(order, made, known, graph),
      ...webhookFindings(order, known, graph),
      ...(highlyAvailable ? singleServerFindings(order, known, graph.path) : []),
      ...networkFindings(order.steps, known, graph),
      ...podSecurityFindings(order.steps, known, graph),
      ...zoneFindings(graph),
      ...(capacity ? [...capacity.findings, ...platformKinds(graph, cluster)] : gpuFindings(graph, pods)),
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

function podsOf(graph: ManifestGraph, steps: readonly BootStep[], known: FootprintOf): PodGroup[] {
  const scaled = scalingOf(steps.flatMap(({ manifests }) => manifests));
  const addOns = resolveWorkloads(graph.context.addOns ?? []);
  return [
    ...podsOfWorkloads(CLUSTER, 'the cluster', graph.path, addOns),
    ...steps.flatMap((step) => [
      ...step.components.flatMap((component) =>
        podsOfWorkloads(step, `component ${component.name}`, graph.path, known(component)?.workloads ?? []),
      ),
      ...podsOfManifests(step, graph.context.gpus ?? [], scaled),
    ]),
  ];
}

/** Objects of the platform's kinds, of which operators make pods, are held against the largest node of all. */
function platformKinds(graph: ManifestGraph, { pools }: Nodes): Finding[] {
  return graph.manifests.filter(hasOperatedPods).flatMap((manifest) =>
    resourcesIn(manifest.json.spec, 'spec').flatMap(({ field, resources }) =>
      (['cpu', 'memory'] as const).flatMap((name) => {
        const asked = amountsOf(resources, [])[name];
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

/** Drivers whose volumes stay in the zone in which they are made. */
const ZONAL_DRIVERS = ['disk.csi.azure.com', 'ebs.csi.aws.com', 'pd.csi.storage.gke.io'];

/** A volume is made in the zone in which a node has room for its pod, not in any. */
function zoneFindings(graph: ManifestGraph): Finding[] {
  const zones = new Set((graph.context.nodes ?? []).flatMap((node) => node.zones ?? []));
  if (zones.size < 2) return [];
  return graph
    .ofKind('StorageClass', 'storage.k8s.io')
    .filter(({ json }) => ZONAL_DRIVERS.includes(String(json.provisioner)))
    .filter(({ json }) => json.volumeBindingMode !== 'WaitForFirstConsumer')
    .map(({ path, name, json }) => ({
      path,
      message: `StorageClass ${name}: makes volumes of ${String(json.provisioner)} before it is known where their pods run, in any of the zones ${[...zones].sort().join(', ')}, and a node of another zone cannot use them; set volumeBindingMode to WaitForFirstConsumer`,
    }));
}

/** Where sizes of nodes are not known, the number of GPUs is. */
function gpuFindings(graph: ManifestGraph, pods: readonly PodGroup[]): Finding[] {
  const { gpus = [] } = graph.context;
  return [...new Set(gpus.map(({ resourceName }) => resourceName))].flatMap((resource) => {
    const total = gpus.filter((one) => one.resourceName === resource).reduce((sum, one) => sum + one.total, 0);
    const most = Math.max(...gpus.filter((one) => one.resourceName === resource).map(({ perNode }) => perNode));
    let asked = 0;
    for (const group of pods) {
      const each = group.amounts.gpus[resource] ?? 0;
      // more than any node has is for the check of GPUs
      if (typeof group.count !== 'number' || group.passing || each > most) continue;
      asked += group.count * each;
      if (asked > total) {
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
