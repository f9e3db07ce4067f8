import { IConstruct } from 'constructs';
import { AIModelSpec } from '../../api/generated/ai-model';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';
import { runbookUrl } from '../../contracts/runbooks';
import { objectLabels } from '../child-names';
import { metricsEndpoint, MODEL_LABELS } from '../metrics/metrics-endpoint';
import { modelAlerts, PrometheusRuleGroup, Rule } from './alerts';
import { driftAlerts, DriftRuleProps, driftRuleProps, driftRules, driftSettings } from './drift';
import { isMonitored, Json, ModelPlan, serverSelector } from './plan';

/** Scrapes one model; for platforms without `PlatformMonitors`, whose monitor it is like. */
export function serviceMonitor({ name, serverName, namespace, labels, spec, settings }: ModelPlan): Json | undefined {
  if (!isMonitored(spec) || !(settings.serviceMonitors ?? false)) return undefined;
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: serverName, namespace, labels },
    spec: {
      selector: { matchLabels: serverSelector(name) },
      endpoints: [metricsEndpoint(MODEL_LABELS)],
    },
  };
}

/** The alerts of a model, with its drift once the baseline is known. */
export function alertRules(plan: ModelPlan, scope: IConstruct): Json | undefined {
  const { name, serverName, namespace, labels, spec, settings, driftBaseline } = plan;
  if (!isMonitored(spec) || !(settings.alerts ?? true)) return undefined;
  return modelAlertRules(scope, {
    name: serverName,
    namespace,
    modelName: name,
    modelVersion: spec.version,
    labels: { ...labels },
    ...declaredFigures(spec),
    drift: driftRuleProps(spec, driftBaseline),
  });
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
   * Median time of an answer in seconds, over all replicas.
   *
   * @default - none
   */
  readonly latencyP50Seconds?: number;
  /**
   * Time in seconds that 95 % of the answers take at most, over all replicas.
   *
   * @default - only the bound that holds for all models, see PlatformAlerts
   */
  readonly latencyP95Seconds?: number;
  /**
   * Time in seconds that 99 % of the answers take at most, over all replicas.
   *
   * @default - none
   */
  readonly latencyP99Seconds?: number;
  /**
   * Answers per second that a replica can give.
   *
   * @default - not known: how much is asked of it is not compared
   */
  readonly throughput?: number;
  /**
   * Figures of the model by name, as its author measured them. They are recorded as `model:declared:value`.
   *
   * @default - none
   */
  readonly declared?: { readonly [figure: string]: number };
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
 * | `ModelLatencyAboveTarget` | the median, 95th or 99th percentile is above its target for 10 minutes | warning |
 * | `ModelAboveThroughput` | replicas are asked for more than `throughput` each for 15 minutes | warning |
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
  const { errorRatio = 0.05 } = props;
  for (const prop of ['latencyP50Seconds', 'latencyP95Seconds', 'latencyP99Seconds', 'throughput'] as const) {
    const value = props[prop];
    if (value === undefined || (value > 0 && Number.isFinite(value))) continue;
    const fix = prop === 'throughput' ? 'give answers per second' : 'give seconds';
    fail(where, prop, 'must be greater than 0', value, fix);
  }
  if (!(errorRatio > 0 && errorRatio < 1)) {
    fail(where, 'errorRatio', 'must be between 0 and 1', errorRatio, 'write 5 % as 0.05');
  }
  const drift = props.drift && driftSettings(where, props.drift);
  const alerts = [...modelAlerts(props, { ...props, errorRatio }), ...(drift ? driftAlerts(props, drift) : [])];
  return [
    // first, so that the alerts see what it recorded
    ...(drift ? [driftRules(props, drift)] : []),
    ...declaredRules(props),
    { name: 'alerts', rules: alerts.map((alert) => routed(alert, props)) },
  ];
}

/** What the spec says of the model, in the units of the rules. */
function declaredFigures({ metrics = {} }: AIModelSpec): DeclaredFigures {
  const { latencyP50, latencyP95, latencyP99, throughput, ...qualities } = metrics;
  const seconds = (time: string | undefined): number | undefined =>
    time === undefined ? undefined : durationSeconds(time);
  const figures = {
    latencyP50Seconds: seconds(latencyP50),
    latencyP95Seconds: seconds(latencyP95),
    latencyP99Seconds: seconds(latencyP99),
    // 0 is what a model has that is not asked
    throughput: throughput === 0 ? undefined : throughput,
  };
  const declared = Object.entries({ ...qualities, ...figures }).filter(
    (figure): figure is [string, number] => figure[1] !== undefined,
  );
  return { ...figures, declared: Object.fromEntries(declared.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

type DeclaredFigures = Pick<
  ModelAlertRulesProps,
  'latencyP50Seconds' | 'latencyP95Seconds' | 'latencyP99Seconds' | 'throughput' | 'declared'
>;

/** The declared figures as series, which dashboards show beside what is observed. */
function declaredRules({
  namespace,
  modelName,
  modelVersion,
  declared = {},
}: ModelAlertRulesProps): PrometheusRuleGroup[] {
  const rules = Object.entries(declared).map(([figure, value]) => ({
    record: 'model:declared:value',
    expr: `vector(${value})`,
    labels: { figure },
  }));
  if (rules.length === 0) return [];
  return [
    {
      name: 'declared',
      labels: { namespace, model_name: modelName, model_version: modelVersion },
      rules,
    },
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
