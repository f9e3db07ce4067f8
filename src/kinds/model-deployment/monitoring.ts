import { IConstruct } from 'constructs';
import { AlertSeverity } from '../../constructs/monitoring/alert-rules';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';
import { promSelector } from '../../contracts/quoting';
import { runbookUrl } from '../../contracts/runbooks';
import { ModelIdentity, promDuration, PrometheusRuleGroup, Rule } from '../ai-model/alerts';
import { driftAlerts, driftRules, driftSettings } from '../ai-model/drift';
import { checkBaseline } from '../ai-model/drift-baseline';
import { metricsEndpoint, MODEL_LABELS } from '../metrics/metrics-endpoint';
import { DeploymentPlan, Json } from './plan';
import { labelValue, rowsOf } from './pod';

/** What the service of a model promises; alerts hold it to that. */
export interface ServiceObjective {
  /** Seconds that 99 % of the answers take at most. */
  readonly latencyP99Seconds: number;
  /** Seconds that 95 % take at most. @default - not said */
  readonly latencyP95Seconds?: number;
  /** Largest share of requests that it may fail. */
  readonly errorRatio: number;
}

/** A part of a spec; `ServedSpec` has more. */
interface WithObjective {
  readonly metrics?: { readonly latency_p95_ms?: number };
  readonly monitoring?: { readonly latencyP99?: string; readonly errorRatio?: number };
}

/** The objective of a ModelDeployment. */
export function objectiveOf({ metrics, monitoring }: WithObjective): ServiceObjective {
  const p95 = metrics?.latency_p95_ms ?? 0;
  return {
    latencyP99Seconds: durationSeconds(monitoring?.latencyP99 ?? '1s'),
    // 0 is what a model has that was not asked
    ...(p95 > 0 ? { latencyP95Seconds: p95 / 1000 } : {}),
    errorRatio: monitoring?.errorRatio ?? 0.05,
  };
}

/** Scrapes one service; for platforms without `PlatformMonitors`, whose monitor it is like. */
export function serviceMonitor({ monitored, settings, selector }: DeploymentPlan): Json | undefined {
  if (!monitored || !(settings.serviceMonitors ?? false)) return undefined;
  return {
    spec: {
      selector: { matchLabels: selector },
      endpoints: [metricsEndpoint(MODEL_LABELS)],
    },
  };
}

/** The alerts, and where the data of the training is known, the rules that measure drift. */
export function alertRules(plan: DeploymentPlan, where: IConstruct): Json | undefined {
  const { monitored, settings, namespace } = plan;
  const drift = driftOf(plan, where);
  if (!monitored || !(settings.alerts ?? true)) return undefined;
  const rules = [...serviceAlerts(plan), ...(drift?.alerts ?? [])];
  const groups: PrometheusRuleGroup[] = [
    // first, so that the alerts see what it recorded
    ...(drift ? [drift.group] : []),
    { name: 'alerts', rules: rules.map((rule) => routed(rule, namespace)) },
  ];
  return { spec: { groups } };
}

/** With what routes and readers need. */
function routed(rule: Rule, namespace: string): Rule {
  return {
    ...rule,
    labels: { ...rule.labels, namespace },
    annotations: { ...rule.annotations, runbook_url: runbookUrl(rule.alert ?? '') },
  };
}

/** Most buckets of a baseline: there is a rule for each. */
const MOST_BUCKETS = 2048;

interface DriftWatch {
  readonly group: PrometheusRuleGroup;
  readonly alerts: readonly Rule[];
}

/** @throws InvalidInputError when the baseline is none */
function driftOf({ spec, namespace, settings }: DeploymentPlan, where: IConstruct): DriftWatch | undefined {
  const features = [...(spec.drift?.baseline ?? [])];
  if (features.length === 0) return undefined;
  const baseline = { rows: rowsOf(features), features };
  checkBaseline(where, baseline, 'drift.baseline');
  const buckets = features.reduce((sum, { counts }) => sum + counts.length, 0);
  if (buckets > MOST_BUCKETS) {
    const fix = 'give fewer bounds, or only the features that matter most';
    fail(where, 'drift.baseline', `must have at most ${MOST_BUCKETS} buckets in all`, buckets, fix);
  }
  const model: ModelIdentity = {
    namespace,
    modelName: labelValue(spec.model.name),
    modelVersion: labelValue(spec.model.version),
  };
  // what the gate refuses of a manifest is what is reported of the traffic
  const watch = driftSettings(where, {
    baseline,
    method: spec.drift?.method,
    threshold: settings.policies?.drift,
  });
  return { group: driftRules(model, watch), alerts: driftAlerts(model, watch) };
}

/** Labels that tell services and versions apart; the ServiceMonitor gives them to the series. */
const BY = 'namespace, service, model_name, model_version';

/** `reason` of failures that are the client's: what it sent is no request that the model can answer. */
const CLIENT_REASONS = [
  'client-gone',
  'malformed-body',
  'not-found',
  'method-not-allowed',
  'body-timeout',
  'body-too-large',
  'unsupported-media-type',
  'invalid-input',
];

/** `reason` of failures that are refusals: it is asked more than it can answer. */
const REFUSED_REASONS = ['too-many-requests', 'overloaded'];

/** Requests in half an hour below which a share of them says nothing. */
const FEWEST = 5;

/**
 * The alerts of one service. Its series are matched by the Service and not by the version, so that the version which is being replaced is
 * watched too. Those of Kubernetes come from kube-state-metrics.
 */
function serviceAlerts(plan: DeploymentPlan): Rule[] {
  const { name } = plan;
  const objective = objectiveOf(plan.spec);
  return [
    {
      alert: 'ModelDeploymentErrors',
      expr: shareAbove(plan, `reason!~"${[...CLIENT_REASONS, ...REFUSED_REASONS].join('|')}"`, objective.errorRatio),
      for: '5m',
      labels: { severity: AlertSeverity.CRITICAL },
      annotations: {
        summary: `{{ $value | humanizePercentage }} of the requests to ModelDeployment ${name}, version {{ $labels.model_version }}, fail`,
        description:
          'Compare the start with the last change of the version: if they agree, set rollbackTo in the ModelDeployment. Otherwise the log of ' +
          'its pods has the reason of each failure.',
      },
    },
    latencyAlert(plan, 0.99, objective.latencyP99Seconds, 'monitoring.latencyP99'),
    ...(objective.latencyP95Seconds === undefined
      ? []
      : [latencyAlert(plan, 0.95, objective.latencyP95Seconds, 'metrics.latency_p95_ms')]),
    ...readinessAlerts(plan),
    {
      alert: 'ModelDeploymentSaturated',
      expr: shareAbove(plan, `reason=~"${REFUSED_REASONS.join('|')}"`, 0.01),
      for: '5m',
      labels: { severity: AlertSeverity.WARNING },
      annotations: {
        summary: `ModelDeployment ${name} refuses {{ $value | humanizePercentage }} of its requests, since others wait already`,
        description:
          'Raise serving.replicas or serving.autoscaling.maxReplicas, or let the model answer more rows at once with serving.batching.',
      },
    },
    ...maximumAlert(plan),
  ];
}

/** A share of the requests, among those of a reason, that is too large and not by chance. */
function shareAbove({ namespace, childName }: DeploymentPlan, reason: string, bound: number): string {
  const selector = promSelector({ namespace, service: childName });
  const of = selector.replace(/}$/, `,${reason}}`);
  const failed = (window: string, change: string): string =>
    `sum by (${BY}) (${change}(inference_errors_total${of}[${window}]))`;
  return [
    `${failed('5m', 'rate')} / sum by (${BY}) (rate(inference_requests_total${selector}[5m])) > ${bound}`,
    `and ${failed('30m', 'increase')} >= ${FEWEST}`,
  ].join('\n');
}

function latencyAlert(
  { name, namespace, childName }: DeploymentPlan,
  quantile: number,
  seconds: number,
  field: string,
): Rule {
  const selector = promSelector({ namespace, service: childName });
  return {
    alert: 'ModelDeploymentSlow',
    expr: `histogram_quantile(${quantile}, sum by (${BY}, le) (rate(inference_latency_seconds_bucket${selector}[5m]))) > ${seconds}`,
    for: '10m',
    labels: { severity: AlertSeverity.WARNING, quantile: String(quantile) },
    annotations: {
      summary: `ModelDeployment ${name}, version {{ $labels.model_version }}, takes {{ $value | humanizeDuration }} for one request in ${Math.round(1 / (1 - quantile))}, and promises ${seconds}s`,
      description:
        'If all replicas are busy, raise serving.autoscaling.maxReplicas. If a new version is slower, roll back, or correct ' +
        `${field}, which is where the bound comes from.`,
    },
  };
}

function readinessAlerts({ name, namespace, childName, minReplicas, startupSeconds }: DeploymentPlan): Rule[] {
  const available = `kube_deployment_status_replicas_available${promSelector({ namespace, deployment: childName })}`;
  // a pod that starts may take that long
  const patience = promDuration(Math.max(600, startupSeconds + 60));
  const alert = (severity: AlertSeverity, expr: string, summary: string): Rule => ({
    alert: 'ModelDeploymentNotReady',
    expr,
    for: patience,
    labels: { severity },
    annotations: {
      summary,
      description:
        'See the condition Ready of the ModelDeployment, then the events and logs of its pods: an image or an artifact that cannot be fetched, ' +
        'a checksum or a signature that is another, no node with a free GPU, or a full quota.',
    },
  });
  const none = alert(AlertSeverity.CRITICAL, `${available} == 0`, `No replica of ModelDeployment ${name} is ready`);
  if (minReplicas < 2) return [none];
  const summary = `Only {{ $value }} of ${minReplicas} replicas of ModelDeployment ${name} are ready`;
  return [none, alert(AlertSeverity.WARNING, `${available} < ${minReplicas} and ${available} > 0`, summary)];
}

function maximumAlert({ name, namespace, childName, minReplicas, maxReplicas }: DeploymentPlan): Rule[] {
  if (maxReplicas <= minReplicas) return [];
  const selector = promSelector({ namespace, horizontalpodautoscaler: childName });
  return [
    {
      alert: 'ModelDeploymentAtMaximum',
      expr:
        `kube_horizontalpodautoscaler_status_desired_replicas${selector}\n` +
        `>= on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_max_replicas${selector}`,
      for: '15m',
      labels: { severity: AlertSeverity.WARNING },
      annotations: {
        summary: `ModelDeployment ${name} has all of its {{ $value }} replicas and would take more`,
        description:
          'Raise serving.autoscaling.maxReplicas and the quota of the namespace, if the load is real. A model that fills more than 80 % of its ' +
          'memory keeps the autoscaler there without any load: raise serving.resources.requests.memory.',
      },
    },
  ];
}
