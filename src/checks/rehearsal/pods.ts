import { GpuCapability } from '../../contracts/cluster';
import { FootprintExpression } from '../../contracts/footprint';
import { ResolvedWorkload } from '../../contracts/resolved-footprint';
import { asAmount, asLabels, asNumber, asObject, asObjects, asText, at, JsonObject } from '../json';
import { ManifestGraph, ObjectOfGraph, podTemplateOf } from '../manifest-graph';
import { BootStep } from './boot-step';
import { EngineLookup, enginePodsOf } from './engine-pods';
import { Operators } from './operators';
import { Amounts, amountsOf, ContainerDefaults, containerDefaults, podResources, PodResources } from './pod-amounts';
import { ANY_ZONE, isAbout, Volumes, volumesOf, ZoneRules, zoneRulesOf } from './zones';

/** Which nodes pods may run on. */
export interface Placement {
  readonly nodeSelector: { readonly [label: string]: string };
  /** A node has to meet all conditions of one of these. */
  readonly nodeAffinity: readonly (readonly FootprintExpression[])[];
  readonly tolerations: readonly { readonly key?: string; readonly operator?: string; readonly effect?: string }[];
}

/** Equal pods that a step brings. */
export interface PodGroup {
  readonly step: BootStep;
  /** What makes them, as a message names it: `Deployment api`, `component cert-manager`. */
  readonly owner: string;
  /** How the message goes on: `its pods ask for`, `pods of StatefulSet prometheus ask for`. */
  readonly asks: string;
  /** Path of the construct that has to be changed. */
  readonly path: string;
  readonly amounts: Amounts;
  /** Their namespace. */
  readonly namespace: string;
  /** What a quota of the namespace counts of each. */
  readonly resources: PodResources;
  /** How many at once; one on each node for a DaemonSet. */
  readonly count: number | 'one per node';
  /** Whether no two may share a node. */
  readonly onePerNode: boolean;
  readonly zones: ZoneRules;
  /** What they have to fit with all at once, and which ends by itself, such as the driver with its executors; undefined for what stays. */
  readonly run?: string;
  /** Whether they come and go, as those of CronJobs: they need room, but not at first. */
  readonly passing: boolean;
  /** Whether an operator makes them, which has to run before. */
  readonly made: boolean;
  readonly placement: Placement;
}

/** What decides about the pods of objects beside the objects themselves. */
export interface PodContext {
  readonly gpus: readonly GpuCapability[];
  readonly leastReplicas: Scaling;
  readonly containerDefaults: ReadonlyMap<string, ContainerDefaults>;
  readonly lookup: EngineLookup;
  readonly volumes: Volumes;
  /** What the platform's operators make of an object; undefined when that is not known. */
  readonly childrenOf: (object: ObjectOfGraph) => readonly ObjectOfGraph[] | undefined;
}

/** What decides about the pods of a graph. */
export function podContext(graph: ManifestGraph, objects: readonly ObjectOfGraph[], operators?: Operators): PodContext {
  const childrenOf = (object: ObjectOfGraph) => operators?.childrenOf(object, graph);
  const all = withChildren(objects, childrenOf);
  const leastReplicas = scalingOf(all);
  const runtimes = all.filter(
    ({ group, kind }) => group === 'trainer.kubeflow.org' && kind.endsWith('TrainingRuntime'),
  );
  return {
    gpus: graph.context.gpus ?? [],
    leastReplicas,
    containerDefaults: containerDefaults(all),
    volumes: volumesOf(all, graph.context.defaultStorageClass),
    lookup: {
      leastReplicas: (namespace, name) => leastReplicas.get(`${namespace}/Deployment/${name}`),
      trainingRuntime: (kind, namespace, name) =>
        runtimes.find(
          (one) =>
            one.kind === kind && one.name === name && (one.namespace === undefined || one.namespace === namespace),
        )?.json,
      argoExecutor: at(graph.context.chartValues, 'argo-workflows', 'executor', 'resources'),
    },
    childrenOf,
  };
}

/** Objects, and what operators make of them, and what is made of that. */
export function withChildren(
  objects: readonly ObjectOfGraph[],
  childrenOf: PodContext['childrenOf'],
): readonly ObjectOfGraph[] {
  return objects.flatMap((object) => [object, ...withChildren(childrenOf(object) ?? [], childrenOf)]);
}

/** The pods that the objects of a step make, and those that operators make of them. */
export function podsOfManifests(step: BootStep, context: PodContext): PodGroup[] {
  return step.manifests.flatMap((manifest) => [
    ...podsOfObject(step, manifest, context),
    ...withChildren(context.childrenOf(manifest) ?? [], context.childrenOf).flatMap((child) =>
      podsOfObject(step, child, context, manifest),
    ),
  ]);
}

/**
 * The pods of one object.
 *
 * @param root the object of the program that it is made of; undefined when it is one
 */
function podsOfObject(step: BootStep, object: ObjectOfGraph, context: PodContext, root?: ObjectOfGraph): PodGroup[] {
  const { kind, name, namespace = 'default' } = object;
  const key = `${kind}/${namespace}/${name}`;
  const owner = root ?? object;
  const asks = (what: string, ask = 'ask'): string =>
    root === undefined ? `its ${what} ${ask} for` : `the ${what} of ${kind} ${name} ${ask} for`;
  const base = {
    step,
    owner: `${owner.kind} ${owner.name}`,
    path: owner.path,
    namespace,
    made: root !== undefined,
  };
  const claims = kind === 'StatefulSet' ? asObjects(at(object.json, 'spec', 'volumeClaimTemplates')) : [];
  const pods = (spec: JsonObject, labels: { [label: string]: string } = {}) => ({
    ...podsOf(spec, labels, context.gpus, context.containerDefaults.get(namespace)),
    zones: zoneRulesOf(namespace, spec, labels, claims, context.volumes),
  });
  const template = podTemplateOf(object);
  if (template) {
    const ends = ['Job', 'CronJob'].includes(kind);
    const group: PodGroup = {
      ...base,
      asks: asks('pods'),
      count: countOf(object, context.leastReplicas),
      ...pods(template.spec, template.labels),
      ...(ends ? { run: key } : {}),
      // Jobs of the program begin at the first boot
      passing: kind === 'CronJob' || (kind === 'Job' && root !== undefined),
    };
    return [group, ...updateOf(object, group)];
  }
  return (enginePodsOf(object, context.lookup) ?? []).map(({ what, count, spec, run }) => {
    const one = /^(driver|pod of)/.test(what) ? 'asks' : 'ask';
    return {
      ...base,
      asks: root === undefined && what === 'pods' ? 'the pods that are made of it ask for' : asks(what, one),
      made: true,
      count,
      ...pods(spec),
      ...(run === undefined ? {} : { run: `${key}/${run}` }),
      passing: run !== undefined,
    };
  });
}

/** The pods that run beside the old ones while a Rollout is updated, where it takes no old one away before. */
function updateOf({ kind, group, json }: ObjectOfGraph, pods: PodGroup): PodGroup[] {
  if (kind !== 'Rollout' || group !== 'argoproj.io' || typeof pods.count !== 'number') return [];
  const count = additionalPods(asObject(at(json, 'spec', 'strategy')), pods.count);
  if (count === 0) return [];
  const run = `${kind}/${pods.namespace}/${pods.owner}/update`;
  return [{ ...pods, asks: 'its new pods, while it is updated, ask for', count, run, passing: true }];
}

/** Source: https://argo-rollouts.readthedocs.io/en/stable/features/specification/ */
function additionalPods({ blueGreen, canary }: JsonObject, replicas: number): number {
  if (replicas === 0) return 0;
  // the new version comes as a whole beside the old one, or replaces it pod by pod
  if (blueGreen !== undefined || at(canary, 'trafficRouting') !== undefined) return replicas;
  const unavailable = at(canary, 'maxUnavailable');
  const share = asNumber(unavailable) ?? (replicas * Number.parseFloat(asText(unavailable) ?? '25%')) / 100;
  return share >= 1 ? 0 : 1;
}

/**
 * The pods of a component, hooks of its chart included, or of the cluster itself.
 *
 * @param owner as a message names it
 */
export function podsOfWorkloads(
  step: BootStep,
  owner: string,
  path: string,
  namespace: string,
  workloads: readonly ResolvedWorkload[],
  volumes: Volumes,
): PodGroup[] {
  return workloads.map((workload) => ({
    step,
    owner,
    asks: `the pods of ${workload.kind} ${workload.name} ask for`,
    path,
    namespace,
    resources: { requests: { cpu: workload.cpu, memory: workload.memory }, limits: {} },
    amounts: { cpu: workload.cpu, memory: workload.memory, gpus: {} },
    count: workload.replicas ?? 'one per node',
    onePerNode: workload.onePerNode,
    zones: { ...ANY_ZONE, bounds: workload.volumes.flatMap(({ storageClass }) => volumes.boundOf(storageClass)) },
    ...(workload.hook === undefined ? {} : { run: `${owner}/${workload.name}` }),
    passing: workload.hook !== undefined,
    made: false,
    placement: placementOf(workload),
  }));
}

/** Smallest numbers of replicas that autoscalers of the graph keep, by `<namespace>/<kind>/<name>` of what they scale. */
type Scaling = ReadonlyMap<string, number>;

/** Reads the autoscalers among some objects. */
function scalingOf(manifests: readonly ObjectOfGraph[]): Scaling {
  const scaled = new Map<string, number>();
  for (const { kind, group, namespace = '', json } of manifests) {
    const isHpa = kind === 'HorizontalPodAutoscaler' && group === 'autoscaling';
    if (!isHpa && !(kind === 'ScaledObject' && group === 'keda.sh')) continue;
    const target = asObject(at(json, 'spec', 'scaleTargetRef'));
    const least = isHpa ? (at(json, 'spec', 'minReplicas') ?? 1) : (at(json, 'spec', 'minReplicaCount') ?? 0);
    scaled.set(`${namespace}/${asText(target.kind) ?? 'Deployment'}/${String(target.name)}`, asAmount(least));
  }
  return scaled;
}

function countOf({ kind, name, namespace = '', json }: ObjectOfGraph, scaled: Scaling): PodGroup['count'] {
  if (kind === 'DaemonSet') return 'one per node';
  if (kind === 'Pod') return 1;
  if (kind === 'Job') return parallel(json.spec);
  if (kind === 'CronJob')
    return at(json, 'spec', 'suspend') === true ? 0 : parallel(at(json, 'spec', 'jobTemplate', 'spec'));
  const least = scaled.get(`${namespace}/${kind}/${name}`);
  return Math.max(asNumber(at(json, 'spec', 'replicas')) ?? (least === undefined ? 1 : 0), least ?? 0);
}

function parallel(job: unknown): number {
  if (at(job, 'suspend') === true) return 0;
  return Math.min(asNumber(at(job, 'parallelism')) ?? 1, asNumber(at(job, 'completions')) ?? Infinity);
}

function podsOf(
  spec: JsonObject,
  labels: { [label: string]: string },
  gpus: readonly GpuCapability[],
  defaults?: ContainerDefaults,
): Pick<PodGroup, 'amounts' | 'resources' | 'placement' | 'onePerNode'> {
  const resources = podResources(spec, defaults);
  const terms = at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  return {
    resources,
    amounts: amountsOf(resources, gpus),
    onePerNode: isOnePerNode(spec, labels),
    placement: {
      nodeSelector: asLabels(spec.nodeSelector),
      nodeAffinity: asObjects(at(terms, 'nodeSelectorTerms')).map((term) => expressionsOf(term)),
      tolerations: asObjects(spec.tolerations),
    },
  };
}

function placementOf({ nodeSelector, nodeAffinity, tolerations }: ResolvedWorkload): Placement {
  return { nodeSelector, nodeAffinity: nodeAffinity.length > 0 ? [nodeAffinity] : [], tolerations };
}

function expressionsOf(term: JsonObject): FootprintExpression[] {
  return asObjects(term.matchExpressions) as unknown as FootprintExpression[];
}

/** Whether the pods keep away from their own kind, by node. */
function isOnePerNode(spec: JsonObject, labels: { [label: string]: string }): boolean {
  const terms = at(spec, 'affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  return asObjects(terms).some(
    ({ topologyKey, labelSelector }) => topologyKey === 'kubernetes.io/hostname' && isAbout(labelSelector, labels),
  );
}
