import { Component } from '../contracts/component';

/** Namespace of KEDA. */
export const KEDA_NAMESPACE = 'keda';

/**
 * KEDA, which scales by the length of queues and other events, and to nothing.
 *
 * It serves `external.metrics.k8s.io`, and prometheus-adapter `custom.metrics.k8s.io`, so both can run in one cluster.
 *
 * Source: https://github.com/kedacore/charts/tree/main/keda
 */
export function keda(): Component {
  return new Component('keda', {
    chart: { repository: 'https://kedacore.github.io/charts', name: 'keda', version: '2.20.2' },
    namespace: KEDA_NAMESPACE,
    customResources: [
      ...['CloudEventSource', 'ClusterCloudEventSource'].map((kind) => `${kind}.eventing.keda.sh`),
      ...['ClusterTriggerAuthentication', 'ScaledJob', 'ScaledObject', 'TriggerAuthentication'].map(
        (kind) => `${kind}.keda.sh`,
      ),
    ],
    clusterScopedResources: ['ClusterCloudEventSource.eventing.keda.sh', 'ClusterTriggerAuthentication.keda.sh'],
    values: {
      image: { pullPolicy: 'IfNotPresent' },
      resources: {
        operator: resources('100m', '128Mi', '1Gi'),
        metricServer: resources('50m', '128Mi', '512Mi'),
        webhooks: resources('10m', '64Mi', '256Mi'),
      },
    },
  });
}

function resources(cpu: string, memory: string, limit: string): { [key: string]: unknown } {
  // the chart's own CPU limit stays unless it is taken away: throttled operators scale late
  return { requests: { cpu, memory }, limits: { cpu: null, memory: limit } };
}
