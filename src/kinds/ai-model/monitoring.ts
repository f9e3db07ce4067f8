import { IConstruct } from 'constructs';
import { AIModelSpec } from '../../api/generated/ai-model';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';
import { runbookUrl } from '../../contracts/runbooks';
import { objectLabels } from '../child-names';
import { modelAlerts, PrometheusRuleGroup, Rule } from './alerts';
import { driftAlerts, DriftRuleProps, driftRuleProps, driftRules, driftSettings } from './drift';
import { Json, ModelPlan, serverSelector } from './plan';

/** Scrapes one model; for platforms without `PlatformMonitors`, whose monitor it is like. */
export function serviceMonitor({ name, serverName, namespace, labels, spec, settings }: ModelPlan): Json | undefined {
  if (!isMonitored(spec) || !(settings.serviceMonitors ?? false)) return undefined;
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: serverName, namespace, labels },
    spec: {
      selector: { matchLabels: serverSelector(name) },
      endpoints: [
        {
          port: 'metrics',
          interval: '30s',
          path: '/metrics',
          relabelings: ['model_name', 'model_version'].map((label) => ({
            sourceLabels: [`__meta_kubernetes_pod_label_${label}`],
            targetLabel: label,
          })),
        },
      ],
    },
  };
}

/** The alerts of a model, with its drift once the baseline is known. */
export function alertRules(plan: ModelPlan, scope: IConstruct): Json | undefined {
  const { name, serverName, namespace, labels, spec, settings, driftBaseline } = plan;
  if (!isMonitored(spec) || !(settings.alerts ?? true)) return undefined;
  const { latencyP95 } = spec.metrics ?? {};
  return modelAlertRules(scope, {
    name: serverName,
    namespace,
    modelName: name,
    modelVersion: spec.version,
    labels: { ...labels },
    latencyP95Seconds: latencyP95 === undefined ? undefined : durationSeconds(latencyP95),
    drift: driftRuleProps(spec, driftBaseline),
  });
}

function isMonitored({ monitoring }: AIModelSpec): boolean {
  return monitoring?.enabled ?? true;
}

/** Options of the alerts of a model. */
export interface ModelAlertRulesProps {
  /** Name of the PrometheusRule. */
  readonly name: string;
  /** Namespace of the model and of the PrometheusRule. */
  readonly namespace: string;
  /** Value of the label `model_name` of the model's series. */
  readonly modelName: string;
  /** Value of the label `model_version` of the version that is served. */
  readonly modelVersion: string;
  /**
   * Time in seconds that 95 % of the answers take at most, over all replicas.
   *
   * @default - only the bound that holds for all models, see PlatformAlerts
   */
  readonly latencyP95Seconds?: number;
  /**
   * Largest share of requests that may fail, between 0 and 1.
   *
   * @default 0.05
   */
  readonly errorRatio?: number;
  /**
   * How drift is measured. There must be a baseline.
   *
   * @default - drift is not measured
   */
  readonly drift?: DriftRuleProps;
  /**
   * URL of what to do about the alerts.
   *
   * @default - the section of docs/runbooks.md about each
   */
  readonly runbookUrl?: string;
  /**
   * More labels of the PrometheusRule.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };
}

/**
 * The alerts of one model, and the series that measure its drift, as a PrometheusRule:
 *
 * | alert | when | severity |
 * | --- | --- | --- |
 * | `ModelDown` | no replica could be scraped for 10 minutes | critical |
 * | `ModelErrors` | more than `errorRatio` of the requests fail for 5 minutes | critical |
 * | `ModelLatencyAboveTarget` | the 95th percentile is above `latencyP95Seconds` for 10 minutes | warning |
 * | `ModelDrift` | drift is above its threshold for `drift.forMinutes` | warning |
 * | `ModelDriftNotMeasured` | there are requests but features of the baseline are not observed for an hour | warning |
 *
 * Series need the labels `namespace`, `model_name` and `model_version`, as target labels of the scrape, so that `up` has them
 * too. The same props give the same rules.
 *
 * @throws InvalidInputError when a number is out of bounds or the baseline is none
 */
export function modelAlertRules(where: IConstruct | string, props: ModelAlertRulesProps): Json {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: props.name,
      namespace: props.namespace,
      labels: {
        ...props.labels,
        ...objectLabels('ai-model', props.modelName, 'model-alerts'),
      },
    },
    spec: { groups: groups(where, props) },
  };
}

function groups(where: IConstruct | string, props: ModelAlertRulesProps): PrometheusRuleGroup[] {
  const { latencyP95Seconds, errorRatio = 0.05 } = props;
  if (latencyP95Seconds !== undefined && (!(latencyP95Seconds > 0) || !Number.isFinite(latencyP95Seconds))) {
    fail(where, 'latencyP95Seconds', 'must be greater than 0', latencyP95Seconds, 'give seconds');
  }
  if (!(errorRatio > 0 && errorRatio < 1)) {
    fail(where, 'errorRatio', 'must be between 0 and 1', errorRatio, 'write 5 % as 0.05');
  }
  const drift = props.drift && driftSettings(where, props.drift);
  const alerts = [
    ...modelAlerts(props, { latencyP95Seconds, errorRatio }),
    ...(drift ? driftAlerts(props, drift) : []),
  ];
  return [
    // first, so that the alerts see what it recorded
    ...(drift ? [driftRules(props, drift)] : []),
    { name: 'alerts', rules: alerts.map((alert) => routed(alert, props)) },
  ];
}

/** With what routes and readers need. */
function routed(alert: Rule, { namespace, runbookUrl: url }: ModelAlertRulesProps): Rule {
  return {
    ...alert,
    labels: { ...alert.labels, namespace },
    annotations: { ...alert.annotations, runbook_url: url ?? runbookUrl(alert.alert ?? '') },
  };
}
