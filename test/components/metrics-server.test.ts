import { metricsServer } from '../../src/components';

test('metrics-server is pinned and runs beside the other parts of Kubernetes', () => {
  const component = metricsServer();
  expect(component.chart).toEqual({
    repository: 'https://kubernetes-sigs.github.io/metrics-server',
    name: 'metrics-server',
    version: '3.13.1',
  });
  expect(component.namespace).toBe('kube-system');
  expect(component.values).toEqual({});
});

test('certificates of kubelets are checked unless they sign them themselves', () => {
  expect(metricsServer({ selfSignedKubelets: true }).values).toEqual({
    args: ['--kubelet-insecure-tls'],
  });
});

test('in staging and production it runs twice, with a budget', () => {
  expect(metricsServer().highAvailabilityValues).toEqual({
    replicas: 2,
    podDisruptionBudget: { enabled: true, minAvailable: 1 },
  });
});
