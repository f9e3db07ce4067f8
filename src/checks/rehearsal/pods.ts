import { GpuCapability } from '../../contracts/cluster';
import { FootprintExpression } from '../../contracts/footprint';
import { ResolvedWorkload } from '../../contracts/resolved-footprint';
import { asAmount, asLabels, asNumber, asObject, asObjects, asText, at, JsonObject } from '../json';
import { ObjectOfGraph, podTemplateOf } from '../manifest-graph';
import { BootStep } from './boot-step';

/** What a pod asks a node for, in cores, bytes and pieces. */
export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
  /** GPUs, by extended resource. */
  readonly gpus: { readonly [resource: string]: number };
}

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
  /** How many at once; one on each node for a DaemonSet. */
  readonly count: number | 'one per node';
  /** Whether no two may share a node. */
  readonly onePerNode: boolean;
  /** Whether they come and go, as those of CronJobs: they need room, but not at first. */
  readonly passing: boolean;
  readonly placement: Placement;
}

/** The pods that the objects of a step make. */
export function podsOfManifests(step: BootStep, gpus: readonly GpuCapability[], scaled: Scaling): PodGroup[] {
  return step.manifests.flatMap((manifest): PodGroup[] => {
    const template = podTemplateOf(manifest);
    const owner = `${manifest.kind} ${manifest.name}`;
    const base = { step, owner, path: manifest.path };
    if (template) {
      const count = countOf(manifest, scaled);
      return [
        {
          ...base,
          asks: 'its pods ask for',
          count,
          ...podsOf(template.spec, template.labels, gpus),
          passing: manifest.kind === 'CronJob',
        },
      ];
    }
    const operated = OPERATED[`${manifest.kind}.${manifest.group}`] as Operated | undefined;
    const made = operated?.(asObject(manifest.json.spec));
    if (!made) return [];
    const asks = 'the pods that are made of it ask for';
    return [{ ...base, asks, count: made.count, ...podsOf(made.spec, {}, gpus), passing: false }];
  });
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
  workloads: readonly ResolvedWorkload[],
): PodGroup[] {
  return workloads.map((workload) => ({
    step,
    owner,
    asks: `the pods of ${workload.kind} ${workload.name} ask for`,
    path,
    amounts: { cpu: workload.cpu, memory: workload.memory, gpus: {} },
    count: workload.replicas ?? 'one per node',
    onePerNode: workload.onePerNode,
    passing: workload.hook !== undefined,
    placement: placementOf(workload),
  }));
}

/** Smallest numbers of replicas that autoscalers of the graph keep, by `<namespace>/<kind>/<name>` of what they scale. */
export type Scaling = ReadonlyMap<string, number>;

/** Reads the autoscalers among some objects. */
export function scalingOf(manifests: readonly ObjectOfGraph[]): Scaling {
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

type Operated = (spec: JsonObject) => { readonly count: number; readonly spec: JsonObject } | undefined;

/** Pods that operators make of an object as soon as it is there. */
const OPERATED: { readonly [kind: string]: Operated } = {
  'Cluster.postgresql.cnpg.io': ({ instances, resources, affinity }) => ({
    count: asNumber(instances) ?? 1,
    spec: { containers: [{ resources }], ...asObject(affinity) },
  }),
  'EnvoyProxy.gateway.envoyproxy.io': (spec) => {
    const deployment = asObject(at(spec, 'provider', 'kubernetes', 'envoyDeployment'));
    return {
      count: asNumber(deployment.replicas) ?? 1,
      spec: { ...asObject(deployment.pod), containers: [deployment.container] },
    };
  },
  'InferenceService.serving.kserve.io': ({ predictor }) => {
    const { model, containers, minReplicas, ...pod } = asObject(predictor);
    return {
      count: asNumber(minReplicas) ?? 1,
      spec: { ...pod, containers: [...asObjects(containers), ...(model ? [model] : [])] },
    };
  },
};

function podsOf(
  spec: JsonObject,
  labels: { [label: string]: string },
  gpus: readonly GpuCapability[],
): Pick<PodGroup, 'amounts' | 'placement' | 'onePerNode'> {
  const terms = at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  return {
    amounts: podAmounts(spec, gpus),
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
  return asObjects(terms).some((term) => {
    const own = Object.entries(asLabels(at(term, 'labelSelector', 'matchLabels')));
    return term.topologyKey === 'kubernetes.io/hostname' && own.every(([key, value]) => labels[key] === value);
  });
}

/** What the scheduler counts: containers and sidecars together, or the largest of the init containers. */
function podAmounts(spec: JsonObject, gpus: readonly GpuCapability[]): Amounts {
  if (at(spec, 'resources', 'requests') !== undefined) return amountsOf(asObject(spec.resources), gpus);
  const inits = asObjects(spec.initContainers);
  const sidecars = inits.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const amounts = (one: JsonObject): Amounts => amountsOf(asObject(one.resources), gpus);
  const running = [...asObjects(spec.containers), ...sidecars].map(amounts);
  const before = inits.filter((one) => !sidecars.includes(one)).map(amounts);
  const largest = (of: (one: Amounts) => number): number =>
    Math.max(
      running.reduce((sum, one) => sum + of(one), 0),
      ...before.map(of),
    );
  const resources = new Set([...running, ...before].flatMap((one) => Object.keys(one.gpus)));
  return {
    cpu: largest((one) => one.cpu),
    memory: largest((one) => one.memory),
    gpus: Object.fromEntries([...resources].map((name) => [name, largest((one) => one.gpus[name] ?? 0)])),
  };
}

/** What a container asks for; a limit without a request is the request too. */
export function amountsOf(resources: JsonObject, gpus: readonly GpuCapability[]): Amounts {
  const amount = (name: string): number => asAmount(at(resources, 'requests', name) ?? at(resources, 'limits', name));
  const names = [...new Set(gpus.map(({ resourceName }) => resourceName))].filter((name) => amount(name) > 0);
  return {
    cpu: amount('cpu'),
    memory: amount('memory'),
    gpus: Object.fromEntries(names.map((name) => [name, amount(name)])),
  };
}
