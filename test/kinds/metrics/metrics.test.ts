import { CustomMetrics } from '../../../src/kinds/metrics/custom-metrics';
import { PlatformAlerts, PlatformMonitors } from '../../../src/kinds/metrics/monitoring';
import { Monitoring } from '../../../src/constructs/monitoring';
import { Namespace } from '../../../src/constructs/tenancy';
import { Tier } from '../../../src/contracts';
import { Json, list, manifest, TestCluster, TestEnvironment, text } from '../../constructs/tenancy/support';

function setUp(tier = Tier.DEVELOPMENT) {
  const environment = new TestEnvironment(tier);
  new TestCluster(environment);
  const chart = environment.chart();
  new Monitoring(chart, 'monitoring');
  return { environment, chart, namespace: new Namespace(chart, 'nstarx-system') };
}

function adapterOf(environment: TestEnvironment): Json {
  const adapter = environment.components.sorted().find(({ name }) => name === 'prometheus-adapter');
  return adapter?.values as unknown as Json;
}

test('every metric that Kubernetes shows is a series that Prometheus records', () => {
  const { environment, chart, namespace } = setUp();
  new CustomMetrics(chart, 'metrics', { namespace });
  const rule = manifest(chart, 'PrometheusRule', 'platform-metrics', 'nstarx-system');
  const recorded = list(list(rule.spec.groups)[0].rules).map((one) => text(one.record));
  const shown = list(adapterOf(environment).rules.custom);
  expect(shown.map(({ name }) => text(name.as)).sort()).toEqual([
    'feature_staleness',
    'inference_queue_depth',
    'inference_requests_per_second',
    'model_inference_latency',
    'pipeline_throughput',
  ]);
  expect(shown.map(({ seriesQuery }) => text(seriesQuery).replace('{namespace!=""}', '')).sort()).toEqual(
    recorded.sort(),
  );
});

test('requests and latencies of models are known from each of the servers', () => {
  const { chart, namespace } = setUp();
  new CustomMetrics(chart, 'metrics', { namespace });
  const rule = manifest(chart, 'PrometheusRule', 'platform-metrics', 'nstarx-system');
  const rules = Object.fromEntries(
    list(list(rule.spec.groups)[0].rules).map(({ record, expr }) => [text(record), text(expr).split('\nor\n')]),
  );
  const seriesOf = (record: string) => rules[record].map((expr) => /rate\(([\w:]+)/.exec(expr)?.[1]);
  expect(seriesOf('model:inference_requests:rate1m')).toEqual([
    'inference_requests_total',
    'request_predict_seconds_count',
    'nv_inference_request_success',
    ':tensorflow:serving:request_count',
  ]);
  expect(seriesOf('model:inference_latency_seconds:p95')).toEqual([
    'inference_latency_seconds_bucket',
    'request_predict_seconds_bucket',
    'nv_inference_request_duration_us',
    ':tensorflow:serving:request_latency_bucket',
  ]);
});

test('metrics are about our kinds, by the label that holds the name of the object', () => {
  const { environment, chart, namespace } = setUp();
  new CustomMetrics(chart, 'metrics', { namespace });
  const overrides = Object.fromEntries(
    list(adapterOf(environment).rules.custom).map(({ name, resources }) => [text(name.as), resources.overrides]),
  );
  expect(overrides.model_inference_latency).toEqual({
    namespace: { resource: 'namespace' },
    pod: { resource: 'pod' },
    model_name: { group: 'nstarx.io', resource: 'aimodel' },
  });
  expect(overrides.pipeline_throughput.pipeline_name).toEqual({ group: 'nstarx.io', resource: 'datapipeline' });
  expect(overrides.feature_staleness.feature_store).toEqual({ group: 'nstarx.io', resource: 'featurestore' });
});

test('the adapter reaches Prometheus and is reached by the API server, and nothing else', () => {
  const { environment, chart, namespace } = setUp(Tier.PRODUCTION);
  new CustomMetrics(chart, 'metrics', { namespace });
  expect(adapterOf(environment)).toMatchObject({
    replicas: 2,
    prometheus: { url: 'http://kube-prometheus-stack-prometheus.data-platform-monitoring.svc', port: 9090 },
  });
  const policy = manifest(chart, 'NetworkPolicy', 'prometheus-adapter-api-server', 'data-platform-monitoring');
  expect(policy.spec).toEqual({
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus-adapter' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ ports: [{ port: 6443, protocol: 'TCP' }] }],
    egress: [
      {
        ports: [
          { port: 443, protocol: 'TCP' },
          { port: 6443, protocol: 'TCP' },
        ],
      },
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
        ],
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
    ],
  });
});

test('model servers are scraped in every namespace, and their series say which model and version', () => {
  const { chart, namespace } = setUp();
  new PlatformMonitors(chart, 'monitors', { namespace });
  expect(manifest(chart, 'ServiceMonitor', 'ai-model-metrics', 'nstarx-system').spec).toEqual({
    namespaceSelector: { any: true },
    selector: { matchLabels: { 'nstarx.io/component': 'model-server' } },
    endpoints: [
      {
        port: 'metrics',
        interval: '30s',
        path: '/metrics',
        relabelings: [
          { sourceLabels: ['__meta_kubernetes_pod_label_model_name'], targetLabel: 'model_name' },
          { sourceLabels: ['__meta_kubernetes_pod_label_model_version'], targetLabel: 'model_version' },
        ],
      },
    ],
  });
  expect(manifest(chart, 'PodMonitor', 'data-pipeline-metrics').spec.podMetricsEndpoints).toBeDefined();
  expect(manifest(chart, 'ServiceMonitor', 'feature-store-metrics').spec.selector.matchLabels).toEqual({
    'nstarx.io/component': 'feature-server',
  });
});

test('there is an alert for latency, throughput and staleness, with bounds that can be set', () => {
  const { chart, namespace } = setUp();
  new PlatformAlerts(chart, 'alerts', { namespace, objectives: { latencySeconds: 0.25 } });
  const rules = list(list(manifest(chart, 'PrometheusRule', 'platform-alerts').spec.groups)[0].rules);
  const byName = Object.fromEntries(rules.map(({ alert, expr }) => [text(alert), text(expr)]));
  expect(byName).toEqual({
    ModelInferenceSlow: 'max by (namespace, model_name, model_version) (model:inference_latency_seconds:p95) > 0.25',
    PipelineThroughputLow:
      'sum by (namespace, pipeline_name) (pipeline:records_processed:rate5m) < 0.5 * sum by (namespace, pipeline_name) (pipeline:records_processed:rate5m offset 1d)',
    FeatureStale: 'max by (namespace, feature_store, feature) (feature_store:staleness_seconds:max) > 86400',
  });
});

test.each([
  [{ latencySeconds: 0 }, 'objectives.latencySeconds must be greater than 0, got 0: give seconds.'],
  [{ stalenessSeconds: -1 }, 'objectives.stalenessSeconds must be greater than 0, got -1: give seconds.'],
  [{ throughputRatio: 1 }, 'objectives.throughputRatio must be between 0 and 1, got 1: write 50 % as 0.5.'],
])('objectives %j are refused', (objectives, message) => {
  const { chart, namespace } = setUp();
  expect(() => new PlatformAlerts(chart, 'alerts', { namespace, objectives })).toThrow(message);
});
