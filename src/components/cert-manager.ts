import { Component } from '../contracts/component';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of cert-manager, and of the Secrets that a ClusterIssuer refers to. */
export const CERT_MANAGER_NAMESPACE = 'cert-manager';

/**
 * cert-manager, which issues and renews certificates.
 *
 * It takes no options, so that everyone who requires it asks for the same thing; use `ComponentRegistry.override()` for
 * others.
 */
export function certManager(): Component {
  return new Component('cert-manager', {
    chart: { repository: 'https://charts.jetstack.io', name: 'cert-manager', version: 'v1.21.1' },
    namespace: CERT_MANAGER_NAMESPACE,
    customResources: [
      'Certificate.cert-manager.io',
      'CertificateRequest.cert-manager.io',
      'ClusterIssuer.cert-manager.io',
      'Issuer.cert-manager.io',
      'Challenge.acme.cert-manager.io',
      'Order.acme.cert-manager.io',
    ],
    clusterScopedResources: ['ClusterIssuer.cert-manager.io'],
    footprint: FOOTPRINT,
    highAvailabilityValues: { ...TWICE, webhook: TWICE, cainjector: TWICE },
    values: {
      // kept when the release is removed, since removing a CRD removes every certificate
      crds: { enabled: true, keep: true },
      global: { leaderElection: { namespace: CERT_MANAGER_NAMESPACE } },
      resources: resources('20m', '128Mi'),
      webhook: { resources: resources('10m', '64Mi') },
      cainjector: { resources: resources('10m', '128Mi') },
      startupapicheck: { resources: resources('10m', '64Mi') },
    },
  });
}

const TWICE = { replicaCount: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } };

function resources(cpu: string, memory: string): { [key: string]: unknown } {
  // no CPU limit: throttled webhooks time out; memory is bounded
  return { requests: { cpu, memory }, limits: { memory } };
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('cert-manager', {
  workloads: {
    'cert-manager': valuesBelow('', {
      replicasAt: 'replicaCount',
      imageAt: 'image',
      disruptionBudgetAt: 'podDisruptionBudget',
    }),
    'cert-manager-cainjector': valuesBelow('cainjector', {
      replicasAt: 'cainjector.replicaCount',
      imageAt: 'cainjector.image',
      enabledAt: 'cainjector.enabled',
      disruptionBudgetAt: 'cainjector.podDisruptionBudget',
    }),
    'cert-manager-webhook': valuesBelow('webhook', {
      replicasAt: 'webhook.replicaCount',
      imageAt: 'webhook.image',
      disruptionBudgetAt: 'webhook.podDisruptionBudget',
    }),
    'cert-manager-startupapicheck': valuesBelow('startupapicheck', {
      replicasAt: undefined,
      imageAt: 'startupapicheck.image',
      enabledAt: 'startupapicheck.enabled',
    }),
  },
  metrics: [
    {
      name: 'cert-manager',
      podLabels: { 'app.kubernetes.io/name': 'cert-manager', 'app.kubernetes.io/component': 'controller' },
      port: 9402,
      enabledAt: 'prometheus.enabled',
    },
  ],
  servedBy: 'cert-manager-webhook',
});
