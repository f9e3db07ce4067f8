import { Component } from '../contracts/component';
import { certManager } from './cert-manager';
import { chartFootprint, valuesBelow, WorkloadValues } from './chart-footprint';

/** Namespace of the Spark operator. */
export const SPARK_OPERATOR_NAMESPACE = 'spark-operator';

/**
 * The Kubeflow Spark operator, which runs SparkApplications in every namespace.
 *
 * The drivers' ServiceAccounts are not made by the chart, since the namespaces come after it: see `EngineAccount`.
 *
 * Source: https://github.com/kubeflow/spark-operator/tree/master/charts/spark-operator-chart
 */
export function sparkOperator(): Component {
  return new Component('spark-operator', {
    chart: {
      repository: 'https://kubeflow.github.io/spark-operator',
      name: 'spark-operator',
      version: '2.5.2',
    },
    namespace: SPARK_OPERATOR_NAMESPACE,
    requires: [certManager()],
    customResources: [
      'ScheduledSparkApplication.sparkoperator.k8s.io',
      'SparkApplication.sparkoperator.k8s.io',
      'SparkConnect.sparkoperator.k8s.io',
    ],
    footprint: FOOTPRINT,
    // the controller leaves work for a minute at worst; the webhook stops every pod of Spark
    highAvailabilityValues: { webhook: { replicas: 2, podDisruptionBudget: { enable: true, minAvailable: 1 } } },
    values: {
      // an empty name means every namespace, and no ServiceAccount for jobs
      spark: { jobNamespaces: [''] },
      certManager: { enable: true },
      // a JVM is started for each submission
      controller: { resources: resources('100m', '512Mi', '2Gi') },
      webhook: { resources: resources('20m', '128Mi', '256Mi') },
    },
  });
}

function resources(cpu: string, memory: string, limit: string): { [key: string]: unknown } {
  return { requests: { cpu, memory }, limits: { memory: limit } };
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('spark-operator', {
  workloads: {
    'spark-operator-controller': part('controller'),
    'spark-operator-webhook': part('webhook'),
  },
  servedBy: 'spark-operator-webhook',
  webhooks: Object.fromEntries(
    [
      'mutate--v1-pod',
      'mutate-sparkoperator-k8s-io-v1beta2-sparkapplication',
      'mutate-sparkoperator-k8s-io-v1beta2-scheduledsparkapplication',
      'mutate-sparkoperator-k8s-io-v1alpha1-sparkconnect',
      'validate-sparkoperator-k8s-io-v1beta2-sparkapplication',
      'validate-sparkoperator-k8s-io-v1beta2-scheduledsparkapplication',
      'validate-sparkoperator-k8s-io-v1alpha1-sparkconnect',
    ].map((name) => [
      `${name}.sparkoperator.k8s.io`,
      { failurePolicyAt: 'webhook.failurePolicy', namespacesAt: 'spark.jobNamespaces' },
    ]),
  ),
});

function part(key: string): WorkloadValues {
  return valuesBelow(key, { imageAt: 'image', disruptionBudgetAt: `${key}.podDisruptionBudget` });
}
