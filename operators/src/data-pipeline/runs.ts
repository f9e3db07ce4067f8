import { lookup } from '../../../src/contracts/lookup';
import { DataPipelineSpec, PipelineEngine } from '../../../src/api/generated/data-pipeline';
import { DataPipelineObjects } from '../../../src/kinds/data-pipeline/data-pipeline-objects';
import { baseName } from '../../../src/kinds/data-pipeline/plan';
import { dataPipelineSettings } from '../../../src/kinds/operators/kind-settings';
import { observedZone, placementIn } from '../ai-zone/placement';
import { isDriverOf, SPARK } from '../runtime/engine-status';
import { SyncContext } from '../runtime/operator';
import { livePods, PodTrouble, troubleOf } from '../runtime/pods';
import { KubernetesObject } from '../runtime/protocol';
import { renderedOnce } from '../runtime/render';

/** What the operator knows of a DataPipeline. */
export type DataPipelineContext = SyncContext<DataPipelineSpec>;

/** Whether the pipeline is a stream, which runs without end. */
export function isStream({ spec }: DataPipelineContext): boolean {
  return spec.engine === PipelineEngine.FLINK;
}

/** The objects that the spec means, whether or not it is suspended. */
export const renderedSpec = renderedOnce<DataPipelineSpec>((chart, { name, namespace, spec, settings, related }) => {
  const zone = observedZone(related, spec.zone);
  new DataPipelineObjects(chart, 'pipeline', {
    name,
    namespace,
    spec,
    zone: zone && placementIn(zone),
    settings: dataPipelineSettings(settings),
  });
});

/** The label of the runs that Spark's operator makes of a ScheduledSparkApplication. */
const SCHEDULED_LABEL = 'sparkoperator.k8s.io/scheduled-app-name';

/** How a run is, as a phase of a DataPipeline's status. */
type RunState = 'Pending' | 'Running' | 'Completed' | 'Failed' | 'Suspended';

const STATES: Readonly<Record<string, RunState>> = {
  RUNNING: 'Running',
  SUCCEEDING: 'Running',
  // it failed and may be tried again, or is
  FAILING: 'Running',
  PENDING_RERUN: 'Running',
  INVALIDATING: 'Running',
  UNKNOWN: 'Running',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  SUSPENDING: 'Suspended',
  SUSPENDED: 'Suspended',
};

/** What the program says when it ends: `programs/pipeline-runner/src/main.py`. */
interface RunResult {
  readonly message?: string;
  readonly recordsWritten?: number;
  readonly failedChecks: readonly string[];
  readonly durationSeconds?: number;
  /** The code that the program ended with. 3: a quality check failed the run. */
  readonly exitCode?: number;
}

/** A run of a pipeline on Spark, as it was observed. */
export interface Run {
  readonly name: string;
  readonly state: RunState;
  /** When it began. */
  readonly began: string;
  /** What Spark's operator says of a failure. */
  readonly error?: string;
  /** Seconds from the start of the last attempt to its end. */
  readonly seconds?: number;
  /** Whether it was stopped because it took too long. */
  readonly timedOut: boolean;
  /** Why its driver does not run, for the time being. */
  readonly trouble?: PodTrouble;
  /** How many of its executors wait for a node, when all do. */
  readonly waitingExecutors: number;
  readonly result?: RunResult;
}

/** The schedule of the pipeline, as it was observed. */
export function observedSchedule({ children, name, namespace }: DataPipelineContext): KubernetesObject | undefined {
  const found = children.find(SPARK, 'ScheduledSparkApplication', baseName(name), namespace);
  return found?.metadata.deletionTimestamp === undefined ? found : undefined;
}

/** The SparkApplications that Spark's operator made of the schedule. */
export function scheduledRuns({ children, name }: DataPipelineContext): KubernetesObject[] {
  return children
    .all(SPARK, 'SparkApplication')
    .filter(({ metadata }) => metadata.labels?.[SCHEDULED_LABEL] === baseName(name))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/**
 * The runs of the pipeline, newest first: those of its schedule, or the one of its spec, and those that were asked for.
 *
 * @param requested those that were asked for
 */
export function runsOf(
  context: DataPipelineContext,
  desired: readonly KubernetesObject[],
  requested: readonly KubernetesObject[],
): Run[] {
  const single = desired.find(({ kind }) => kind === 'SparkApplication');
  const { children, namespace } = context;
  const applications = single
    ? [children.find(SPARK, 'SparkApplication', single.metadata.name, namespace)]
    : scheduledRuns(context);
  return [...applications, ...requested]
    .flatMap((application) => (application ? [runOf(context, application)] : []))
    .sort((a, b) => Date.parse(b.began) - Date.parse(a.began) || (a.name < b.name ? 1 : -1));
}

/** Whether a run has not ended. */
export function isLive({ status }: KubernetesObject): boolean {
  return !['COMPLETED', 'FAILED'].includes(stateText(status) ?? '');
}

/** How a SparkApplication is. */
export function stateOfRun({ status }: KubernetesObject): RunState {
  return lookup(STATES, stateText(status)) ?? 'Pending';
}

function runOf(context: DataPipelineContext, application: KubernetesObject): Run {
  const { related } = context;
  const { metadata, status } = application;
  const state = stateOfRun(application);
  const { lastSubmissionAttemptTime, terminationTime, applicationState, executorState } = (status ?? {}) as {
    readonly lastSubmissionAttemptTime?: string | null;
    readonly terminationTime?: string | null;
    readonly applicationState?: { readonly errorMessage?: string };
    readonly executorState?: Readonly<Record<string, string>>;
  };
  const executors = Object.values(executorState ?? {}).filter((one) => one === 'PENDING' || one === 'RUNNING');
  const took = (Date.parse(terminationTime ?? '') - Date.parse(lastSubmissionAttemptTime ?? '')) / 1000;
  const driver = related.all('v1', 'Pod').find((pod) => isDriverOf(metadata.name, pod));
  return {
    name: metadata.name,
    state,
    began: metadata.creationTimestamp ?? '1970-01-01T00:00:00Z',
    error: applicationState?.errorMessage,
    seconds: took >= 0 ? took : undefined,
    timedOut: driver?.status?.reason === 'DeadlineExceeded',
    trouble: troubleOf(livePods(context, (pod) => isDriverOf(metadata.name, pod))),
    waitingExecutors: executors.includes('RUNNING') ? 0 : executors.length,
    result: driver && resultOf(driver),
  };
}

function stateText(status: KubernetesObject['status']): string | undefined {
  return (status as { readonly applicationState?: { readonly state?: string } } | undefined)?.applicationState?.state;
}

interface ContainerStatus {
  readonly name?: string;
  readonly state?: { readonly terminated?: { readonly message?: string; readonly exitCode?: number } };
}

/** What the driver's container wrote when it ended. A user who may make pods may write anything there: only what fits is taken. */
function resultOf({ status }: KubernetesObject): RunResult | undefined {
  const statuses = (status as { readonly containerStatuses?: readonly ContainerStatus[] } | undefined)
    ?.containerStatuses;
  const ended = statuses?.find(({ name }) => name === 'spark-kubernetes-driver')?.state?.terminated;
  if (ended?.message === undefined) return undefined;
  let told: unknown;
  try {
    told = JSON.parse(ended.message);
  } catch {
    return undefined;
  }
  if (typeof told !== 'object' || told === null) return undefined;
  const { message, recordsWritten, failedChecks, durationSeconds } = told as Readonly<Record<string, unknown>>;
  const checks = Array.isArray(failedChecks) ? failedChecks.filter(isCheckName) : [];
  return {
    ...(typeof message === 'string' ? { message } : {}),
    ...(isCount(recordsWritten) ? { recordsWritten } : {}),
    failedChecks: [...new Set(checks)].slice(0, 64),
    ...(typeof durationSeconds === 'number' && durationSeconds >= 0 ? { durationSeconds } : {}),
    exitCode: ended.exitCode,
  };
}

function isCheckName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 63;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
