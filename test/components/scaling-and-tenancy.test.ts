import { capsule } from '../../src/components/capsule';
import { keda } from '../../src/components/keda';
import { prometheusAdapter } from '../../src/components/prometheus-adapter';

const ADAPTER = { prometheusHost: 'http://prometheus.monitoring.svc', prometheusPort: 9090 };

test('the adapter shows the metrics that it is given and no others', () => {
  const component = prometheusAdapter({
    ...ADAPTER,
    metrics: [
      {
        name: 'model_inference_latency',
        series: 'model:inference_latency_seconds:p95',
        aggregation: 'max',
        resources: [
          { label: 'pod', resource: 'pod' },
          { label: 'model_name', group: 'nstarx.io', resource: 'aimodel' },
        ],
      },
    ],
  });
  expect(component.chart).toMatchObject({ name: 'prometheus-adapter', version: '5.3.0' });
  expect(component.values.prometheus).toEqual({ url: 'http://prometheus.monitoring.svc', port: 9090 });
  expect(component.values.rules).toEqual({
    default: false,
    custom: [
      {
        seriesQuery: 'model:inference_latency_seconds:p95{namespace!=""}',
        resources: {
          overrides: {
            namespace: { resource: 'namespace' },
            pod: { resource: 'pod' },
            model_name: { group: 'nstarx.io', resource: 'aimodel' },
          },
        },
        name: { matches: '^model:inference_latency_seconds:p95$', as: 'model_inference_latency' },
        metricsQuery: 'max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)',
      },
    ],
  });
});

test('the API server can check whom it asks for metrics', () => {
  const component = prometheusAdapter({ ...ADAPTER, metrics: [] });
  expect(component.values.certManager).toEqual({ enabled: true });
  expect(component.requires.map(({ name }) => name)).toEqual(['cert-manager']);
});

test('two adapters have a budget', () => {
  const { values, highAvailabilityValues } = prometheusAdapter({ ...ADAPTER, metrics: [] });
  expect(highAvailabilityValues).toEqual({ replicas: 2, podDisruptionBudget: { enabled: true } });
  expect(values.podDisruptionBudget).toBeUndefined();
});

test('Capsule knows who owns tenants, and leaves its certificate to cert-manager', () => {
  const component = capsule({ ownerGroups: ['acme-owners'] });
  expect(component.chart).toEqual({
    repository: 'oci://ghcr.io/projectcapsule/charts',
    name: 'capsule',
    version: '0.14.0',
  });
  expect(component.values).toMatchObject({
    tls: { enableController: false, create: false },
    certManager: { generateCertificates: true },
    manager: { options: { users: [{ kind: 'Group', name: 'acme-owners' }] } },
  });
});

test('KEDA has memory limits and no CPU limits', () => {
  const component = keda();
  expect(component.chart).toMatchObject({ name: 'keda', version: '2.20.2' });
  expect(Object.values(component.values.resources as { [part: string]: { limits: object } })).toEqual(
    ['1Gi', '512Mi', '256Mi'].map((memory) => expect.objectContaining({ limits: { cpu: null, memory } }) as object),
  );
});
