import { Component } from '../contracts/component';
import { certManager } from './cert-manager';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of JobSet. */
export const JOBSET_NAMESPACE = 'jobset-system';

const VERSION = '0.12.0';

/**
 * JobSet, which runs several Jobs as one. Kubeflow Trainer makes them.
 *
 * Source: https://github.com/kubernetes-sigs/jobset/tree/main/charts/jobset
 */
export function jobset(): Component {
  return new Component('jobset', {
    chart: { repository: 'oci://registry.k8s.io/jobset/charts', name: 'jobset', version: VERSION },
    namespace: JOBSET_NAMESPACE,
    requires: [certManager()],
    customResources: ['JobSet.jobset.x-k8s.io'],
    footprint: FOOTPRINT,
    highAvailabilityValues: {
      controller: { replicas: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } },
    },
    values: {
      // the chart names the registry that images are built into, not the one that they are released to
      image: { repository: 'registry.k8s.io/jobset/jobset', tag: `v${VERSION}`, pullPolicy: 'IfNotPresent' },
      certManager: { enable: true },
      controller: { resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { cpu: null, memory: '1Gi' } } },
    },
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('jobset', {
  workloads: {
    'jobset-controller': valuesBelow('controller', {
      imageAt: 'image',
      disruptionBudgetAt: 'controller.podDisruptionBudget',
    }),
  },
});
