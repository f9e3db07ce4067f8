import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import {
  prometheusAdapter,
  PROMETHEUS_ADAPTER_PEER,
  PrometheusAdapterMetric,
  PrometheusAdapterResource,
} from '../../components/prometheus-adapter';
import { ComponentRegistry } from '../../contracts/component-registry';
import { PLATFORM_GROUP } from '../../contracts/names';
import { INamespace } from '../../contracts/namespace';
import { Monitoring } from '../../constructs/monitoring/monitoring';
import { NetworkFlow } from '../../constructs/tenancy/network-flow';
import { API_SERVER_EGRESS, DNS_EGRESS, tcpPorts } from '../../constructs/tenancy/network-rules';

/** Options of custom metrics. */
export interface CustomMetricsProps {
  /** Namespace of the recording rules. */
  readonly namespace: INamespace;
}

/**
 * The platform's metrics in the Kubernetes API (`custom.metrics.k8s.io`), so that a HorizontalPodAutoscaler can scale by them:
 *
 * | metric | about | unit |
 * | --- | --- | --- |
 * | `model_inference_latency` | Pod, AIModel | seconds, 95th percentile of five minutes |
 * | `inference_requests_per_second` | Pod, AIModel | requests a second |
 * | `inference_queue_depth` | Pod, AIModel | requests |
 * | `pipeline_throughput` | DataPipeline | records a second |
 * | `feature_staleness` | FeatureStore | seconds since the stalest feature was updated |
 *
 * Prometheus records each from what model servers, pipelines and feature stores expose, and prometheus-adapter shows what was
 * recorded. Installed into Prometheus' namespace, which denies everything by default; the network policies here permit what
 * the adapter needs. From staging on the adapter runs twice. One per environment, which must have `Monitoring`.
 */
export class CustomMetrics extends Construct {
  /** The recording rules. */
  public readonly rule: ApiObject;

  /** @throws InvalidInputError when the environment has no Monitoring */
  public constructor(scope: Construct, id: string, props: CustomMetricsProps) {
    super(scope, id);
    const monitoring = Monitoring.of(this);
    const { protocol, hostname, port } = new URL(monitoring.prometheusUrl);
    ComponentRegistry.of(this).require(
      prometheusAdapter({
        metrics: adapterMetrics(),
        prometheusHost: `${protocol}//${hostname}`,
        prometheusPort: Number(port),
      }),
    );
    this.rule = new ApiObject(this, 'Resource', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'platform-metrics', namespace: props.namespace.namespaceName },
      spec: { groups: [{ name: 'platform-metrics', interval: '30s', rules: recordingRules() }] },
    });
    new NetworkFlow(this, 'Queries', { from: PROMETHEUS_ADAPTER_PEER, to: monitoring.prometheus });
    this.permitApiServer();
  }

  /** The API server has no pods to name: it calls the adapter from anywhere, and is reached by its port. */
  private permitApiServer(): void {
    const { namespace, podLabels, ports } = PROMETHEUS_ADAPTER_PEER;
    new k8s.KubeNetworkPolicy(this, 'ApiServer', {
      metadata: { name: 'prometheus-adapter-api-server', namespace },
      spec: {
        podSelector: { matchLabels: podLabels },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: tcpPorts(ports) }],
        egress: [API_SERVER_EGRESS, DNS_EGRESS],
      },
    });
  }
}

/** A series that Prometheus computes from what programs expose, and the metric that Kubernetes shows of it. */
interface PlatformMetric {
  /** Name in Kubernetes. */
  readonly name: string;
  /** Name of the recorded series. */
  readonly series: string;
  /** PromQL; the first source that a program exposes counts. */
  readonly sources: string[];
  readonly aggregation: string;
  readonly resources: PrometheusAdapterResource[];
}

const POD: PrometheusAdapterResource = { label: 'pod', resource: 'pod' };
const MODEL: PrometheusAdapterResource = { label: 'model_name', group: PLATFORM_GROUP, resource: 'aimodel' };
const BY_MODEL = 'namespace, pod, model_name, model_version';

/**
 * The metrics of the platform. Names of sources:
 *
 * - `inference_*` is what our inference service exposes, `request_predict_seconds` KServe's Python servers, `nv_*` Triton.
 *   Triton has no histogram of latencies by default, so its mean is used for the 95th percentile. TensorFlow Serving's begin
 *   with a colon, and its times are microseconds.
 * - `pipeline_records_processed_total` is what a pipeline's job exposes, `flink_*` Flink's reporter.
 * - `feature_last_update_timestamp_seconds` is what the feature store's jobs expose, `feast_*` Feast's server.
 */
const METRICS: PlatformMetric[] = [
  {
    name: 'model_inference_latency',
    series: 'model:inference_latency_seconds:p95',
    sources: [
      `histogram_quantile(0.95, sum by (${BY_MODEL}, le) (rate(inference_latency_seconds_bucket[5m])))`,
      `histogram_quantile(0.95, sum by (${BY_MODEL}, le) (rate(request_predict_seconds_bucket[5m])))`,
      `sum by (${BY_MODEL}) (rate(nv_inference_request_duration_us[5m])) / sum by (${BY_MODEL}) (rate(nv_inference_request_success[5m])) / 1e6`,
      `histogram_quantile(0.95, sum by (${BY_MODEL}, le) (rate(:tensorflow:serving:request_latency_bucket[5m]))) / 1e6`,
    ],
    aggregation: 'max',
    resources: [POD, MODEL],
  },
  {
    name: 'inference_requests_per_second',
    series: 'model:inference_requests:rate1m',
    sources: [
      `sum by (${BY_MODEL}) (rate(inference_requests_total[1m]))`,
      `sum by (${BY_MODEL}) (rate(request_predict_seconds_count[1m]))`,
      `sum by (${BY_MODEL}) (rate(nv_inference_request_success[1m]) + rate(nv_inference_request_failure[1m]))`,
      `sum by (${BY_MODEL}) (rate(:tensorflow:serving:request_count[1m]))`,
    ],
    aggregation: 'sum',
    resources: [POD, MODEL],
  },
  {
    name: 'inference_queue_depth',
    series: 'model:inference_queue_depth:sum',
    sources: [
      `sum by (${BY_MODEL}) (inference_queue_depth)`,
      `sum by (${BY_MODEL}) (nv_inference_pending_request_count)`,
    ],
    aggregation: 'sum',
    resources: [POD, MODEL],
  },
  {
    name: 'pipeline_throughput',
    series: 'pipeline:records_processed:rate5m',
    sources: [
      'sum by (namespace, pipeline_name) (rate(pipeline_records_processed_total[5m]))',
      'sum by (namespace, pipeline_name) (flink_taskmanager_job_task_numRecordsOutPerSecond)',
    ],
    aggregation: 'sum',
    resources: [{ label: 'pipeline_name', group: PLATFORM_GROUP, resource: 'datapipeline' }],
  },
  {
    name: 'feature_staleness',
    series: 'feature_store:staleness_seconds:max',
    sources: [
      'max by (namespace, feature_store, feature) (time() - feature_last_update_timestamp_seconds)',
      'max by (namespace, feature_store, feature) (label_replace(feast_feature_freshness_seconds, "feature", "$1", "feature_view", "(.*)"))',
    ],
    aggregation: 'max',
    resources: [{ label: 'feature_store', group: PLATFORM_GROUP, resource: 'featurestore' }],
  },
];

/** The recording rules, for a PrometheusRule. */
export function recordingRules(): { [key: string]: string }[] {
  return METRICS.map(({ series, sources }) => ({ record: series, expr: sources.join('\nor\n') }));
}

/** What the adapter shows to Kubernetes. */
function adapterMetrics(): PrometheusAdapterMetric[] {
  return METRICS.map(({ name, series, aggregation, resources }) => ({ name, series, aggregation, resources }));
}

/** Names of the recorded series by the names of the metrics. */
export const SERIES: { readonly [metric: string]: string } = Object.fromEntries(
  METRICS.map(({ name, series }) => [name, series]),
);
