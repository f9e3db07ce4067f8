import { AlertSeverity } from '../../constructs/monitoring/alert-rules';
import { longestGapMinutes } from '../../contracts/cron-schedule';
import { promMatchers, promSelector, promText, regexText } from '../../contracts/quoting';
import { runbookUrl } from '../../contracts/runbooks';
import { DataPipelinePlan, Json } from './plan';

/** Share of the rows that may break a check of `onFailure: warn` before someone should look. */
const QUARANTINED_SHARE = 0.05;

/**
 * Alerts of one pipeline: its last run failed, no run began for too long, rows break checks. Pods are known from kube-state-metrics, the
 * other figures from the runs themselves.
 */
export function alertRules(plan: DataPipelinePlan): Json {
  const { base, namespace, labels, isStream } = plan;
  const rules = isStream ? streamAlerts(plan) : [...runAlerts(plan), ...checkAlerts(plan)];
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: base, namespace, labels },
    spec: { groups: [{ name: 'pipeline', rules: rules.map((one) => rule(plan, one)) }] },
  };
}

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly summary: string;
  readonly description: string;
}

function rule({ name, namespace }: DataPipelinePlan, { alert, expr, for: period, summary, description }: Alert): Json {
  return {
    alert,
    expr,
    ...(period === undefined ? {} : { for: period }),
    labels: { severity: AlertSeverity.WARNING, namespace, pipeline_name: name },
    annotations: { summary, description, runbook_url: runbookUrl(alert) },
  };
}

function runAlerts(plan: DataPipelinePlan): Alert[] {
  const { name, namespace, base, spec } = plan;
  // runs are called after the time they are due, what they do, or who asked for them
  const pod = promText(`${regexText(base)}-([0-9]+|r?[0-9a-f]{10})-driver`);
  const drivers = `${promMatchers({ namespace })},pod=~${pod}`;
  const newest = (phase: string): string =>
    `max(kube_pod_created{${drivers}} and on (namespace, pod) kube_pod_status_phase{${drivers},phase="${phase}"} == 1)`;
  const failed: Alert = {
    alert: 'PipelineRunFailed',
    expr: `${newest('Failed')} > (${newest('Succeeded')} or vector(0))`,
    for: '5m',
    summary: `The last run of pipeline ${name} in ${namespace} failed`,
    description: `See the condition Ready of the DataPipeline, which has the reason, and the log of the driver.`,
  };
  const gap = spec.schedule === undefined || spec.suspend ? undefined : longestGapMinutes(spec.schedule);
  if (gap === undefined) return [failed];
  const late: Alert = {
    alert: 'PipelineRunLate',
    // nothing is said before the first run, nor where old runs were removed
    expr: `time() - max(kube_pod_created{${drivers}}) > ${gap * 60 + 3600}`,
    for: '10m',
    summary: `No run of pipeline ${name} in ${namespace} began when it was due`,
    description:
      'Its last run may be under way still (concurrencyPolicy Forbid), or its pods found no place. See the ScheduledSparkApplication and its runs.',
  };
  return [failed, late];
}

function checkAlerts({ name, namespace, spec }: DataPipelinePlan): Alert[] {
  if ((spec.quality ?? []).length === 0) return [];
  const selector = promSelector({ namespace, pipeline_name: name });
  return [
    {
      alert: 'PipelineRowsQuarantined',
      expr:
        `max(max_over_time(pipeline_records_quarantined_total${selector}[10m])) / ` +
        `max(max_over_time(pipeline_records_read_total${selector}[10m])) > ${QUARANTINED_SHARE}`,
      summary: `{{ $value | humanizePercentage }} of the rows of pipeline ${name} in ${namespace} break quality checks`,
      description: 'The rows are in the folder _quarantine of the sink, with the names of the checks that they break.',
    },
  ];
}

function streamAlerts({ name, namespace }: DataPipelinePlan): Alert[] {
  const selector = promSelector({ namespace, pipeline_name: name });
  return [
    {
      alert: 'PipelineRestarts',
      expr: `max(increase(flink_jobmanager_job_numRestarts${selector}[30m])) > 3`,
      summary: `The job of pipeline ${name} in ${namespace} keeps failing`,
      description: 'Flink starts it again from its last checkpoint each time. See the log of its job manager.',
    },
    {
      alert: 'PipelineCheckpointsFail',
      expr: `max(increase(flink_jobmanager_job_numberOfFailedCheckpoints${selector}[30m])) > 3`,
      summary: `Pipeline ${name} in ${namespace} cannot write its checkpoints`,
      description:
        'Files appear in the sink with a checkpoint, and after a failure it goes on from the last one. Is the folder there?',
    },
  ];
}
