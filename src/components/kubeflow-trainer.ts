import { Component } from '../contracts/component';
import { chartFootprint, valuesBelow } from './chart-footprint';
import { jobset } from './jobset';

/** Namespace of Kubeflow Trainer. */
export const KUBEFLOW_TRAINER_NAMESPACE = 'kubeflow-trainer';

/**
 * Kubeflow Trainer, which trains models over several pods: a TrainJob says what, a ClusterTrainingRuntime how.
 *
 * The chart's own runtimes are left out: the Job that installs them runs as root and downloads a program. See `Engines`.
 *
 * Source: https://github.com/kubeflow/trainer/tree/master/charts/kubeflow-trainer
 */
export function kubeflowTrainer(): Component {
  return new Component('kubeflow-trainer', {
    chart: { repository: 'oci://ghcr.io/kubeflow/charts', name: 'kubeflow-trainer', version: '2.3.0' },
    namespace: KUBEFLOW_TRAINER_NAMESPACE,
    requires: [jobset()],
    customResources: ['ClusterTrainingRuntime', 'TrainJob', 'TrainingRuntime'].map(
      (kind) => `${kind}.trainer.kubeflow.org`,
    ),
    clusterScopedResources: ['ClusterTrainingRuntime.trainer.kubeflow.org'],
    footprint: FOOTPRINT,
    highAvailabilityValues: { manager: { replicas: 2 } },
    values: {
      // a component of its own, so that others can use it too
      jobset: { install: false },
      manager: { resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } } },
    },
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('kubeflow-trainer', {
  workloads: {
    'kubeflow-trainer-controller-manager': valuesBelow('manager', {
      imageAt: 'image',
      podLabels: { 'app.kubernetes.io/name': 'kubeflow-trainer', 'app.kubernetes.io/component': 'manager' },
    }),
  },
  webhooks: Object.fromEntries(
    ['defaulter.trainjob', 'validator.clustertrainingruntime', 'validator.trainingruntime', 'validator.trainjob'].map(
      (name) => [`${name}.trainer.kubeflow.org`, { failurePolicyAt: 'webhook.failurePolicy' }],
    ),
  ),
});
