import { FEATURE_STORE } from '../../api/kinds/feature-store';
import { OperatorDefinition } from '../../api/operator-definition';
import { CHILD, childName } from '../child-names';
import { feastName } from './plan';

/** Computes, keeps and serves features. */
export const FEATURE_STORE_OPERATOR: OperatorDefinition = {
  name: 'feature-store',
  parent: FEATURE_STORE,
  children: [
    { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
    { apiVersion: 'v1', kind: 'Service', resource: 'services' },
    { apiVersion: 'v1', kind: 'ServiceAccount', resource: 'serviceaccounts' },
    { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' },
    { apiVersion: 'feast.dev/v1', kind: 'FeatureStore', resource: 'featurestores' },
    // its name stands for its content
    { apiVersion: 'batch/v1', kind: 'Job', resource: 'jobs' },
    { apiVersion: 'batch/v1', kind: 'CronJob', resource: 'cronjobs' },
    {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'ScheduledSparkApplication',
      resource: 'scheduledsparkapplications',
    },
    { apiVersion: 'flink.apache.org/v1beta1', kind: 'FlinkDeployment', resource: 'flinkdeployments' },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', resource: 'poddisruptionbudgets' },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', resource: 'networkpolicies' },
    { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', resource: 'prometheusrules' },
  ],
  names: (store) => {
    const features = [childName(store, CHILD.FEATURES)];
    const metrics = childName(store, CHILD.FEATURE_METRICS);
    return {
      Service: [...features, metrics],
      ServiceAccount: features,
      Deployment: [...features, metrics],
      FeatureStore: [feastName(store)],
      PodDisruptionBudget: features,
      NetworkPolicy: [...features, childName(store, CHILD.FEATURE_SERVERS), childName(store, CHILD.FEATURE_STREAMS)],
      PrometheusRule: features,
    };
  },
  related: [
    // those of jobs, whose programs say what they did when they end
    { apiVersion: 'v1', kind: 'Pod', resource: 'pods' },
  ],
};
