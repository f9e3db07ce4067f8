import { MLWorkflowSpec, StageType, WorkflowTriggerType } from '../../../src/api/generated/ml-workflow';
import { RUN_ANNOTATION } from '../../../src/api/run-annotation';
import { nextTime } from '../../../src/contracts/cron-schedule';
import { durationText } from '../../../src/contracts/duration';
import { lookup } from '../../../src/contracts/lookup';
import { RUN_LABEL, STAGE_LABEL } from '../../../src/kinds/ml-workflow/plan';
import { resolveSettings } from '../../../src/kinds/ml-workflow/settings';
import { ConditionReport, conditionOf } from '../runtime/conditions';
import { shortened } from '../runtime/fitted';
import { toSeconds } from '../runtime/observed';
import { Report, ReportContext } from '../runtime/operator';
import { livePods, PodTrouble, troubleOf } from '../runtime/pods';
import { KubernetesObject } from '../runtime/protocol';
import { pushesArrive } from './pushes';
import { allRuns, ARGO, ArgoNode, ArgoRun, RequestedRun, requestedRun } from './runs';

type Context = ReportContext<MLWorkflowSpec>;

/** What was observed of an MLWorkflow: its objects, its trigger and its last run. */
export function report(context: Context): Report {
  const run = allRuns(context).at(-1);
  const stages = run && stagesOf(context, run)?.map((stage) => withTrouble(context, run, stage));
  const current = run && !run.hasEnded ? currentOf(run, stages ?? []) : undefined;
  const requested = requestedRun(context);
  const program = programGiven(context);
  return {
    phase: phaseOf(context, run),
    fields: {
      ...(current ? { currentStage: current.name } : {}),
      ...time('startTime', run?.startedAt),
      ...time('completionTime', run?.finishedAt),
      ...nextRun(context),
      ...(stages ? { stages: stages.map(({ trouble: _, ...stage }) => stage) } : {}),
    },
    conditions: [
      ready(context),
      triggerReady(context),
      ...(requested ? [requestCondition(requested)] : []),
      ...(run ? [lastRun(run, stages)] : []),
      ...(program ? [program] : []),
    ],
  };
}

/**
 * When the schedule is due next, from when Argo last started a run: a hook has no clock, and Argo tells of each run that it starts. One in
 * the past is a run that was missed.
 */
function nextRun({ spec, name, namespace, children }: Context): object {
  const { type, schedule, timeZone } = spec.trigger ?? {};
  const cron = children.find(ARGO, 'CronWorkflow', name, namespace);
  if (type !== WorkflowTriggerType.SCHEDULE || schedule === undefined || spec.suspend || !cron) return {};
  const last = [cron.status?.lastScheduledTime, cron.metadata.creationTimestamp]
    .map((text) => (typeof text === 'string' ? Date.parse(text) : NaN))
    .filter((time) => time > 0);
  if (last.length === 0) return {};
  const next = nextTime(schedule, timeZone ?? 'Etc/UTC', Math.max(...last));
  return next === undefined ? {} : { nextRun: toSeconds(next) };
}

function stagesOf({ spec, related }: Context, run: ArgoRun): StageReport[] | undefined {
  const names = run.stages ?? spec.stages.map(({ name }) => name);
  const trainings = related
    .all('trainer.kubeflow.org/v1alpha1', 'TrainJob')
    .filter(({ metadata }) => metadata.labels?.[RUN_LABEL] === run.name);
  return stageReports(run, names.slice(0, 64), trainings);
}

const RUN_AS_USER =
  "set config.runAsUser of the stage to the number of the image's user, or build the image with a numeric one";

/** A stage whose pods an engine makes runs, as Argo sees it, as soon as its object is there. Its pods know better. */
function withTrouble(context: Context, run: ArgoRun, stage: StageReport): TroubledStage {
  if (stage.status !== 'Running') return stage;
  const isOurs = ({ metadata: { labels = {} } }: KubernetesObject): boolean =>
    labels[RUN_LABEL] === run.name && labels[STAGE_LABEL] === stage.name;
  const trouble = troubleOf(livePods(context, isOurs), RUN_AS_USER);
  return trouble ? { ...stage, message: shortened(trouble.message, MESSAGE_LENGTH), trouble } : stage;
}

/** The stage that runs, or else the one that waits for a node. */
function currentOf(run: ArgoRun, stages: readonly StageReport[]): StageReport | undefined {
  return (
    stages.find(({ status }) => status === 'Running') ??
    stages.find(({ name, status }) => status === 'Pending' && run.hasBegun(name))
  );
}

function phaseOf(context: Context, run: ArgoRun | undefined): string {
  const { active, children, name, namespace, problems, spec } = context;
  if (!active && !run) return problems.isEmpty ? 'Pending' : 'Failed';
  if (run && !run.hasEnded) return run.phase === 'Running' ? 'Running' : 'Pending';
  if (spec.suspend) return 'Suspended';
  if (run) return run.phase === 'Succeeded' ? 'Succeeded' : 'Failed';
  return children.find(ARGO, 'WorkflowTemplate', name, namespace) ? 'Waiting' : 'Pending';
}

/** Whether runs can start: the objects are there, and Argo has nothing against them. */
function ready(context: Context): ConditionReport {
  const { active, children, name, namespace } = context;
  const type = 'Ready';
  const missing = (active?.objects ?? []).filter(
    ({ apiVersion, kind, metadata }) => !children.find(apiVersion, kind, metadata.name, namespace),
  );
  if (!active) return { type, status: false, reason: 'NotMade', message: 'Nothing is made yet: see Accepted' };
  if (missing.length > 0) {
    const names = missing.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ');
    return { type, status: false, reason: 'BeingMade', message: `Not there yet: ${names}` };
  }
  const cron = children.find(ARGO, 'CronWorkflow', name, namespace);
  for (const error of ['SpecError', 'SubmissionError']) {
    const found = conditionOf(cron, error);
    if (found?.status === 'True') {
      return { type, status: false, reason: error, message: `Argo Workflows refuses the schedule: ${found.message}` };
    }
  }
  return { type, status: true, reason: 'Made', message: 'Argo Workflows has what it needs to start runs' };
}

/** Whether something starts runs. */
function triggerReady(context: Context): ConditionReport {
  const { spec, name, children, namespace } = context;
  const type = 'TriggerReady';
  const trigger = spec.trigger?.type ?? WorkflowTriggerType.MANUAL;
  const byHand = `set the annotation ${RUN_ANNOTATION} to a new value to start a run`;
  if (spec.suspend) {
    return { type, status: false, reason: 'Suspended', message: 'No runs start: set spec.suspend to false' };
  }
  switch (trigger) {
    case WorkflowTriggerType.MANUAL:
      return { type, status: true, reason: 'ByHand', message: `Runs start by hand: ${byHand}` };
    case WorkflowTriggerType.SCHEDULE: {
      const there = children.find(ARGO, 'CronWorkflow', name, namespace) !== undefined;
      const message = there ? `Runs start at ${spec.trigger?.schedule}` : 'The CronWorkflow is not there yet';
      return { type, status: there, reason: there ? 'Scheduled' : 'BeingMade', message };
    }
    case WorkflowTriggerType.GIT:
      return pushesArrive(context);
    default: {
      // an object of a version that had more of them
      const message = `spec.trigger.type must be manual, schedule or git, got "${String(trigger)}": change it`;
      return { type, status: false, reason: 'Unknown', message };
    }
  }
}

function requestCondition({ id, name, state }: RequestedRun): ConditionReport {
  const type = 'RunRequested';
  const messages: Readonly<Record<RequestedRun['state'], string>> = {
    Started: `Run "${id}" is Workflow ${name}`,
    Starting: `Run "${id}" starts as Workflow ${name}`,
    Suspended: `Run "${id}" waits: set spec.suspend to false`,
    WaitsForRun: `Run "${id}" waits until the run that is under way has ended; spec.concurrencyPolicy can change that`,
    WaitsForTemplate: `Run "${id}" waits until the WorkflowTemplate is as the spec says`,
    NotAccepted: `Run "${id}" waits until the spec is accepted`,
  };
  return { type, status: state === 'Started', reason: state, message: messages[state] };
}

function lastRun(run: ArgoRun, stages: readonly TroubledStage[] | undefined): ConditionReport {
  const type = 'LastRunSucceeded';
  const unread = stages ? '' : '. Its stages cannot be read: Argo Workflows keeps them outside the cluster';
  if (!run.hasEnded) {
    // Argo says of a pod that does not start why, such as ImagePullBackOff or that no node can take it
    const held = (stages ?? []).filter(({ status, message }) => status === 'Pending' && message !== undefined);
    const why = held.map(({ name, message }) => `; stage ${name} does not start: ${message}`).join('');
    const troubled = (stages ?? []).flatMap(({ name, trouble }) => (trouble ? [{ name, ...trouble }] : []));
    const troubles = troubled.map(({ name, message }) => `; stage ${name} waits: ${message}`).join('');
    const message = `Run ${run.name} is under way${unread}${why}${troubles}`;
    return { type, status: 'Unknown', reason: troubled.at(0)?.reason ?? 'Running', message };
  }
  if (run.phase === 'Succeeded') {
    return { type, status: true, reason: 'Succeeded', message: `Run ${run.name} succeeded${unread}` };
  }
  const failed = (stages ?? []).filter(({ status }) => status === 'Failed');
  const why = failed.map(({ name, message }) => `stage ${name} failed${message === undefined ? '' : `: ${message}`}`);
  const message = [run.message, ...why].filter((part) => part !== '').join('; ');
  return { type, status: false, reason: run.phase, message: `Run ${run.name} failed${unread}: ${message}` };
}

/** Trainings without anything to run. */
function programGiven({ spec, settings }: Context): ConditionReport | undefined {
  const { trainingImages } = resolveSettings(settings.mlWorkflow);
  const without = spec.stages
    .filter(({ type }) => type === StageType.ML_TRAINING)
    .filter(({ config }) => config.image === undefined && !(config.command && config.command.length > 0))
    .filter(({ config }) => trainingImages[config.framework ?? ''] === undefined)
    .map(({ name }) => name);
  if (without.length === 0) return undefined;
  return {
    type: 'ProgramGiven',
    status: false,
    reason: 'ImageOfRuntime',
    message:
      `${without.join(', ')} ${without.length > 1 ? 'name' : 'names'} neither image nor command, so the image of the training runtime ` +
      'runs as it is, which may do nothing: set config.image or config.command',
  };
}

/** A time of Argo's as the API server takes it. */
function time(field: string, value: string | undefined): Readonly<Record<string, string>> {
  const at = Date.parse(value ?? '');
  return Number.isNaN(at) ? {} : { [field]: toSeconds(at) };
}

/** A stage in the last run, as the status of an MLWorkflow has it. */
interface StageReport {
  readonly name: string;
  readonly status: StageStatus;
  readonly duration?: string;
  readonly progress?: number;
  readonly message?: string;
}

/** A stage, and why its pods do not run. */
interface TroubledStage extends StageReport {
  readonly trouble?: PodTrouble;
}

type StageStatus = 'Pending' | 'Running' | 'Completed' | 'Failed' | 'Skipped';

const MESSAGE_LENGTH = 1024;

const STATUSES: Readonly<Record<string, StageStatus>> = {
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
function stageReports(
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
      ...(text === '' ? {} : { message: shortened(text, MESSAGE_LENGTH) }),
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
  const status = lookup(STATUSES, phase) ?? 'Pending';
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
