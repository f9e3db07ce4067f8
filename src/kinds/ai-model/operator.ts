import { AI_MODEL } from '../../api/kinds/ai-model';
import { OperatorDefinition } from '../../api/operator-definition';
import { CHILD, childName } from '../child-names';

/** Name of the Deployment and of the Service that KServe makes of an InferenceService. */
export function predictorName(model: string): string {
  return `${model}-predictor`;
}

/** Serves models. */
export const AI_MODEL_OPERATOR: OperatorDefinition = {
  name: 'ai-model',
  parent: AI_MODEL,
  children: [
    { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', resource: 'inferenceservices' },
    { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' },
    { apiVersion: 'v1', kind: 'Service', resource: 'services' },
    { apiVersion: 'v1', kind: 'ServiceAccount', resource: 'serviceaccounts' },
    { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
    // its name stands for what it reads; the API server refuses another template, which a new version of the operators may have
    { apiVersion: 'batch/v1', kind: 'Job', resource: 'jobs', method: 'OnDelete' },
    { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', resource: 'horizontalpodautoscalers' },
    { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', resource: 'scaledobjects' },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', resource: 'poddisruptionbudgets' },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', resource: 'networkpolicies' },
    { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', resource: 'httproutes' },
    { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', resource: 'servicemonitors' },
    { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', resource: 'prometheusrules' },
  ],
  names: (model) => {
    const server = [childName(model, CHILD.MODEL)];
    const drift = childName(model, CHILD.MODEL_DRIFT);
    return {
      InferenceService: [model],
      Deployment: [...server, drift, predictorName(model)],
      Service: [...server, drift, predictorName(model)],
      ServiceAccount: server,
      ConfigMap: [childName(model, CHILD.MODEL_MONITORING)],
      HorizontalPodAutoscaler: server,
      ScaledObject: server,
      PodDisruptionBudget: server,
      NetworkPolicy: [...server, drift, childName(model, CHILD.MODEL_CHECK), childName(model, CHILD.MODEL_BASELINE)],
      HTTPRoute: server,
      ServiceMonitor: [...server, drift],
      PrometheusRule: server,
    };
  },
  engineNames: [
    { engine: 'InferenceService', apiVersion: 'apps/v1', kind: 'Deployment', nameOf: predictorName },
    { engine: 'InferenceService', apiVersion: 'v1', kind: 'Service', nameOf: predictorName },
  ],
  related: [
    { apiVersion: 'nstarx.io/v1alpha1', kind: 'AIZone', resource: 'aizones' },
    // the one that KServe makes of an InferenceService, which says nothing of replicas and generations
    { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' },
    // those of jobs, whose containers say something when they end
    { apiVersion: 'v1', kind: 'Pod', resource: 'pods' },
  ],
};
