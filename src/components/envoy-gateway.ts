import { Component } from '../contracts/component';
import { ENVOY_GATEWAY_NAMESPACE, ENVOY_PROXY_LABELS } from '../contracts/names';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Options of Envoy Gateway. */
export interface EnvoyGatewayOptions {
  /**
   * Replicas of the control plane. The proxies are set on the Gateway.
   *
   * @default - 2 in staging and production, 1 elsewhere
   */
  readonly replicas?: number;
}

/**
 * Envoy Gateway, which implements the Gateway API on every cluster. Its chart brings the Gateway API's CRDs.
 *
 * Source: https://gateway.envoyproxy.io/docs/install/install-helm/
 */
export function envoyGateway(options: EnvoyGatewayOptions = {}): Component {
  const { replicas = 1 } = options;
  return new Component('envoy-gateway', {
    chart: { repository: 'oci://docker.io/envoyproxy', name: 'gateway-helm', version: 'v1.9.0' },
    namespace: ENVOY_GATEWAY_NAMESPACE,
    customResources: [
      ...[
        'BackendTLSPolicy',
        'Gateway',
        'GatewayClass',
        'GRPCRoute',
        'HTTPRoute',
        'ListenerSet',
        'ReferenceGrant',
        'TCPRoute',
        'TLSRoute',
        'UDPRoute',
      ].map((kind) => `${kind}.gateway.networking.k8s.io`),
      ...['XBackend', 'XBackendTrafficPolicy', 'XMesh'].map((kind) => `${kind}.gateway.networking.x-k8s.io`),
      ...[
        'Backend',
        'BackendTrafficPolicy',
        'ClientTrafficPolicy',
        'EnvoyExtensionPolicy',
        'EnvoyPatchPolicy',
        'EnvoyProxy',
        'HTTPRouteFilter',
        'SecurityPolicy',
      ].map((kind) => `${kind}.gateway.envoyproxy.io`),
    ],
    clusterScopedResources: ['GatewayClass.gateway.networking.k8s.io', 'XMesh.gateway.networking.x-k8s.io'],
    footprint: FOOTPRINT,
    highAvailabilityValues: options.replicas === undefined ? controlPlanes(2) : undefined,
    values: {
      ...controlPlanes(replicas),
      certgen: { job: { resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } } } },
    },
  });
}

function controlPlanes(replicas: number): { [key: string]: unknown } {
  return {
    deployment: { replicas },
    ...(replicas > 1 ? { podDisruptionBudget: { minAvailable: 1 } } : {}),
  };
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('gateway-helm', {
  rename: ['gateway-helm', 'envoy-gateway-gateway-helm'],
  // of the proxies that it runs for Gateways
  metrics: [{ name: 'envoy-proxies', podLabels: ENVOY_PROXY_LABELS, port: 19_001, path: '/stats/prometheus' }],
  workloads: {
    'envoy-gateway': {
      replicasAt: 'deployment.replicas',
      resourcesAt: 'deployment.envoyGateway.resources',
      imageAt: 'deployment.envoyGateway.image',
      nodeSelectorAt: 'deployment.pod.nodeSelector',
      tolerationsAt: 'deployment.pod.tolerations',
      disruptionBudgetAt: 'podDisruptionBudget',
    },
    'gateway-helm-certgen': valuesBelow('certgen.job', { replicasAt: undefined }),
  },
  servedBy: 'envoy-gateway',
  webhooks: {
    'topology.webhook.gateway.envoyproxy.io': {
      enabledAt: 'topologyInjector.enabled',
      namespaceSelector: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [ENVOY_GATEWAY_NAMESPACE] }],
    },
  },
});
