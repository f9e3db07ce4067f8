import { MLWorkflowSpec, StageType, WorkflowTriggerType } from '../../../src/api/generated/ml-workflow';
import { RUN_ANNOTATION } from '../../../src/kinds/ml-workflow/pipeline-stage';
import { RUN_LABEL } from '../../../src/kinds/ml-workflow/stage-context';
import { ConditionReport, conditionOf } from '../runtime/conditions';
import { Report, ReportContext } from '../runtime/operator';
import { toSeconds } from '../runtime/observed';
import { ArgoRun } from './argo-run';
import { allRuns, RequestedRun, requestedRun } from './runs';
import { StageReport, stageReports } from './stage-report';
import { ARGO, workflowSettings } from './workflow-context';

type Context = ReportContext<MLWorkflowSpec>;

/** What was observed of a workflow: its objects, its trigger and its last run. */
export function report(context: Context): Report {
  const run = allRuns(context).at(-1);
  const stages = run && stagesOf(context, run);
  const current = run && !run.hasEnded ? currentOf(run, stages ?? []) : undefined;
  const requested = requestedRun(context);
  const program = programGiven(context);
  return {
    phase: phaseOf(context, run),
    fields: {
      ...(current ? { currentStage: current.name } : {}),
      ...time('startTime', run?.startedAt),
      ...time('completionTime', run?.finishedAt),
      ...(stages ? { stages } : {}),
    },
    conditions: [
      ready(context),
      triggerReady(context, run),
      ...(requested ? [requestCondition(requested)] : []),
      ...(run ? [lastRun(run, stages)] : []),
      ...(program ? [program] : []),
    ],
  };
}

function stagesOf({ spec, related }: Context, run: ArgoRun): StageReport[] | undefined {
  const names = run.stages ?? spec.stages.map(({ name }) => name);
  const trainings = related
    .all('trainer.kubeflow.org/v1alpha1', 'TrainJob')
    .filter(({ metadata }) => metadata.labels?.[RUN_LABEL] === run.name);
  return stageReports(run, names.slice(0, 64), trainings);
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
function triggerReady({ spec, name, children, namespace }: Context, run: ArgoRun | undefined): ConditionReport {
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
    default: {
      if (run) return { type, status: true, reason: 'RunObserved', message: `Run ${run.name} was started` };
      const source =
        trigger === WorkflowTriggerType.GIT
          ? `pushes to ${spec.trigger?.repository}`
          : `messages ${spec.trigger?.event}`;
      const message =
        `The platform does not receive ${source}. Connect what does, such as a Sensor of Argo Events: ` +
        `let it submit the WorkflowTemplate ${name}, or ${byHand}`;
      return { type, status: false, reason: 'NotConnected', message };
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

function lastRun(run: ArgoRun, stages: readonly StageReport[] | undefined): ConditionReport {
  const type = 'LastRunSucceeded';
  const unread = stages ? '' : '. Its stages cannot be read: Argo Workflows keeps them outside the cluster';
  if (!run.hasEnded) {
    return { type, status: 'Unknown', reason: 'Running', message: `Run ${run.name} is under way${unread}` };
  }
  if (run.phase === 'Succeeded') {
    return { type, status: true, reason: 'Succeeded', message: `Run ${run.name} succeeded${unread}` };
  }
  const failed = (stages ?? []).filter(({ status }) => status === 'Failed');
  const why = failed.map(({ name, message }) => `stage ${name} failed${message === undefined ? '' : `: ${message}`}`);
  const message = [run.message, ...why].filter((part) => part !== '').join('; ');
  return { type, status: false, reason: run.phase, message: `Run ${run.name} failed${unread}: ${message}` };
}

/** Trainings of which nobody says what they run. */
function programGiven({ spec, settings }: Context): ConditionReport | undefined {
  const images = workflowSettings(settings).trainingImages ?? {};
  const without = spec.stages
    .filter(({ type }) => type === StageType.ML_TRAINING)
    .filter(({ config }) => config.image === undefined && !(config.command && config.command.length > 0))
    .filter(({ config }) => images[config.framework ?? ''] === undefined)
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
