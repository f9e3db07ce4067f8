import { DataPipelineSpec } from '../../../../src/api/generated/data-pipeline';
import { baseName } from '../../../../src/constructs/pipelines/pipeline-plan';
import { ConditionReport } from '../../runtime/conditions';
import { toSeconds } from '../../runtime/observed-time';
import { Report, ReportContext } from '../../runtime/operator';
import { FLINK } from './pipeline-context';

interface FlinkStatus {
  readonly error?: string | null;
  readonly jobManagerDeploymentStatus?: string;
  readonly jobStatus?: { readonly state?: string; readonly startTime?: string };
}

/** The state of a stream, as Flink's operator tells it. */
export function streamReport({ name, namespace, children }: ReportContext<DataPipelineSpec>): Report {
  const deployment = children.find(FLINK, 'FlinkDeployment', baseName(name), namespace);
  const status = (deployment?.status ?? {}) as FlinkStatus;
  const [phase, state] = phaseOf(status);
  const began = Number(status.jobStatus?.startTime);
  const fields = { ...(state === undefined ? {} : { state }), ...(began > 0 ? { lastRun: toSeconds(began) } : {}) };
  return { phase, fields, conditions: [readiness(phase, status)] };
}

/** Phase, and state where the job has one. */
function phaseOf({ jobStatus, jobManagerDeploymentStatus }: FlinkStatus): [string, string?] {
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
      return ['Completed', 'Completed'];
    default:
      return jobManagerDeploymentStatus === 'ERROR' ? ['Failed', 'Failed'] : ['Pending', 'Pending'];
  }
}

function readiness(phase: string, { error, jobStatus }: FlinkStatus): ConditionReport {
  const state = jobStatus?.state;
  const message = [state === undefined ? 'There is no job yet' : `The job is ${state}`, error]
    .filter(Boolean)
    .join(': ');
  return { type: 'Ready', status: phase === 'Running', reason: phase, message };
}
