import { Component } from '../contracts/component';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of Argo Events. */
export const ARGO_EVENTS_NAMESPACE = 'argo-events';

/** The version of NATS that event buses run; the chart's values have its images. */
export const EVENT_BUS_VERSION = '2.10.10';

/**
 * Argo Events, which turns messages from outside into changes of objects: an EventSource takes them, an EventBus hands them on, and a
 * Sensor chooses among them. Its controller makes their pods, in the namespaces of these objects.
 *
 * Of the versions of NATS that the chart offers, only one stays, so that no bus runs an image that moves.
 *
 * Source: https://github.com/argoproj/argo-helm/tree/main/charts/argo-events
 */
export function argoEvents(): Component {
  return new Component('argo-events', {
    chart: { repository: 'https://argoproj.github.io/argo-helm', name: 'argo-events', version: '2.4.22' },
    namespace: ARGO_EVENTS_NAMESPACE,
    customResources: ['EventBus', 'EventSource', 'Sensor'].map((kind) => `${kind}.argoproj.io`),
    footprint: FOOTPRINT,
    highAvailabilityValues: { controller: { replicas: 2, pdb: { enabled: true, minAvailable: 1 } } },
    values: {
      configs: {
        nats: { versions: [] },
        jetstream: {
          versions: [
            {
              version: EVENT_BUS_VERSION,
              natsImage: 'docker.io/library/nats:2.10.10',
              metricsExporterImage: 'docker.io/natsio/prometheus-nats-exporter:0.14.0',
              configReloaderImage: 'docker.io/natsio/nats-server-config-reloader:0.14.0',
              startCommand: '/nats-server',
            },
          ],
        },
      },
      controller: {
        resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
        containerSecurityContext: {
          runAsNonRoot: true,
          // that of the image is root
          runAsUser: 9731,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        },
      },
    },
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('argo-events', {
  metrics: [
    {
      name: 'argo-events',
      podLabels: { 'app.kubernetes.io/name': 'argo-events-controller-manager' },
      port: 7777,
    },
  ],
  workloads: {
    'argo-events-controller-manager': valuesBelow('controller', {
      // with our security context
      podSecurity: 'restricted',
      imageAt: 'controller.image',
      disruptionBudgetAt: 'controller.pdb',
    }),
  },
});
