import { lookup } from '../../../src/contracts/lookup';
import { AIModelSpec, AIModelStatusPhase as Phase } from '../../../src/api/generated/ai-model';
import { URL_ANNOTATION } from '../../../src/kinds/ai-model/network';
import { predictorName } from '../../../src/kinds/ai-model/operator';
import { serverSelector } from '../../../src/kinds/ai-model/plan';
import { CONTENT_ANNOTATION } from '../../../src/kinds/ai-model/pod';
import { CHILD, childName } from '../../../src/kinds/child-names';
import { ConditionReport, conditionOf } from '../runtime/conditions';
import { Report, ReportContext } from '../runtime/operator';
import { livePods, PodTrouble, troubleOf } from '../runtime/pods';
import { JsonObject, KubernetesObject } from '../runtime/protocol';
import { leastReplicas, Rollout, rolloutOf } from '../runtime/rollout';
import { zoneOf } from './context';
import { baselineCondition } from './jobs';

type Context = ReportContext<AIModelSpec>;

/** Says what was observed of a model: nothing is served before its pods say so. */
export function report(context: Context): Report {
  const { active, name, spec } = context;
  const server = observeServer(context);
  const ready = server.ready && isCurrent(context);
  const version = servedVersion(context, server);
  const selector = Object.entries(serverSelector(name)).map(([key, value]) => `${key}=${value}`);
  const kept = [...new Set(context.revisions.map((revision) => revision.version))];
  const drift = baselineCondition(context, active?.spec ?? spec);
  return {
    phase: phaseOf(context, server),
    fields: {
      ...(version === undefined ? {} : { version }),
      replicas: server.replicas,
      readyReplicas: server.readyReplicas,
      selector: selector.join(','),
      endpoints: server.readyReplicas > 0 ? observedEndpoints(context) : [],
      revisions: kept.filter((one) => one !== active?.version && one !== spec.version),
    },
    conditions: [
      { type: 'Ready', status: ready, ...reasonOf(context, server) },
      ...(spec.serving.zone === undefined ? [] : [zoneCondition(context)]),
      ...(drift ? [drift] : []),
    ],
  };
}

/** The version that answers: that of the last report, until all replicas are of what is desired now. */
function servedVersion({ active, parent }: Context, server: ServerState): string | undefined {
  if (server.ready) return active?.version;
  const before = parent.status?.version;
  return server.readyReplicas > 0 && typeof before === 'string' ? before : undefined;
}

/** Whether what is desired is what the spec asks for, not the last good one because the spec cannot be done. */
function isCurrent({ active, problems, preflight }: Context): boolean {
  return active !== undefined && problems.isEmpty && (preflight?.passed ?? true);
}

function phaseOf(context: Context, server: ServerState): Phase {
  const { active, problems, preflight, rolledBack } = context;
  if (!active) {
    const failed = !problems.isEmpty || preflight?.condition.status === 'False';
    return failed ? Phase.FAILED : Phase.PENDING;
  }
  if (!isCurrent(context)) {
    // a version that is only being looked for takes nothing away from the one that is served
    if (problems.isEmpty && preflight?.condition.status === 'Unknown') return Phase.DEPLOYING;
    return server.readyReplicas > 0 ? Phase.DEGRADED : Phase.FAILED;
  }
  if (server.ready) return Phase.SERVING;
  if (server.failure) return server.readyReplicas > 0 ? Phase.DEGRADED : Phase.FAILED;
  // in a bad way when it was served before, whether or not it is an older version; on its way otherwise
  if (server.settled) return Phase.DEGRADED;
  return rolledBack ? Phase.ROLLING_BACK : Phase.DEPLOYING;
}

function reasonOf(context: Context, server: ServerState): Pick<ConditionReport, 'reason' | 'message'> {
  const { active, problems, preflight, rolledBack, spec } = context;
  const version = servedVersion(context, server) ?? active?.version;
  const serving =
    active && server.readyReplicas > 0 ? `; version ${version} is served meanwhile` : '; nothing is served';
  if (!problems.isEmpty) return { reason: problems.reason, message: `${problems.toString()}${serving}` };
  if (preflight && !preflight.passed) {
    return { reason: `Artifact${preflight.condition.reason}`, message: `${preflight.condition.message}${serving}` };
  }
  if (server.ready) {
    const message = `${server.readyReplicas} of ${server.replicas} replicas serve version ${active?.version}`;
    return rolledBack
      ? { reason: 'RolledBack', message: `${message}, not ${spec.version}: remove spec.rollbackTo to serve that` }
      : { reason: 'Serving', message };
  }
  const { failure, trouble, settled } = server;
  // a Deployment that is over its deadline says only that; its pods say why
  if (failure && !(trouble && failure.reason === 'ProgressDeadlineExceeded')) return failure;
  const message = `${server.readyReplicas} replicas are ready: ${server.waitingFor}`;
  if (trouble) return { reason: trouble.reason, message: `${trouble.message} (${message})` };
  return { reason: settled ? 'ReplicasLost' : rolledBack ? 'RollingBack' : 'Deploying', message };
}

/** Where the model is, seen from its zone. */
function zoneCondition(context: Context): ConditionReport {
  const { namespace, spec } = context;
  const type = 'InZone';
  const zone = zoneOf(context);
  if (!zone) {
    const message = `There is no AIZone ${spec.serving.zone}: create it, or correct spec.serving.zone`;
    return { type, status: false, reason: 'NoSuchZone', message };
  }
  if (zone.namespace !== namespace) {
    const message =
      `The model runs on the nodes of zone ${zone.name} and within its GPUs, but in its own namespace: quota, network rules and ingress ` +
      `are those of ${namespace}. To have the zone's, create the model in ${zone.namespace}`;
    return { type, status: true, reason: 'OnItsNodes', message };
  }
  return { type, status: true, reason: 'InItsNamespace', message: `The model runs in zone ${zone.name}` };
}

/** Most endpoints that a status has. */
const MOST_ENDPOINTS = 64;

/**
 * URLs under which a model answers: inside the cluster, and outside for each path of its route, when the Gateway has accepted it.
 */
function observedEndpoints({ children, name, namespace, active }: Context): string[] {
  const urls: string[] = [];
  const service = children.find('v1', 'Service', childName(name, CHILD.MODEL), namespace);
  const ports = (service?.spec?.ports ?? []) as readonly { readonly name: string; readonly port: number }[];
  const http = ports.find((port) => port.name === 'http');
  if (service && http) urls.push(`http://${service.metadata.name}.${namespace}.svc.cluster.local:${http.port}`);
  const route = children.find('gateway.networking.k8s.io/v1', 'HTTPRoute', childName(name, CHILD.MODEL), namespace);
  if (route && isAccepted(route)) {
    const url = route.metadata.annotations?.[URL_ANNOTATION] ?? '';
    const paths = active?.spec.endpoints?.map(({ path }) => path) ?? [''];
    if (url !== '') urls.push(...paths.map((path) => `${url}${path}`));
  }
  return [...new Set(urls)].slice(0, MOST_ENDPOINTS);
}

function isAccepted({ status }: KubernetesObject): boolean {
  const parents = (status?.parents ?? []) as readonly { readonly conditions?: readonly JsonObject[] }[];
  return parents.some(({ conditions = [] }) =>
    conditions.some(({ type, status: value }) => type === 'Accepted' && value === 'True'),
  );
}

/** How the server of a model stands. */
interface ServerState {
  readonly replicas: number;
  readonly readyReplicas: number;
  /** Whether all replicas are of what is desired now and answer. */
  readonly ready: boolean;
  /** Whether what is desired now was served once: what is missing since was lost, and is no roll-out. */
  readonly settled: boolean;
  /** What is not there yet, as the end of a sentence. */
  readonly waitingFor: string;
  /** Why it will not get ready by itself. */
  readonly failure?: { readonly reason: string; readonly message: string };
  /** Why its pods do not run, for the time being. */
  readonly trouble?: PodTrouble;
}

const INFERENCE_SERVICE = ['serving.kserve.io/v1beta1', 'InferenceService'] as const;

/**
 * How the server stands, from its Deployment (KServe's or ours), its InferenceService and its pods. KServe does not say to which
 * generation an InferenceService's status refers: the annotation that it passes on to the Deployment tells.
 */
function observeServer(context: Context): ServerState {
  const { active, children, name, namespace, related } = context;
  const desired = active?.objects.find(({ kind }) => kind === 'InferenceService' || kind === 'Deployment');
  const withKserve = desired?.kind === 'InferenceService';
  const service = withKserve ? children.find(...INFERENCE_SERVICE, name, namespace) : undefined;
  const deployment = withKserve
    ? related.find('apps/v1', 'Deployment', predictorName(name), namespace)
    : children.find('apps/v1', 'Deployment', childName(name, CHILD.MODEL), namespace);
  const least = leastReplicas(active?.objects ?? []);
  const rollout = deployment && rolloutOf(deployment, least);
  const current = desired !== undefined && deployment !== undefined && contentOf(deployment) === contentOf(desired);
  const waitingFor = !desired
    ? 'no version can be served yet'
    : withKserve && !service
      ? 'the InferenceService is not there yet'
      : !rollout
        ? withKserve
          ? 'KServe makes the Deployment'
          : 'the Deployment is not there yet'
        : !current
          ? 'the Deployment is still the previous one'
          : waitsFor(rollout, least, service);
  const ready = waitingFor === '';
  return {
    replicas: rollout?.replicas ?? 0,
    readyReplicas: rollout?.readyReplicas ?? 0,
    ready,
    settled: current && rollout !== undefined && wasServed(context, rollout),
    waitingFor,
    failure: ready ? undefined : (failureOfKserve(service) ?? (current ? rollout?.failure : undefined)),
    trouble: ready ? undefined : troubleOf(livePods(context, isServerOf(name)), RUN_AS_USER),
  };
}

/** A Deployment without a deadline does not say whether its roll-out was over once; then the last report does. */
function wasServed({ parent }: Context, { settled, tellsProgress, updated }: Rollout): boolean {
  const before = parent.status?.phase;
  return tellsProgress ? settled : updated && (before === Phase.SERVING || before === Phase.DEGRADED);
}

const RUN_AS_USER =
  "set spec.serving.runAsUser to the number of the image's user, or build the image with a numeric one";

function isServerOf(model: string): (pod: KubernetesObject) => boolean {
  const selector = Object.entries(serverSelector(model));
  return ({ metadata }) => selector.every(([label, value]) => lookup(metadata.labels, label) === value);
}

/** What a Deployment of the desired content still lacks, as the end of a sentence; empty when nothing. */
function waitsFor(rollout: Rollout, least: number, service: KubernetesObject | undefined): string {
  if (!rollout.observed) return 'the Deployment has just changed';
  if (!rollout.updated) {
    return `${rollout.updatedReplicas} of ${Math.max(least, rollout.replicas)} replicas are of the desired version`;
  }
  if (!rollout.ready) return `${least} replicas are desired`;
  const kserve = conditionOf(service, 'Ready');
  if (!service || kserve?.status === 'True') return '';
  return kserve?.message || 'KServe does not say yet that it is ready';
}

/** Why KServe does not serve, which it says in two places: the status of the model, and that of the Deployment that it makes. */
function failureOfKserve(service: KubernetesObject | undefined): ServerState['failure'] {
  const { transitionStatus, lastFailureInfo } = (service?.status?.modelStatus ?? {}) as {
    readonly transitionStatus?: string;
    readonly lastFailureInfo?: JsonObject;
  };
  if (transitionStatus === 'BlockedByFailedLoad' || transitionStatus === 'InvalidSpec') {
    const reason = text(lastFailureInfo?.reason) || transitionStatus;
    const message = text(lastFailureInfo?.message) || `KServe says ${transitionStatus}`;
    // it does not say which runtime it means
    const { model } = (service?.spec?.predictor ?? {}) as { readonly model?: { readonly runtime?: string } };
    const named = transitionStatus === 'InvalidSpec' && model?.runtime !== undefined;
    return { reason, message: named ? `${message} (${model.runtime})` : message };
  }
  const predictor = conditionOf(service, 'PredictorReady');
  if (predictor?.status !== 'False' || predictor.reason !== 'ReconcileFailed') return undefined;
  return { reason: predictor.reason, message: predictor.message ?? '' };
}

function contentOf({ spec, kind, metadata }: KubernetesObject): string | undefined {
  const predictor = spec?.predictor as { readonly annotations?: { readonly [key: string]: string } } | undefined;
  return (kind === 'InferenceService' ? predictor?.annotations : metadata.annotations)?.[CONTENT_ANNOTATION];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
