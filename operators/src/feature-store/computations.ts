import { lookup } from '../../../src/contracts/lookup';
import { FeatureStoreSpec } from '../../../src/api/generated/feature-store';
import { COMPUTES } from '../../../src/kinds/feature-store/plan';
import { errorText, FlinkStatus, hasFailed, isDriverOf } from '../runtime/engine-status';
import { lastTermination } from '../runtime/observed';
import { ReportContext } from '../runtime/operator';
import { livePods, PodTrouble, troubleOf } from '../runtime/pods';
import { KubernetesObject } from '../runtime/protocol';

/** How something that computes values, or brings them to the online store, did the last time. */
export interface Computation {
  /** Kind and name, human-readable. */
  readonly name: string;
  /** The features that it computes; none for what brings values to the online store. */
  readonly features: readonly string[];
  /** Whether it failed the last time; undefined before the first time has ended. */
  readonly failed?: boolean;
  /** Why. */
  readonly message: string;
  /** Why its pods do not run, for the time being. */
  readonly trouble?: PodTrouble;
  /** Seconds since 1970 when it last succeeded. */
  readonly succeeded?: number;
  /** Whether it is a stream that runs. */
  readonly streams?: boolean;
  /** What its program said at the end. */
  readonly result?: ProgramResult;
}

type Context = ReportContext<FeatureStoreSpec>;
type Outcome = Omit<Computation, 'name' | 'features'>;

/** How the jobs of the store did the last time. Those that are not there yet have done nothing. */
export function computationsOf(context: Context): Computation[] {
  return (context.active?.objects ?? []).flatMap((desired) => {
    const { apiVersion, kind, metadata } = desired;
    const outcome = lookup(OUTCOMES, kind);
    if (!outcome) return [];
    const found = context.children.find(apiVersion, kind, metadata.name, context.namespace);
    const features = metadata.annotations?.[COMPUTES]?.split(',') ?? [];
    return [{ name: `${kind} ${metadata.name}`, features, ...(found ? outcome(context, found) : { message: '' }) }];
  });
}

const OUTCOMES: Readonly<Record<string, (context: Context, found: KubernetesObject) => Outcome>> = {
  CronJob: cronJob,
  ScheduledSparkApplication: spark,
  FlinkDeployment: flink,
};

/** A job is called like its CronJob and the minute that it was due. */
function cronJob(context: Context, { metadata, status }: KubernetesObject): Outcome {
  const { active, lastScheduleTime, lastSuccessfulTime } = (status ?? {}) as {
    readonly active?: readonly unknown[];
    readonly lastScheduleTime?: string;
    readonly lastSuccessfulTime?: string;
  };
  const isOurs = (pod: KubernetesObject): boolean => {
    const job = pod.metadata.labels?.['batch.kubernetes.io/job-name'] ?? '';
    return job.startsWith(`${metadata.name}-`) && /^\d+$/.test(job.slice(metadata.name.length + 1));
  };
  const result = lastResult(context, isOurs);
  const trouble = troubleOf(livePods(context, isOurs));
  const good = Date.parse(lastSuccessfulTime ?? '');
  const known = { ...(Number.isNaN(good) ? {} : { succeeded: good / 1000 }), ...(trouble ? { trouble } : {}) };
  const ended = Date.parse(result?.finishedAt ?? '');
  if (result && result.exitCode !== 0 && !(ended <= good)) {
    return { ...known, failed: true, message: whyFailed(result), result };
  }
  const runs = (active ?? []).length > 0;
  const missed = !runs && lastScheduleTime !== undefined && !(Date.parse(lastScheduleTime) <= good);
  if (missed)
    return { ...known, failed: true, message: 'its last job did not succeed; see the log of its pod', result };
  return { ...known, ...(Number.isNaN(good) ? {} : { failed: false }), message: '', result };
}

function spark(context: Context, found: KubernetesObject): Outcome {
  const { scheduleState, reason, pastSuccessfulRunNames, pastFailedRunNames } = (found.status ?? {}) as {
    readonly scheduleState?: string;
    readonly reason?: string;
    readonly pastSuccessfulRunNames?: readonly string[];
    readonly pastFailedRunNames?: readonly string[];
  };
  const good = newest(pastSuccessfulRunNames);
  const bad = newest(pastFailedRunNames);
  const { name } = found.metadata;
  const trouble = troubleOf(livePods(context, ({ metadata: { labels = {} } }) => isRunOf(name, labels)));
  const known = { ...(good ? { succeeded: Math.floor(good.began) } : {}), ...(trouble ? { trouble } : {}) };
  if (scheduleState === 'FailedValidation') {
    return { ...known, failed: true, message: `Spark's operator refuses the schedule: ${reason ?? 'it says not why'}` };
  }
  const last = bad && (!good || bad.began > good.began) ? bad : good;
  if (!last) return { ...known, message: '' };
  const result = lastResult(context, (pod) => isDriverOf(last.name, pod));
  if (last !== bad) return { ...known, failed: false, message: '', result };
  const message =
    result && result.exitCode !== 0 ? whyFailed(result) : `run ${last.name} failed; see the log of its driver`;
  return { ...known, failed: true, message, result };
}

/** Whether a pod is the driver of any run of a schedule. */
function isRunOf(schedule: string, labels: Readonly<Record<string, string>>): boolean {
  const run = labels['sparkoperator.k8s.io/app-name'] ?? '';
  return (
    run.startsWith(`${schedule}-`) && /^\d+$/.test(run.slice(schedule.length + 1)) && labels['spark-role'] === 'driver'
  );
}

/** A run is called like its schedule and the nanosecond that it began. */
function newest(names: readonly string[] | undefined): { readonly name: string; readonly began: number } | undefined {
  return (names ?? [])
    .map((name) => ({ name, began: Number(/-(\d+)$/.exec(name)?.[1] ?? 0) / 1e9 }))
    .sort((a, b) => a.began - b.began)
    .at(-1);
}

const BROKEN: readonly unknown[] = ['FAILED', 'FAILING', 'RESTARTING', 'CANCELED', 'CANCELLING'];

function flink(_: Context, { status }: KubernetesObject): Outcome {
  const seen = (status ?? {}) as FlinkStatus;
  const { error } = seen;
  const state = seen.jobStatus?.state;
  if (BROKEN.includes(state) || hasFailed(seen)) {
    const why = error ? `: ${firstLine(errorText(error))}` : '';
    return { failed: true, message: `its job is ${state ?? 'not there'}${why}` };
  }
  return state === 'RUNNING' ? { failed: false, message: '', streams: true } : { message: '' };
}

/** The end of what a program said: the messages of its views are told with their features. */
function whyFailed({ exitCode, text, failed }: ProgramResult): string {
  if (failed && failed.size > 0) return [...failed].map(([view, message]) => `${view}: ${message}`).join('; ');
  const last = (text ?? '').trim().split('\n').at(-1) ?? '';
  return last === '' ? `it ended with code ${exitCode}; see the log of its pod` : firstLine(last);
}

function firstLine(text: string): string {
  const [line] = text.split('\n');
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

/** Seconds by which the clocks of a node and of a store may differ. */
const CLOCK_SKEW = 300;

const COMPONENT = 'app.kubernetes.io/component';
/** The component of the pods that serve features. */
export const FEATURE_SERVER = 'feature-server';

/** What a program of a feature store's jobs says when it ends: its termination message. */
interface ProgramResult {
  readonly exitCode: number;
  /** When it ended. */
  readonly finishedAt: string;
  /** The message as it is, where it is not of our programs. */
  readonly text?: string;
  /** Messages by view; undefined where it is not known which views failed. */
  readonly failed?: ReadonlyMap<string, string>;
  /** Seconds since 1970 of the newest value, by view. */
  readonly updated: ReadonlyMap<string, number>;
  /** The same of views that are not named, at least. */
  readonly others?: number;
  /** Seconds since 1970 of the newest value of all. */
  readonly lastUpdate?: number;
  readonly offline?: { readonly bytes: number; readonly partitions: number };
  readonly online?: { readonly bytes: number; readonly keys: number };
}

/** Selects the pods of a store: of its jobs, and of its servers where they have its labels. */
export function storePods(store: string): Readonly<Record<string, unknown>> {
  return {
    matchLabels: { 'nstarx.io/feature-store': store },
    matchExpressions: [
      {
        key: COMPONENT,
        operator: 'In',
        values: ['feature-apply', 'feature-batch', 'feature-materialize', 'feature-model', FEATURE_SERVER],
      },
    ],
  };
}

/** What the last program that ended in these pods said. */
export function lastResult(context: Context, isOurs: (pod: KubernetesObject) => boolean): ProgramResult | undefined {
  const ended = lastTermination(context, isOurs);
  if (!ended) return undefined;
  const { exitCode = 0, message, finishedAt = '' } = ended;
  return { exitCode, finishedAt, ...said(message, Date.parse(finishedAt) / 1000 + CLOCK_SKEW) };
}

/**
 * A user who may make pods may write anything there: only what fits is taken.
 *
 * @param latest seconds since 1970; nothing is written later than the program ends
 */
function said(message: string | undefined, latest: number): Omit<ProgramResult, 'exitCode' | 'finishedAt'> {
  const nothing = { updated: new Map<string, number>() };
  if (message === undefined) return nothing;
  let told: unknown;
  try {
    told = JSON.parse(message);
  } catch {
    return { ...nothing, text: message };
  }
  if (!isObject(told) || told.format !== 1) return { ...nothing, text: message };
  const { failed, updated, others, lastUpdate, offline, online } = told;
  const isTime = (value: unknown): value is number => isCount(value) && value <= latest;
  const isText = (value: unknown): value is string => typeof value === 'string';
  const figures = isObject(offline) && isCount(offline.bytes) && isCount(offline.partitions) ? offline : undefined;
  const kept = isObject(online) && isCount(online.bytes) && isCount(online.keys) ? online : undefined;
  return {
    ...(isObject(failed) ? { failed: entries(failed, isText) } : {}),
    updated: isObject(updated) ? entries(updated, isTime) : nothing.updated,
    ...(isTime(others) ? { others } : {}),
    ...(isTime(lastUpdate) ? { lastUpdate } : {}),
    ...(figures ? { offline: { bytes: Number(figures.bytes), partitions: Number(figures.partitions) } } : {}),
    ...(kept ? { online: { bytes: Number(kept.bytes), keys: Number(kept.keys) } } : {}),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function entries<T>(object: Readonly<Record<string, unknown>>, fits: (value: unknown) => value is T): Map<string, T> {
  const map = new Map<string, T>();
  for (const [name, value] of Object.entries(object)) if (fits(value)) map.set(name, value);
  return map;
}
