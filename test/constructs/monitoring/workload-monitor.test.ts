import { WorkloadMonitor, WorkloadMonitorProps } from '../../../src/constructs/monitoring';
import { manifests, TestEnvironment, TestWorkload } from '../tenancy/support';

function monitorOf(ports: number[] | undefined, props: Partial<WorkloadMonitorProps> = {}) {
  const chart = new TestEnvironment().chart();
  const workload = new TestWorkload(chart, 'api', 'web', ports);
  return manifests(new WorkloadMonitor(chart, 'api-metrics', { workload, ...props }))[0];
}

test('the pods are scraped on the only port', () => {
  expect(monitorOf([8080])).toEqual({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { name: 'api-metrics', namespace: 'web' },
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': 'api' } },
      podMetricsEndpoints: [{ portNumber: 8080, path: '/metrics', interval: '30s' }],
    },
  });
});

test('the metrics of pods carry the name of their Service where it is said', () => {
  const { spec } = monitorOf([8080], { serviceName: 'api' });
  expect(spec.podMetricsEndpoints).toEqual([
    {
      portNumber: 8080,
      path: '/metrics',
      interval: '30s',
      relabelings: [{ targetLabel: 'service', replacement: 'api' }],
    },
  ]);
});

test('a Service is scraped by the name of its port', () => {
  const monitor = monitorOf([8080], {
    serviceLabels: { app: 'api' },
    servicePort: 'metrics',
    path: '/m',
    intervalSeconds: 60,
  });
  expect(monitor.kind).toBe('ServiceMonitor');
  expect(monitor.spec).toEqual({
    selector: { matchLabels: { app: 'api' } },
    endpoints: [{ port: 'metrics', path: '/m', interval: '60s' }],
  });
});

test.each<[string, number[] | undefined, Partial<WorkloadMonitorProps>, string]>([
  [
    'to choose between ports',
    [80, 81],
    {},
    '[test/chart/api-metrics] port must be the number of the port with metrics, got nothing: the workload listens on 80, 81.',
  ],
  [
    'to guess a port',
    undefined,
    {},
    '[test/chart/api-metrics] port must be the number of the port with metrics, got nothing: the workload listens on none.',
  ],
  [
    'a Service without a port',
    [80],
    { serviceLabels: { app: 'api' } },
    '[test/chart/api-metrics] servicePort must come with serviceLabels, got nothing: give both for a ServiceMonitor, or neither for a PodMonitor.',
  ],
  [
    'to name a Service that is known',
    [80],
    { serviceLabels: { app: 'api' }, servicePort: 'metrics', serviceName: 'api' },
    '[test/chart/api-metrics] serviceName must not come with serviceLabels, got "api": leave it out: a ServiceMonitor knows the Service.',
  ],
  [
    'to scrape every second',
    [80],
    { intervalSeconds: 1 },
    '[test/chart/api-metrics] intervalSeconds must be a whole number of at least 5, got 1: scrape less often.',
  ],
])('refuses %s', (_, ports, props, message) => {
  expect(() => monitorOf(ports, props)).toThrow(message);
});
