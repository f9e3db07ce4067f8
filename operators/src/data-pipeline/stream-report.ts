import { DataPipelineSpec } from '../../../src/api/generated/data-pipeline';
import { baseName } from '../../../src/kinds/data-pipeline/pipeline-plan';
import { ConditionReport } from '../runtime/conditions';
import { toSeconds } from '../runtime/observed';
import { Report, ReportContext } from '../runtime/operator';
import { errorText, FlinkStatus, hasFailed } from './flink-status';
import { FLINK } from './pipeline-context';

/** The state of a stream, as Flink's operator tells it. */
export function streamReport({ name, namespace, spec, children }: ReportContext<DataPipelineSpec>): Report {
  const deployment = children.find(FLINK, 'FlinkDeployment', baseName(name), namespace);
  const status = (deployment?.status ?? {}) as FlinkStatus;
  const [phase, state] = phaseOf(status, spec.suspend ?? false);
  const began = Number(status.jobStatus?.startTime);
  const fields = { ...(state === undefined ? {} : { state }), ...(began > 0 ? { lastRun: toSeconds(began) } : {}) };
  return { phase, fields, conditions: [readiness(phase, status)] };
}

/** Phase, and state where the job has one. A job that Flink's operator stopped itself is FINISHED too: the lifecycle says why. */
function phaseOf(status: FlinkStatus, suspended: boolean): [string, string?] {
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

function readiness(phase: string, { error, jobStatus }: FlinkStatus): ConditionReport {
  const state = jobStatus?.state;
  const message = [state === undefined ? 'There is no job yet' : `The job is ${state}`, error && errorText(error)]
    .filter(Boolean)
    .join(': ');
  return { type: 'Ready', status: phase === 'Running', reason: phase, message };
}
