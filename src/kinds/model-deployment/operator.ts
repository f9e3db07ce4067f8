import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { OperatorDefinition } from '../../api/operator-definition';
import { CHILD, childName } from '../child-names';

/** Serves the models of the zero-touch deployment. */
export const MODEL_DEPLOYMENT_OPERATOR: OperatorDefinition = {
  name: 'model-deployment',
  parent: MODEL_DEPLOYMENT,
  children: [
    { apiVersion: 'v1', kind: 'ServiceAccount', resource: 'serviceaccounts' },
    { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
    { apiVersion: 'v1', kind: 'Service', resource: 'services' },
    { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' },
    { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', resource: 'horizontalpodautoscalers' },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', resource: 'poddisruptionbudgets' },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', resource: 'networkpolicies' },
    { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', resource: 'httproutes' },
    { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', resource: 'servicemonitors' },
    { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', resource: 'prometheusrules' },
    // their names stand for their content; the API server refuses another template, which a new version of the operators may have
    { apiVersion: 'batch/v1', kind: 'Job', resource: 'jobs', method: 'OnDelete' },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun', resource: 'analysisruns', method: 'OnDelete' },
  ],
  names: (deployment) => {
    const name = [childName(deployment, CHILD.DEPLOYMENT)];
    return {
      ServiceAccount: name,
      ConfigMap: name,
      Service: name,
      Deployment: name,
      HorizontalPodAutoscaler: name,
      PodDisruptionBudget: name,
      NetworkPolicy: [
        ...name,
        childName(deployment, CHILD.DEPLOYMENT_VERIFICATION),
        childName(deployment, CHILD.DEPLOYMENT_REGISTRATION),
      ],
      HTTPRoute: name,
      ServiceMonitor: name,
      PrometheusRule: name,
    };
  },
  related: [
    // they say which image serves and why one does not run, and what a job found
    { apiVersion: 'v1', kind: 'Pod', resource: 'pods' },
  ],
};
