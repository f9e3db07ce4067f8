import { Component } from '../contracts/component';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Options of metrics-server. */
export interface MetricsServerOptions {
  /**
   * Whether the kubelets' certificates are signed by themselves, as on Kind, and are therefore not checked.
   *
   * @default false
   */
  readonly selfSignedKubelets?: boolean;
}

/**
 * metrics-server, which gives HorizontalPodAutoscalers and `kubectl top` the CPU and memory of pods.
 *
 * Source: https://github.com/kubernetes-sigs/metrics-server/tree/master/charts/metrics-server
 */
export function metricsServer(options: MetricsServerOptions = {}): Component {
  return new Component('metrics-server', {
    chart: {
      repository: 'https://kubernetes-sigs.github.io/metrics-server',
      name: 'metrics-server',
      version: '3.13.1',
    },
    namespace: 'kube-system',
    footprint: FOOTPRINT,
    highAvailabilityValues: { replicas: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } },
    values: {
      ...(options.selfSignedKubelets ? { args: ['--kubelet-insecure-tls'] } : {}),
    },
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('metrics-server', {
  references: [{ kind: 'Secret', nameAt: 'tls.existingSecret' }],
  workloads: { 'metrics-server': valuesBelow('', { imageAt: 'image', disruptionBudgetAt: 'podDisruptionBudget' }) },
});
