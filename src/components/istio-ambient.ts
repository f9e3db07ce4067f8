import { Component, PodSecurityLevel } from '../contracts/component';
import { ComponentFootprint } from '../contracts/footprint';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of Istio. */
export const ISTIO_NAMESPACE = 'istio-system';

const REPOSITORY = 'https://istio-release.storage.googleapis.com/charts';
const VERSION = '1.30.3';

/**
 * Istio in ambient mode: pods of the namespaces labelled `istio.io/dataplane-mode: ambient` talk over mutual TLS, without
 * sidecars. Nothing is in the mesh until a namespace has that label.
 *
 * Four releases: CRDs, control plane, the network plugin that redirects traffic, and the proxy of each node. The last two
 * need the node's network, so the namespace is privileged.
 *
 * Source: https://istio.io/latest/docs/ambient/install/helm/
 */
export function istioAmbient(): Component {
  const release = (name: string, chart: string, values: { [key: string]: unknown }, requires: Component[]) =>
    new Component(name, {
      chart: { repository: REPOSITORY, name: chart, version: VERSION },
      namespace: ISTIO_NAMESPACE,
      podSecurity: PodSecurityLevel.PRIVILEGED,
      requires,
      values,
      footprint: FOOTPRINTS[chart],
      // the chart scales by itself, with a PodDisruptionBudget from two on
      highAvailabilityValues: chart === 'istiod' ? { autoscaleMin: 2 } : undefined,
      customResources: chart === 'base' ? CUSTOM_RESOURCES : [],
    });
  const base = release('istio-base', 'base', {}, []);
  const control = release(
    'istiod',
    'istiod',
    { profile: 'ambient', resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '2Gi' } } },
    [base],
  );
  const plugin = release('istio-cni', 'cni', { profile: 'ambient', resources: ON_EVERY_NODE }, [control]);
  return release('ztunnel', 'ztunnel', { resources: ON_EVERY_NODE }, [control, plugin]);
}

/**
 * Of what a small node has, the chart's own requests (200m and 512Mi for a proxy) are a sixth. A proxy takes 12 MB and 60m for a thousand
 * requests a second; there is no limit, since a node without its proxy has no network.
 *
 * Source: https://istio.io/latest/docs/ops/deployment/performance-and-scalability/, November 2026
 */
const ON_EVERY_NODE = { requests: { cpu: '20m', memory: '64Mi' } };

const CUSTOM_RESOURCES = [
  ...['TrafficExtension', 'WasmPlugin'].map((kind) => `${kind}.extensions.istio.io`),
  ...[
    'DestinationRule',
    'EnvoyFilter',
    'Gateway',
    'ProxyConfig',
    'ServiceEntry',
    'Sidecar',
    'VirtualService',
    'WorkloadEntry',
    'WorkloadGroup',
  ].map((kind) => `${kind}.networking.istio.io`),
  ...['AuthorizationPolicy', 'PeerAuthentication', 'RequestAuthentication'].map((kind) => `${kind}.security.istio.io`),
  'Telemetry.telemetry.istio.io',
];

const EVERY_NODE = [{ operator: 'Exists' }];

/** What the charts bring, and the values that change it. */
const FOOTPRINTS: { readonly [chart: string]: ComponentFootprint } = {
  base: chartFootprint('base'),
  istiod: chartFootprint('istiod', {
    workloads: {
      istiod: valuesBelow('', {
        replicasAt: 'autoscaleMin',
        disruptionBudget: true,
        disruptionBudgetAt: 'global.defaultPodDisruptionBudget',
      }),
    },
  }),
  cni: chartFootprint('cni', {
    workloads: {
      'istio-cni-node': { resourcesAt: 'resources', tolerationsAt: 'tolerations', tolerations: EVERY_NODE },
    },
  }),
  ztunnel: chartFootprint('ztunnel', {
    workloads: { ztunnel: { resourcesAt: 'resources', tolerationsAt: 'tolerations', tolerations: EVERY_NODE } },
  }),
};
