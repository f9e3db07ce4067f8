import { FeatureStoreSpec } from '../../../src/api/generated/feature-store';
import { COMPUTES } from '../../../src/kinds/feature-store/feature-store-names';
import { ReportContext } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';
import { errorText, FlinkStatus, hasFailed } from '../data-pipeline/flink-status';
import { LastWord, lastWord } from './last-words';

/** How something that computes values, or brings them to the online store, did the last time. */
export interface Computation {
  /** Kind and name, for people. */
  readonly name: string;
  /** The features that it computes; none for what brings values to the online store. */
  readonly features: readonly string[];
  /** Whether it failed the last time; undefined before the first time has ended. */
  readonly failed?: boolean;
  /** Why. */
  readonly message: string;
  /** Seconds since 1970 when it last succeeded. */
  readonly succeeded?: number;
  /** Whether it is a stream that runs. */
  readonly streams?: boolean;
  /** What its program said at the end. */
  readonly word?: LastWord;
}

type Context = ReportContext<FeatureStoreSpec>;
type Outcome = Omit<Computation, 'name' | 'features'>;

/** How the jobs of the store did the last time. Those that are not there yet have done nothing. */
export function computationsOf(context: Context): Computation[] {
  return (context.active?.objects ?? []).flatMap((wished) => {
    const { apiVersion, kind, metadata } = wished;
    const outcome = OUTCOMES[kind];
    if (!outcome) return [];
    const found = context.children.find(apiVersion, kind, metadata.name, context.namespace);
    const features = metadata.annotations?.[COMPUTES]?.split(',') ?? [];
    return [{ name: `${kind} ${metadata.name}`, features, ...(found ? outcome(context, found) : { message: '' }) }];
  });
}

const OUTCOMES: Readonly<Record<string, ((context: Context, found: KubernetesObject) => Outcome) | undefined>> = {
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
  const word = lastWord(context, (pod) => {
    const job = pod.metadata.labels?.['batch.kubernetes.io/job-name'] ?? '';
    return job.startsWith(`${metadata.name}-`) && /^\d+$/.test(job.slice(metadata.name.length + 1));
  });
  const good = Date.parse(lastSuccessfulTime ?? '');
  const known = Number.isNaN(good) ? {} : { succeeded: good / 1000 };
  const ended = Date.parse(word?.finishedAt ?? '');
  if (word && word.exitCode !== 0 && !(ended <= good)) {
    return { ...known, failed: true, message: whyFailed(word), word };
  }
  const runs = (active ?? []).length > 0;
  const missed = !runs && lastScheduleTime !== undefined && !(Date.parse(lastScheduleTime) <= good);
  if (missed) return { ...known, failed: true, message: 'its last job did not succeed; see the log of its pod', word };
  return { ...known, ...(Number.isNaN(good) ? {} : { failed: false }), message: '', word };
}

function spark(context: Context, { status }: KubernetesObject): Outcome {
  const { scheduleState, reason, pastSuccessfulRunNames, pastFailedRunNames } = (status ?? {}) as {
    readonly scheduleState?: string;
    readonly reason?: string;
    readonly pastSuccessfulRunNames?: readonly string[];
    readonly pastFailedRunNames?: readonly string[];
  };
  const good = newest(pastSuccessfulRunNames);
  const bad = newest(pastFailedRunNames);
  const known = good ? { succeeded: Math.floor(good.began) } : {};
  if (scheduleState === 'FailedValidation') {
    return { ...known, failed: true, message: `Spark's operator refuses the schedule: ${reason ?? 'it says not why'}` };
  }
  const last = bad && (!good || bad.began > good.began) ? bad : good;
  if (!last) return { message: '' };
  const word = lastWord(
    context,
    ({ metadata: { labels = {} } }) =>
      labels['sparkoperator.k8s.io/app-name'] === last.name && labels['spark-role'] === 'driver',
  );
  if (last !== bad) return { ...known, failed: false, message: '', word };
  const message = word && word.exitCode !== 0 ? whyFailed(word) : `run ${last.name} failed; see the log of its driver`;
  return { ...known, failed: true, message, word };
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
function whyFailed({ exitCode, text, failed }: LastWord): string {
  if (failed && failed.size > 0) return [...failed].map(([view, message]) => `${view}: ${message}`).join('; ');
  const last = (text ?? '').trim().split('\n').at(-1) ?? '';
  return last === '' ? `it ended with code ${exitCode}; see the log of its pod` : firstLine(last);
}

function firstLine(text: string): string {
  const [line] = text.split('\n');
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
