import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { PLATFORM_GROUP } from '../../contracts/names';
import { driftAlerts, servingAlerts } from './model-alerts';
import { DriftRuleProps, driftRules, driftSettings } from './drift-rules';
import { PrometheusRuleGroup, Rule } from './alert-promql';

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
   * @default - each alert says it in its description
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
 */
export class ModelAlertRules extends Construct {
  /** The PrometheusRule. */
  public readonly rule: ApiObject;

  /** @throws InvalidInputError when a number is out of bounds or the baseline is none */
  public constructor(scope: Construct, id: string, props: ModelAlertRulesProps) {
    super(scope, id);
    this.rule = new ApiObject(this, 'Resource', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: {
        name: props.name,
        namespace: props.namespace,
        labels: {
          ...props.labels,
          'app.kubernetes.io/name': props.modelName,
          'app.kubernetes.io/component': 'model-alerts',
          'app.kubernetes.io/part-of': 'ml-platform',
          [`${PLATFORM_GROUP}/model`]: props.modelName,
        },
      },
      spec: { groups: groups(this.node.path, props) },
    });
  }
}

function groups(where: string, props: ModelAlertRulesProps): PrometheusRuleGroup[] {
  const { latencyP95Seconds, errorRatio = 0.05 } = props;
  if (latencyP95Seconds !== undefined && (!(latencyP95Seconds > 0) || !Number.isFinite(latencyP95Seconds))) {
    fail(where, 'latencyP95Seconds', 'must be greater than 0', latencyP95Seconds, 'give seconds');
  }
  if (!(errorRatio > 0 && errorRatio < 1)) {
    fail(where, 'errorRatio', 'must be between 0 and 1', errorRatio, 'write 5 % as 0.05');
  }
  const drift = props.drift && driftSettings(where, props.drift);
  const alerts = [
    ...servingAlerts(props, { latencyP95Seconds, errorRatio }),
    ...(drift ? driftAlerts(props, drift) : []),
  ];
  return [
    // first, so that the alerts see what it recorded
    ...(drift ? [driftRules(props, drift)] : []),
    { name: 'alerts', rules: alerts.map((alert) => withRunbook(alert, props.runbookUrl)) },
  ];
}

function withRunbook(alert: Rule, url?: string): Rule {
  return url === undefined ? alert : { ...alert, annotations: { ...alert.annotations, runbook_url: url } };
}
