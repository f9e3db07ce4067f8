import {
  FeatureDefinition,
  FeatureSourceType,
  FeatureStoreSpec,
  FeatureStoreStatusPhase as Phase,
} from '../../../src/api/generated/feature-store';
import { durationSeconds } from '../../../src/contracts/duration';
import { lookup } from '../../../src/contracts/lookup';
import { featureModel } from '../../../src/kinds/feature-store/features';
import { feastLabels } from '../../../src/kinds/feature-store/plan';
import { conditionOf, ConditionReport } from '../runtime/conditions';
import { toSeconds } from '../runtime/observed';
import { Report, ReportContext } from '../runtime/operator';
import { livePods, PodTrouble, troubleOf } from '../runtime/pods';
import { KubernetesObject } from '../runtime/protocol';
import { leastReplicas, rolloutOf } from '../runtime/rollout';
import { Computation, computationsOf, FEATURE_SERVER } from './computations';
import { hasOlderDefinitions, registrationOf } from './definitions';

type Context = ReportContext<FeatureStoreSpec>;

/** Seconds between looks for definitions that have expired. */
const EXPIRY = 3600;

/** The state of a feature store, as it was observed. */
export function report(context: Context): Report {
  const computations = computationsOf(context);
  const servers = observeServers(context);
  const registered = registrationOf(context);
  const states = featureStates(context, computations, servers);
  const computed = computedCondition(states, computations);
  const fresh = freshCondition(context, states);
  const ready = readiness(context, servers, registered);
  return {
    phase: phaseOf(context, servers, [registered, computed, fresh]),
    fields: {
      ...lastUpdate(context, computations, states),
      features: {
        total: states.length,
        serving: servers.answers || !servers.desired ? states.filter((one) => one.fresh === true).length : 0,
        failing: states.filter(({ failing }) => failing).length,
      },
      ...storage(context, computations),
    },
    conditions: [ready, registered, computed, fresh],
    ...(hasOlderDefinitions(context) ? { resyncAfterSeconds: EXPIRY } : {}),
  };
}

function phaseOf(context: Context, servers: ServerState, parts: readonly ConditionReport[]): Phase {
  const { active, problems, parent } = context;
  if (!active) return problems.isEmpty ? Phase.PENDING : Phase.FAILED;
  const [registered, ...values] = parts;
  const failed = servers.failure !== undefined || registered.status === false;
  if (failed) return servers.answers ? Phase.DEGRADED : Phase.FAILED;
  const before = parent.status?.phase;
  const wasServed = before === Phase.SERVING || before === Phase.DEGRADED;
  if (!servers.ready || registered.status !== true) {
    if (context.children.everything().length === 0) return Phase.PENDING;
    return wasServed && servers.desired && !servers.answers ? Phase.DEGRADED : Phase.PROVISIONING;
  }
  const bad = values.some(({ status, reason }) => status === false && reason !== 'Suspended');
  return bad || !problems.isEmpty ? Phase.DEGRADED : Phase.SERVING;
}

/** Ready when the features of the spec can be asked for; how good their values are is told by the other conditions. */
function readiness(context: Context, servers: ServerState, registered: ConditionReport): ConditionReport {
  const type = 'Ready';
  const { problems } = context;
  const meanwhile = servers.answers ? '; the last good definitions are served meanwhile' : '';
  if (!problems.isEmpty) {
    return { type, status: false, reason: problems.reason, message: `${problems.toString()}${meanwhile}` };
  }
  if (servers.failure !== undefined) {
    const message = `The feature servers do not become ready: ${servers.failure}. Look at their events and logs`;
    return { type, status: false, reason: 'ServersFailed', message };
  }
  if (registered.status !== true) {
    return { type, status: false, reason: registered.reason, message: registered.message };
  }
  if (!servers.desired) {
    const message = 'The definitions are registered; there are no feature servers, because there is no online store';
    return { type, status: true, reason: 'Registered', message };
  }
  const { trouble } = servers;
  if (trouble) {
    const message = `Feature servers: ${trouble.message} (${servers.message})`;
    return { type, status: false, reason: trouble.reason, message };
  }
  const message = `Feature servers: ${servers.message}`;
  return { type, status: servers.ready, reason: servers.ready ? 'Serving' : 'Starting', message };
}

/** Whether everything that computes values, or brings them online, succeeded the last time. */
function computedCondition(states: readonly FeatureState[], computations: readonly Computation[]): ConditionReport {
  const type = 'Computed';
  const failed = computations.filter((one) => one.failed);
  if (failed.length > 0) {
    const names = list(states.filter(({ failing }) => failing).map(({ name }) => name));
    const why = failed.map(({ name, message }) => `${name}: ${message}`).join('; ');
    const what = names === '' ? '' : `Not computed: ${names}. `;
    return { type, status: false, reason: 'Failed', message: `${what}${why}` };
  }
  const waiting = computations.filter((one) => one.failed === undefined).map(({ name }) => name);
  const troubles = computations.flatMap(({ name, trouble }) => (trouble ? `${name}: ${trouble.message}` : []));
  const [held] = computations.flatMap(({ trouble }) => trouble ?? []);
  if (held) return { type, status: 'Unknown', reason: held.reason, message: `Cannot begin: ${troubles.join('; ')}` };
  return waiting.length > 0
    ? { type, status: 'Unknown', reason: 'NotYet', message: `Not done a first time yet: ${list(waiting)}` }
    : { type, status: true, reason: 'Succeeded', message: 'All that computes features succeeded the last time' };
}

/** Whether no value is older than its feature allows. */
function freshCondition({ spec }: Context, states: readonly FeatureState[]): ConditionReport {
  const type = 'Fresh';
  const names = (is: boolean | undefined): string[] =>
    states.filter(({ fresh }) => fresh === is).map(({ name }) => name);
  const stale = names(false);
  if (stale.length > 0) {
    const message = `Older than maxAge: ${list(stale)}`;
    return spec.suspend
      ? { type, status: false, reason: 'Suspended', message: `${message}; nothing is computed: spec.suspend is true` }
      : {
          type,
          status: false,
          reason: 'Stale',
          message: `${message}; see why in Computed, or compute them more often`,
        };
  }
  const unknown = names(undefined);
  return unknown.length > 0
    ? { type, status: 'Unknown', reason: 'NotKnown', message: `No value is known yet of ${list(unknown)}` }
    : { type, status: true, reason: 'Fresh', message: 'Every feature has a value that is not stale' };
}

/** When a value was last written; what was known before, where nothing newer is. */
function lastUpdate(
  { parent }: Context,
  computations: readonly Computation[],
  states: readonly FeatureState[],
): object {
  const times = [
    ...computations.flatMap(({ result }) => result?.lastUpdate ?? []),
    ...states.flatMap(({ updated }) => updated ?? []),
    Date.parse(String(parent.status?.lastUpdate)) / 1000,
  ].filter((time) => time > 0);
  return times.length > 0 ? { lastUpdate: toSeconds(Math.max(...times) * 1000) } : {};
}

/** What the last materialization found; what was known before, where its pod is gone. */
function storage({ parent }: Context, computations: readonly Computation[]): object {
  const offline = computations.flatMap(({ result }) => result?.offline ?? []).at(-1);
  const online = computations.flatMap(({ result }) => result?.online ?? []).at(-1);
  const before = parent.status?.storage as object | undefined;
  if (!offline && !online) return before === undefined ? {} : { storage: before };
  return {
    storage: {
      ...before,
      ...(online ? { online: { size: sizeText(online.bytes), keys: online.keys } } : {}),
      ...(offline ? { offline: { size: sizeText(offline.bytes), partitions: offline.partitions } } : {}),
    },
  };
}

function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let size = bytes;
  let unit = 0;
  for (; size >= 999.5 && unit < units.length - 1; unit++) size /= 1000;
  return `${unit === 0 || size >= 100 ? Math.round(size) : Number(size.toPrecision(2))}${units[unit]}`;
}

function list(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');
}

/** How a feature stands. */
interface FeatureState {
  readonly name: string;
  /** Seconds since 1970 when its newest value was written. */
  readonly updated?: number;
  /** Whether it has a value that is not stale; undefined when nothing is known of its values. */
  readonly fresh?: boolean;
  /** Whether the last computation of it failed. */
  readonly failing: boolean;
}

/** How the features stand that are desired now. One that is computed on request is as good as the servers. */
function featureStates(
  { active, spec, name, namespace, now }: ReportContext<FeatureStoreSpec>,
  computations: readonly Computation[],
  servers: ServerState,
): FeatureState[] {
  const desired = active?.spec ?? spec;
  const present = Date.parse(now) / 1000;
  const views = active ? viewsOf(`FeatureStore ${namespace}/${name}`, desired) : new Map<string, string>();
  return desired.features.map((feature): FeatureState => {
    if (feature.source.type === FeatureSourceType.REQUEST) {
      return { name: feature.name, fresh: servers.answers ? true : undefined, failing: false };
    }
    const view = views.get(feature.name) ?? feature.name;
    const involved = computations.filter(({ features }) => features.length === 0 || features.includes(feature.name));
    const streams = feature.source.type === FeatureSourceType.STREAMING;
    const failing = involved.some(
      // what is streamed is not materialized
      (one) => one.failed === true && !(streams && one.features.length === 0) && failedHere(one, view),
    );
    const updated = updatedAt(involved, view);
    return { name: feature.name, updated, fresh: isFresh(feature, updated, involved, present), failing };
  });
}

/** A stream that runs keeps its feature fresh, unless it is known that nothing came. */
function isFresh(
  { maxAge }: FeatureDefinition,
  updated: number | undefined,
  involved: readonly Computation[],
  present: number,
): boolean | undefined {
  if (updated === undefined) return involved.some(({ streams }) => streams) ? true : undefined;
  return maxAge === undefined || present - updated <= durationSeconds(maxAge);
}

/** View by feature. */
function viewsOf(where: string, spec: FeatureStoreSpec): Map<string, string> {
  const { views } = featureModel(where, spec);
  return new Map(views.flatMap((view) => view.features.map((feature) => [feature.name, view.name] as const)));
}

/** Where a program does not say which views failed, all have. */
function failedHere({ result }: Computation, view: string): boolean {
  return result?.failed === undefined || result.failed.size === 0 || result.failed.has(view);
}

function updatedAt(computations: readonly Computation[], view: string): number | undefined {
  const times = computations.flatMap(({ features, succeeded, result }) => [
    result?.updated.get(view) ?? result?.others ?? [],
    // a job that brings values online may find no new ones
    features.length > 0 ? (succeeded ?? []) : [],
  ]);
  const known = times.flat();
  return known.length > 0 ? Math.max(...known) : undefined;
}

/** How the feature servers stand. */
interface ServerState {
  /** Whether the store has any. */
  readonly desired: boolean;
  /** Whether any server answers, of whatever version. */
  readonly answers: boolean;
  /** Whether all servers answer, with the definitions that are desired now. */
  readonly ready: boolean;
  readonly message: string;
  /** Why they will not get ready by themselves. */
  readonly failure?: string;
  /** Why their pods do not run, for the time being. */
  readonly trouble?: PodTrouble;
}

/** How the feature servers stand, from their Deployment or from the FeatureStore of Feast's operator. */
function observeServers(context: ReportContext<FeatureStoreSpec>): ServerState {
  const { active, children, namespace } = context;
  const desired = active?.objects.find((object) => isFeast(object) || isServer(object));
  if (!desired) return { desired: false, answers: false, ready: true, message: 'there is no online store' };
  const found = children.find(desired.apiVersion, desired.kind, desired.metadata.name, namespace);
  const where = `${desired.kind} ${desired.metadata.name}`;
  if (!found) return { desired: true, answers: false, ready: false, message: `${where} is not there yet` };
  return isFeast(desired) ? ofFeast(context, found, desired, where) : ofDeployment(context, found, desired, where);
}

function isFeast({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion === 'feast.dev/v1' && kind === 'FeatureStore';
}

function isServer({ kind, spec }: KubernetesObject): boolean {
  const template = spec?.template as { readonly metadata?: KubernetesObject['metadata'] } | undefined;
  return kind === 'Deployment' && template?.metadata?.labels?.['app.kubernetes.io/component'] === FEATURE_SERVER;
}

function ofDeployment(
  context: ReportContext<FeatureStoreSpec>,
  found: KubernetesObject,
  desired: KubernetesObject,
  where: string,
): ServerState {
  const least = leastReplicas([desired]);
  const { observed, ready, availableReplicas, updatedReplicas, failure } = rolloutOf(found, least);
  const state = { desired: true, answers: availableReplicas > 0 };
  if (definitionsOf(found) !== definitionsOf(desired) || !observed) {
    return { ...state, ready: false, message: `${where} has just changed` };
  }
  const message = `${availableReplicas} of ${least} servers answer, ${updatedReplicas} have the desired definitions`;
  if (ready) return { ...state, ready, message };
  const trouble = troubleOf(livePods(context, isServerPod));
  if (!failure) return { ...state, ready, message, ...(trouble ? { trouble } : {}) };
  // a Deployment that is over its deadline says only that; its pods say why
  const why = (failure.reason === 'ProgressDeadlineExceeded' && trouble?.message) || failure.message;
  return { ...state, ready, message, failure: `${where}: ${why}` };
}

/** Metacontroller shows the operator the pods of this store only. */
function isServerPod({ metadata }: KubernetesObject): boolean {
  return metadata.labels?.['app.kubernetes.io/component'] === FEATURE_SERVER;
}

/** Feast's operator says with which definitions its servers run in an annotation of their pods, which is part of its spec. */
function ofFeast(
  context: ReportContext<FeatureStoreSpec>,
  found: KubernetesObject,
  desired: KubernetesObject,
  where: string,
): ServerState {
  const { phase } = (found.status ?? {}) as { readonly phase?: string };
  const condition = conditionOf(found, 'FeatureStore');
  const said = condition?.message ?? 'its operator has not said anything yet';
  const current =
    definitionsOf(found) === definitionsOf(desired) &&
    (condition?.observedGeneration ?? found.metadata.generation) === found.metadata.generation;
  const ready = phase === 'Ready' && current;
  const [[label, name]] = Object.entries(feastLabels(context.name));
  const isOurs = ({ metadata }: KubernetesObject): boolean => lookup(metadata.labels, label) === name;
  const trouble = ready ? undefined : troubleOf(livePods(context, isOurs));
  return {
    desired: true,
    answers: phase === 'Ready',
    ready,
    message: `${where}: ${said}`,
    // its operator says of a Deployment that it is not there, and its pods say why
    ...(phase === 'Failed' && current ? { failure: `${where}: ${trouble?.message ?? said}` } : {}),
    ...(trouble ? { trouble } : {}),
  };
}

interface Volumes {
  readonly volumes?: readonly { readonly name: string; readonly configMap?: { readonly name?: string } }[];
}

/** Name of the ConfigMap with the definitions that the servers read. */
function definitionsOf({ kind, spec }: KubernetesObject): string | undefined {
  const template = spec?.template as { readonly spec?: Volumes } | undefined;
  const pod = kind === 'Deployment' ? template?.spec : (spec?.services as Volumes | undefined);
  return pod?.volumes?.find(({ name }) => name === 'repository')?.configMap?.name;
}
