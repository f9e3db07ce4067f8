import { DataPipelineSpec } from '../../../src/api/generated/data-pipeline';
import { durationText } from '../../../src/contracts/duration';
import { lookup } from '../../../src/contracts/lookup';
import { baseName, podSelector } from '../../../src/kinds/data-pipeline/plan';
import { ConditionReport } from '../runtime/conditions';
import { errorText, FLINK, FlinkStatus, hasFailed } from '../runtime/engine-status';
import { shortened } from '../runtime/fitted';
import { toSeconds } from '../runtime/observed';
import { Report, ReportContext } from '../runtime/operator';
import { livePods, PodTrouble, troubleOf } from '../runtime/pods';
import { KubernetesObject } from '../runtime/protocol';
import { requestCondition, requestedRuns, requestedRunText } from './run-request';
import { isStream, observedSchedule, Run, runsOf } from './runs';

const ERROR_LENGTH = 1024;

/** The state of a pipeline: how its last run ended, what the program said of it, and the run that is asked for. */
export function report(context: ReportContext<DataPipelineSpec>): Report {
  const { phase, fields, conditions } = reportOfJob(context);
  return {
    phase,
    fields: defined({ ...fields, requestedRun: requestedRunText(context) }),
    conditions: [...conditions, ...requestCondition(context)],
  };
}

function reportOfJob(context: ReportContext<DataPipelineSpec>): Report {
  const { active, problems, spec } = context;
  if (!active) {
    return { phase: 'Failed', fields: before(context), conditions: [not(problems.reason, problems.toString())] };
  }
  if (isStream({ ...context, spec: active.spec })) return streamReport(context);
  const runs = runsOf(context, active.objects, requestedRuns(context));
  const [last] = runs;
  const ended = runs.find(({ state }) => state === 'Completed' || state === 'Failed');
  const isScheduled = active.spec.schedule !== undefined;
  const ready = readiness(context, last, isScheduled);
  return {
    phase: phaseOf(context, last, isScheduled),
    fields: fieldsOf(context, runs, last, ended),
    conditions: [ready, ...((spec.quality ?? []).length > 0 ? [qualityOf(ended)] : [])],
  };
}

function phaseOf(context: ReportContext<DataPipelineSpec>, last: Run | undefined, scheduled: boolean): string {
  const { spec, problems } = context;
  if (last?.state === 'Running' || (last?.state === 'Pending' && !spec.suspend)) return last.state;
  if (spec.suspend) return 'Suspended';
  if (last?.state === 'Failed') return scheduled ? 'Degraded' : 'Failed';
  // a bad edit, or checks that only warn
  if (!problems.isEmpty || (last?.result?.failedChecks ?? []).length > 0) return 'Degraded';
  if (!scheduled) return last?.state ?? 'Pending';
  const state = scheduleState(context);
  return state === 'Scheduled' ? state : state === 'FailedValidation' ? 'Failed' : 'Pending';
}

function scheduleState(context: ReportContext<DataPipelineSpec>): string | undefined {
  const status = observedSchedule(context)?.status as { readonly scheduleState?: string } | undefined;
  return status?.scheduleState;
}

type Fields = Readonly<Record<string, unknown>>;

/** What the status had before: runs are removed after a while, what they did stays. */
function before({ parent }: ReportContext<DataPipelineSpec>): Fields {
  const { lastRun, lastSuccessfulRun, recordsProcessed, duration, failedChecks } = parent.status ?? {};
  return defined({ lastRun, lastSuccessfulRun, recordsProcessed, duration, failedChecks });
}

function fieldsOf(
  context: ReportContext<DataPipelineSpec>,
  runs: readonly Run[],
  last: Run | undefined,
  ended: Run | undefined,
): Fields {
  const { spec } = context;
  const former = before(context);
  const schedule = (observedSchedule(context)?.status ?? {}) as {
    readonly lastRun?: string;
    readonly nextRun?: string;
  };
  const succeeded = runs.find(({ state }) => state === 'Completed');
  const took = ended?.result?.durationSeconds ?? ended?.seconds;
  // figures of a run whose pod is gone were written while it was there
  const seen = typeof former.lastRun === 'string' ? former.lastRun : '';
  const known = ended === undefined || seen >= ended.began ? former : {};
  return defined({
    state: last?.state,
    lastRun: last?.began ?? (schedule.lastRun || former.lastRun),
    lastSuccessfulRun: succeeded?.began ?? former.lastSuccessfulRun,
    nextRun: spec.suspend ? undefined : schedule.nextRun || undefined,
    recordsProcessed: ended?.result ? ended.result.recordsWritten : known.recordsProcessed,
    duration: took === undefined ? known.duration : durationText(took),
    failedChecks: ended?.result ? ended.result.failedChecks : known.failedChecks,
  });
}

function readiness(
  context: ReportContext<DataPipelineSpec>,
  last: Run | undefined,
  scheduled: boolean,
): ConditionReport {
  const { spec } = context;
  if (last?.state === 'Failed') return not(...whyFailed(context, last));
  if (last?.state === 'Running') {
    const { name, waitingExecutors: waiting } = last;
    return waiting > 0
      ? yes('ExecutorsWait', `Run ${name} is under way, and all of its ${waiting} executors wait for a node`)
      : yes('Running', `Run ${name} is under way`);
  }
  if (last?.state === 'Pending' && last.error) {
    return not(
      'SubmissionFailed',
      `Run ${last.name} cannot be submitted, and is tried again: ${shortened(last.error, ERROR_LENGTH)}`,
    );
  }
  if (last?.state === 'Pending' && last.trouble) {
    return not(last.trouble.reason, `Run ${last.name} has not begun: ${last.trouble.message}`);
  }
  if (last?.state === 'Pending') return not('Pending', `Run ${last.name} has no driver yet`);
  if (spec.suspend) return not('Suspended', 'No further run begins: spec.suspend is true');
  if (last?.state === 'Completed') return yes('Completed', `Run ${last.name} has done its work`);
  if (!scheduled) return not('Pending', 'The run has not begun yet');
  return scheduleState(context) === 'Scheduled'
    ? yes('Scheduled', 'No run was due yet')
    : not('NotScheduled', 'The condition Scheduled says why no run is due');
}

function whyFailed(
  { spec }: ReportContext<DataPipelineSpec>,
  { name, result, error, timedOut }: Run,
): [string, string] {
  if (timedOut) return ['TimedOut', `spec.timeout: run ${name} was stopped after ${spec.timeout ?? 'its time'}`];
  const message = result?.message ?? (error && shortened(error, ERROR_LENGTH));
  const reason = result?.exitCode === 3 ? 'QualityFailed' : result?.exitCode === 2 ? 'CannotRun' : 'RunFailed';
  return [reason, message === undefined ? `Run ${name} failed; see the log of its driver` : `Run ${name}: ${message}`];
}

function qualityOf(ended: Run | undefined): ConditionReport {
  const type = 'QualityPassed';
  if (!ended?.result) {
    return { type, status: 'Unknown', reason: 'NotKnown', message: 'No run that ended tells of its checks' };
  }
  const { failedChecks } = ended.result;
  if (failedChecks.length > 0) {
    const message = `Run ${ended.name} had rows that break ${failedChecks.join(', ')}; they are in the quarantine`;
    return { type, status: false, reason: 'ChecksFailed', message };
  }
  return ended.state === 'Completed'
    ? { type, status: true, reason: 'ChecksPassed', message: `Run ${ended.name} passed all checks` }
    : { type, status: 'Unknown', reason: 'RunFailed', message: `Run ${ended.name} failed before its checks` };
}

function yes(reason: string, message: string): ConditionReport {
  return { type: 'Ready', status: true, reason, message };
}

function not(reason: string, message: string): ConditionReport {
  return { type: 'Ready', status: false, reason, message };
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}

/** The state of a stream, as Flink's operator tells it. */
function streamReport(context: ReportContext<DataPipelineSpec>): Report {
  const { name, namespace, spec, children } = context;
  const deployment = children.find(FLINK, 'FlinkDeployment', baseName(name), namespace);
  const status = (deployment?.status ?? {}) as FlinkStatus;
  const [phase, state] = phaseOfStream(status, spec.suspend ?? false);
  const began = Number(status.jobStatus?.startTime);
  const fields = { ...(state === undefined ? {} : { state }), ...(began > 0 ? { lastRun: toSeconds(began) } : {}) };
  const isOurs = isPodOf(name);
  return { phase, fields, conditions: [streamReadiness(phase, status, troubleOf(livePods(context, isOurs)))] };
}

/** Phase, and state where the job has one. A job that Flink's operator stopped itself is FINISHED too: the lifecycle says why. */
function phaseOfStream(status: FlinkStatus, suspended: boolean): [string, string?] {
  const { jobStatus, lifecycleState } = status;
  switch (jobStatus?.state) {
    case 'RUNNING':
      return ['Running', 'Running'];
    case 'RESTARTING':
    case 'FAILING':
      return ['Degraded', 'Running'];
    case 'FAILED':
    case 'CANCELED':
      return ['Failed', 'Failed'];
    case 'SUSPENDED':
      return ['Suspended', 'Suspended'];
    case 'FINISHED':
      if (lifecycleState === 'SUSPENDED') return ['Suspended', 'Suspended'];
      return lifecycleState === 'UPGRADING' ? ['Pending', 'Pending'] : ['Completed', 'Completed'];
    case undefined:
      if (suspended && lifecycleState !== 'FAILED') return ['Suspended', 'Suspended'];
  }
  return hasFailed(status) ? ['Failed', 'Failed'] : ['Pending', 'Pending'];
}

function isPodOf(pipeline: string): (pod: KubernetesObject) => boolean {
  const labels = Object.entries(podSelector({ name: pipeline }));
  return ({ metadata }) => labels.every(([label, value]) => lookup(metadata.labels, label) === value);
}

function streamReadiness(
  phase: string,
  { error, jobStatus }: FlinkStatus,
  trouble: PodTrouble | undefined,
): ConditionReport {
  const state = jobStatus?.state;
  // while a job starts, or starts again, its pods may be what is wrong
  if (trouble && phase !== 'Running' && phase !== 'Completed' && phase !== 'Suspended') {
    return { type: 'Ready', status: false, reason: trouble.reason, message: trouble.message };
  }
  const message = [state === undefined ? 'There is no job yet' : `The job is ${state}`, error && errorText(error)]
    .filter(Boolean)
    .join(': ');
  return { type: 'Ready', status: phase === 'Running', reason: phase, message };
}
