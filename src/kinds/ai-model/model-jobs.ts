import { k8s } from 'cdk8s-plus-28';
import { PLATFORM_GROUP } from '../../contracts/names';
import { MODEL_SERVER } from './model-pod';
import { AIModelSettings } from './ai-model-settings';
import { storeRules } from './model-network';
import { Json } from './model-storage';

/** The labels of the objects of a model. */
export function objectLabels(name: string): { readonly [key: string]: string } {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/component': MODEL_SERVER,
    'app.kubernetes.io/part-of': 'ml-platform',
  };
}

/** The labels by which the pods of a model's jobs are found. */
export function jobLabels(model: string, component: string): { readonly [key: string]: string } {
  return {
    'app.kubernetes.io/component': component,
    [`${PLATFORM_GROUP}/component`]: component,
    [`${PLATFORM_GROUP}/model`]: model,
  };
}

/** Lets the pods of a model's job out to DNS and to where models are kept, and nobody in. */
export function jobNetworkPolicy(model: string, namespace: string, component: string, settings: AIModelSettings): Json {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${model}-${component.replace(/^.*-/, '')}`, namespace, labels: objectLabels(model) },
    spec: k8s.toJson_NetworkPolicySpec({
      podSelector: {
        matchLabels: { [`${PLATFORM_GROUP}/component`]: component, [`${PLATFORM_GROUP}/model`]: model },
      },
      // no rule lets anybody in
      policyTypes: ['Ingress', 'Egress'],
      egress: storeRules(settings),
    }) as Json,
  };
}
