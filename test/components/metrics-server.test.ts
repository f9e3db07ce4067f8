import { Tier } from '../../src';
import { metricsServer } from '../../src/components';

test('metrics-server is pinned and runs beside the other parts of Kubernetes', () => {
  const component = metricsServer({ tier: Tier.LOCAL });
  expect(component.chart).toEqual({
    repository: 'https://kubernetes-sigs.github.io/metrics-server',
    name: 'metrics-server',
    version: '3.13.1',
  });
  expect(component.namespace).toBe('kube-system');
  expect(component.values).toEqual({});
});

test('certificates of kubelets are checked unless they sign them themselves', () => {
  expect(metricsServer({ tier: Tier.LOCAL, selfSignedKubelets: true }).values).toEqual({
    args: ['--kubelet-insecure-tls'],
  });
});

test.each([Tier.STAGING, Tier.PRODUCTION])('in %s it runs twice, with a budget', (tier) => {
  expect(metricsServer({ tier }).values).toEqual({
    replicas: 2,
    podDisruptionBudget: { enabled: true, minAvailable: 1 },
  });
});
