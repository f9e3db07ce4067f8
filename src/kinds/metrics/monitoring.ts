import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { PLATFORM_GROUP } from '../../contracts/names';
import { INamespace } from '../../contracts/namespace';
import { runbookUrl } from '../../contracts/runbooks';
import { AlertRules, AlertSeverity } from '../../constructs/monitoring/alert-rules';
import { SERIES } from './custom-metrics';
import { metricsEndpoint, MODEL_LABELS } from './metrics-endpoint';

/** The label that tells what part of the platform a Service or pod is. */
const COMPONENT_LABEL = `${PLATFORM_GROUP}/component`;

/** Options of the monitors. */
export interface PlatformMonitorsProps {
  /** Namespace of the monitors. */
  readonly namespace: INamespace;
  /**
   * Seconds between two scrapes.
   *
   * @default 30
   */
  readonly intervalSeconds?: number;
}

/**
 * Has Prometheus scrape, in every namespace, the port `metrics` of:
 *
 * - Services labelled `nstarx.io/component: model-server`. The series get `model_name` and `model_version` from the labels of
 *   the pods of these names.
 * - Services labelled `nstarx.io/component: drift-collector`, which say themselves which model they are about: with the same target
 *   labels, `up` would count them as its servers.
 * - pods labelled `nstarx.io/component: pipeline`, with `pipeline_name`. Jobs have no Service.
 * - Services labelled `nstarx.io/component: feature-server`, with `feature_store`.
 *
 * What a program itself says in such a label is kept as `exported_…`. Each namespace must let Prometheus in.
 */
export class PlatformMonitors extends Construct {
  /** The ServiceMonitor of the model servers. */
  public readonly modelServers: ApiObject;
  /** The ServiceMonitor of what counts the values that models are asked with. */
  public readonly driftCollectors: ApiObject;
  /** The PodMonitor of the pipelines. */
  public readonly pipelines: ApiObject;
  /** The ServiceMonitor of the feature servers. */
  public readonly featureServers: ApiObject;

  public constructor(scope: Construct, id: string, props: PlatformMonitorsProps) {
    super(scope, id);
    const { namespaceName: namespace } = props.namespace;
    const endpoint = (...labels: string[]) => metricsEndpoint(labels, props.intervalSeconds);
    const monitor = (child: string, kind: string, name: string, component: string, endpoints: object): ApiObject =>
      new ApiObject(this, child, {
        apiVersion: 'monitoring.coreos.com/v1',
        kind,
        metadata: { name, namespace },
        spec: {
          // without it, a monitor sees its own namespace only
          namespaceSelector: { any: true },
          selector: { matchLabels: { [COMPONENT_LABEL]: component } },
          ...endpoints,
        },
      });
    this.modelServers = monitor('Resource', 'ServiceMonitor', 'ai-model-metrics', 'model-server', {
      endpoints: [endpoint(...MODEL_LABELS)],
    });
    this.driftCollectors = monitor('DriftCollectors', 'ServiceMonitor', 'ai-model-drift-metrics', 'drift-collector', {
      endpoints: [endpoint()],
    });
    this.pipelines = monitor('Pipelines', 'PodMonitor', 'data-pipeline-metrics', 'pipeline', {
      podMetricsEndpoints: [endpoint('pipeline_name')],
    });
    this.featureServers = monitor('FeatureServers', 'ServiceMonitor', 'feature-store-metrics', 'feature-server', {
      endpoints: [endpoint('feature_store')],
    });
  }
}

/** What the platform promises of models, pipelines and features. */
export interface PlatformObjectives {
  /**
   * Largest 95th percentile of a model's latency, in seconds.
   *
   * @default 0.5
   */
  readonly latencySeconds?: number;
  /**
   * Smallest share of its rate a day before that a pipeline may fall to, between 0 and 1.
   *
   * @default 0.5
   */
  readonly throughputRatio?: number;
  /**
   * Longest time since a feature was updated, in seconds.
   *
   * @default 86400
   */
  readonly stalenessSeconds?: number;
}

/** Options of the alerts. */
export interface PlatformAlertsProps {
  /** Namespace of the rules. */
  readonly namespace: INamespace;
  /**
   * What is promised.
   *
   * @default - the defaults of each
   */
  readonly objectives?: PlatformObjectives;
}

/** Alerts about models that answer late, pipelines that slow down, and features that are stale. */
export class PlatformAlerts extends Construct {
  /** The rules; more can be added. */
  public readonly rules: AlertRules;

  /** @throws InvalidInputError when an objective is out of bounds */
  public constructor(scope: Construct, id: string, props: PlatformAlertsProps) {
    super(scope, id);
    const latency = this.positive('latencySeconds', props.objectives?.latencySeconds ?? 0.5);
    const staleness = this.positive('stalenessSeconds', props.objectives?.stalenessSeconds ?? 86_400);
    const ratio = props.objectives?.throughputRatio ?? 0.5;
    if (!(ratio > 0 && ratio < 1)) {
      fail(this, 'objectives.throughputRatio', 'must be between 0 and 1', ratio, 'write 50 % as 0.5');
    }
    this.rules = new AlertRules(this, 'Rules', { namespace: props.namespace, name: 'platform-alerts' });
    this.rules.add({
      name: 'ModelInferenceSlow',
      runbookUrl: runbookUrl('ModelInferenceSlow'),
      expression: `max by (namespace, model_name, model_version) (${SERIES.model_inference_latency}) > ${latency}`,
      summary:
        'Model {{ $labels.model_name }} {{ $labels.model_version }} in {{ $labels.namespace }} takes {{ $value | humanizeDuration }} for one request in 20',
      severity: AlertSeverity.CRITICAL,
      forMinutes: 10,
    });
    const throughput = `sum by (namespace, pipeline_name) (${SERIES.pipeline_throughput})`;
    const before = `sum by (namespace, pipeline_name) (${SERIES.pipeline_throughput} offset 1d)`;
    this.rules.add({
      name: 'PipelineThroughputLow',
      runbookUrl: runbookUrl('PipelineThroughputLow'),
      // a pipeline that does not run now has no rate, and is none of this alert's business
      expression: `${throughput} < ${ratio} * ${before}`,
      summary:
        'Pipeline {{ $labels.pipeline_name }} in {{ $labels.namespace }} processes {{ $value | humanize }} records a second, far fewer than a day before',
      forMinutes: 15,
    });
    this.rules.add({
      name: 'FeatureStale',
      runbookUrl: runbookUrl('FeatureStale'),
      expression: `max by (namespace, feature_store, feature) (${SERIES.feature_staleness}) > ${staleness}`,
      summary:
        'Feature {{ $labels.feature }} of {{ $labels.feature_store }} was updated {{ $value | humanizeDuration }} ago',
      forMinutes: 15,
    });
  }

  private positive(prop: string, value: number): number {
    if (!(value > 0) || !Number.isFinite(value)) {
      fail(this, `objectives.${prop}`, 'must be greater than 0', value, 'give seconds');
    }
    return value;
  }
}
