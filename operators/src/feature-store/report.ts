import { FeatureStoreSpec, FeatureStoreStatusPhase as Phase } from '../../../src/api/generated/feature-store';
import { ConditionReport } from '../runtime/conditions';
import { toSeconds } from '../runtime/observed';
import { Report, ReportContext } from '../runtime/operator';
import { Computation, computationsOf } from './computations';
import { FeatureState, featureStates } from './feature-states';
import { hasOlderDefinitions } from './kept-definitions';
import { registrationOf } from './registration';
import { observeServers, ServerState } from './server-state';

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
        serving: servers.answers || !servers.wished ? states.filter((one) => one.fresh === true).length : 0,
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
    return wasServed && servers.wished && !servers.answers ? Phase.DEGRADED : Phase.PROVISIONING;
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
    return { type, status: false, reason: 'InvalidSpec', message: `${problems.toString()}${meanwhile}` };
  }
  if (servers.failure !== undefined) {
    const message = `The feature servers do not become ready: ${servers.failure}. Look at their events and logs`;
    return { type, status: false, reason: 'ServersFailed', message };
  }
  if (registered.status !== true) {
    return { type, status: false, reason: registered.reason, message: registered.message };
  }
  if (!servers.wished) {
    const message = 'The definitions are registered; there are no feature servers, because there is no online store';
    return { type, status: true, reason: 'Registered', message };
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
    ...computations.flatMap(({ word }) => word?.lastUpdate ?? []),
    ...states.flatMap(({ updated }) => updated ?? []),
    Date.parse(String(parent.status?.lastUpdate)) / 1000,
  ].filter((time) => time > 0);
  return times.length > 0 ? { lastUpdate: toSeconds(Math.max(...times) * 1000) } : {};
}

/** What the last materialization found; what was known before, where its pod is gone. */
function storage({ parent }: Context, computations: readonly Computation[]): object {
  const found = computations.flatMap(({ word }) => word?.offline ?? []).at(-1);
  if (found) return { storage: { offline: { size: sizeText(found.bytes), partitions: found.partitions } } };
  const before = parent.status?.storage;
  return before === undefined ? {} : { storage: before };
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
