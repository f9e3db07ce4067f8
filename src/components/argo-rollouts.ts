import { Component } from '../contracts/component';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of Argo Rollouts. */
export const ARGO_ROLLOUTS_NAMESPACE = 'argo-rollouts';

/** The pods of Argo Rollouts that ask Prometheus. */
export const ARGO_ROLLOUTS_POD_LABELS: { readonly [key: string]: string } = {
  'app.kubernetes.io/name': 'argo-rollouts',
};

/** Options of Argo Rollouts. */
export interface ArgoRolloutsOptions {
  /**
   * Replicas of the controller, one of which works.
   *
   * @default - 2 in staging and production, 1 elsewhere
   */
  readonly replicas?: number;
}

/**
 * Argo Rollouts, of which the operator of A/B tests uses the AnalysisRuns: they ask Prometheus again and again and keep the answers.
 *
 * Source: https://github.com/argoproj/argo-helm/tree/main/charts/argo-rollouts
 */
export function argoRollouts(options: ArgoRolloutsOptions = {}): Component {
  const { replicas = 1 } = options;
  return new Component('argo-rollouts', {
    chart: { repository: 'https://argoproj.github.io/argo-helm', name: 'argo-rollouts', version: '2.41.0' },
    namespace: ARGO_ROLLOUTS_NAMESPACE,
    customResources: ['AnalysisRun', 'AnalysisTemplate', 'ClusterAnalysisTemplate', 'Experiment', 'Rollout'].map(
      (kind) => `${kind}.argoproj.io`,
    ),
    clusterScopedResources: ['ClusterAnalysisTemplate.argoproj.io'],
    footprint: FOOTPRINT,
    highAvailabilityValues: options.replicas === undefined ? { controller: controllers(2) } : undefined,
    values: {
      controller: {
        ...controllers(replicas),
        resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
      },
      // no traffic is routed by Rollouts here
      providerRBAC: { enabled: false },
    },
  });
}

function controllers(replicas: number): { [key: string]: unknown } {
  return { replicas, ...(replicas > 1 ? { pdb: { enabled: true, maxUnavailable: 1 } } : {}) };
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('argo-rollouts', {
  workloads: {
    'argo-rollouts': valuesBelow('controller', {
      imageAt: 'controller.image',
      disruptionBudgetAt: 'controller.pdb',
      podLabels: ARGO_ROLLOUTS_POD_LABELS,
    }),
  },
});
