import { RUN_LABEL, STAGE_LABEL } from '../../../src/kinds/ml-workflow/stage-context';
import { durationText } from '../../../src/contracts/duration';
import { KubernetesObject } from '../runtime/protocol';
import { ArgoNode, ArgoRun } from './argo-run';

/** A stage in the last run, as the status of an MLWorkflow has it. */
export interface StageReport {
  readonly name: string;
  readonly status: StageStatus;
  readonly duration?: string;
  readonly progress?: number;
  readonly message?: string;
}

export type StageStatus = 'Pending' | 'Running' | 'Completed' | 'Failed' | 'Skipped';

const MESSAGE_LENGTH = 1024;

const STATUSES: Readonly<Record<string, StageStatus | undefined>> = {
  Pending: 'Pending',
  Running: 'Running',
  Succeeded: 'Completed',
  Failed: 'Failed',
  Error: 'Failed',
  Skipped: 'Skipped',
  Omitted: 'Skipped',
};

/**
 * The stages of a run.
 *
 * @param names the stages, in their order
 * @param trainings the TrainJobs of the run
 */
export function stageReports(
  run: ArgoRun,
  names: readonly string[],
  trainings: readonly KubernetesObject[],
): StageReport[] | undefined {
  const nodes = run.nodes();
  if (!nodes) return undefined;
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return names.map((name) => {
    // the graph is the root, and a stage is named after it
    const node = byName.get(`${run.name}.${name}`);
    if (!node) return { name, status: run.hasEnded ? 'Skipped' : 'Pending' };
    const attempts = node.type === 'Retry' ? (node.children ?? []).map((id) => byId.get(id)) : [];
    const last = attempts.at(-1);
    const status = statusOf(run, node, last);
    const message = inWords(last?.message ?? node.message ?? '');
    const finishedAt = node.finishedAt ?? last?.finishedAt;
    const duration = status === 'Completed' || status === 'Failed' ? durationOf({ ...node, finishedAt }) : undefined;
    const progress = status === 'Running' ? (progressOf(run, name, trainings) ?? percentage(last ?? node)) : undefined;
    const tried = attempts.length > 1 ? `Attempt ${attempts.length}` : '';
    const text = status === 'Completed' ? '' : [tried, message].filter((part) => part !== '').join(': ');
    return {
      name,
      status,
      ...(duration === undefined ? {} : { duration }),
      ...(progress === undefined ? {} : { progress }),
      ...(text === '' ? {} : { message: text.slice(0, MESSAGE_LENGTH) }),
    };
  });
}

/** What a requirement says that an object of a stage has failed by. */
const FAILURES = [
  ['status.applicationState.', 'its SparkApplication failed: see the log of the driver'],
  ['status.conditions.', 'its TrainJob failed: see the logs of its pods'],
  ['status.requestedRun ', 'the run of its DataPipeline failed: see the status of that'],
] as const;

/** The message of a node, in the words of the platform. */
function inWords(message: string): string {
  const [, requirement] = /failure condition '\{?([^']*)' evaluated true/.exec(message) ?? [];
  return FAILURES.find(([field]) => requirement?.startsWith(field))?.[1] ?? message;
}

/**
 * How a stage is. A stage that may be tried again runs, as Argo sees it, before its pod does; and when a run is stopped, what was under
 * way is left as it was.
 */
function statusOf(run: ArgoRun, { phase = '' }: ArgoNode, last: ArgoNode | undefined): StageStatus {
  const status = STATUSES[phase] ?? 'Pending';
  if (status !== 'Running' && status !== 'Pending') return status;
  if (run.hasEnded) return 'Failed';
  return last?.phase === 'Pending' ? 'Pending' : status;
}

/** How long a node took, such as `1h5m`; undefined while it runs, since there is no clock. */
function durationOf({ startedAt, finishedAt }: ArgoNode): string | undefined {
  const seconds = Math.round((Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')) / 1000);
  return Number.isNaN(seconds) || seconds < 0 ? undefined : durationText(seconds);
}

/** How far Kubeflow Trainer says that the newest training of a stage is. */
function progressOf(run: ArgoRun, stage: string, trainings: readonly KubernetesObject[]): number | undefined {
  const own = trainings
    .filter(({ metadata }) => metadata.labels?.[RUN_LABEL] === run.name && metadata.labels[STAGE_LABEL] === stage)
    .sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1));
  const status = own.at(-1)?.status as
    { readonly trainerStatus?: { readonly progressPercentage?: unknown } } | undefined;
  return bounded(status?.trainerStatus?.progressPercentage);
}

/** `2/4` as 50. A node that reports nothing has `0/1`. */
function percentage({ progress }: ArgoNode): number | undefined {
  if (progress === '0/1') return undefined;
  const match = /^(\d+)\/(\d+)$/.exec(progress ?? '');
  return match && Number(match[2]) > 0 ? bounded((100 * Number(match[1])) / Number(match[2])) : undefined;
}

function bounded(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value)
    ? Math.min(100, Math.max(0, Math.floor(value)))
    : undefined;
}
