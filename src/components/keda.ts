import { Component } from '../contracts/component';
import { chartFootprint, WorkloadValues } from './chart-footprint';

/** Namespace of KEDA. */
export const KEDA_NAMESPACE = 'keda';

/** The pods of KEDA that ask for metrics. */
export const KEDA_OPERATOR_LABELS = { app: 'keda-operator' };

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
    footprint: FOOTPRINT,
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

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('keda', {
  workloads: {
    'keda-operator': part('operator', 'operator', 'keda'),
    'keda-operator-metrics-apiserver': part('metricsServer', 'metricServer', 'metricsApiServer'),
    'keda-admission-webhooks': { ...part('webhooks', 'webhooks', 'webhooks'), enabledAt: 'webhooks.enabled' },
  },
  servedBy: 'keda-admission-webhooks',
  webhooks: Object.fromEntries(
    [
      'vscaledobject',
      'vscaledjob',
      'vstriggerauthentication',
      'vsclustertriggerauthentication',
      'vcloudeventsource',
      'vclustercloudeventsource',
    ].map((name) => [`${name}.kb.io`, { enabledAt: 'webhooks.enabled', failurePolicyAt: 'webhooks.failurePolicy' }]),
  ),
});

/** The chart names one workload differently in each of its tables. */
function part(key: string, resources: string, image: string): WorkloadValues {
  return {
    replicasAt: `${key}.replicaCount`,
    resourcesAt: `resources.${resources}`,
    imageAt: `image.${image}`,
    nodeSelectorAt: `${key}.nodeSelector`,
    tolerationsAt: `${key}.tolerations`,
    disruptionBudgetAt: `podDisruptionBudget.${resources}`,
  };
}
