import { App, Chart } from 'cdk8s';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { AIModelSpec, AIModelType } from '../../../src/api/generated/ai-model';
import { ComputeResources } from '../../../src/api/generated/shared';
import { AIModelObjects, AIModelObjectsProps } from '../../../src/kinds/ai-model/ai-model-objects';
import { AIModelSettings } from '../../../src/kinds/ai-model/settings';

const RESOURCES = { requests: { cpu: '1', memory: '2Gi' } } as unknown as ComputeResources;
/** The spec of the model `churn`. */
export const SPEC: AIModelSpec = {
  type: AIModelType.SKLEARN,
  version: '1.4.0',
  storage: { location: 's3://models/churn' },
  serving: { resources: RESOURCES },
};
export const GATEWAY = {
  name: 'platform',
  namespace: 'gateway-system',
  domain: 'ml.example.com',
  podNamespace: 'gateway-system',
  podLabels: { app: 'envoy' },
};

/** The objects of the model `churn`. */
export function make(
  spec: Partial<AIModelSpec> = {},
  settings: AIModelSettings = {},
  props: Partial<AIModelObjectsProps> = {},
): KubernetesObject[] {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  new AIModelObjects(chart, 'model', {
    name: 'churn',
    namespace: 'ml',
    spec: { ...SPEC, ...spec },
    settings,
    ...props,
  });
  return chart.toJson() as KubernetesObject[];
}

export function one(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind);
  if (!found) throw new Error(`no ${kind}`);
  return found;
}

/** The predictor of the InferenceService. */
export const predictor = (objects: readonly KubernetesObject[]): unknown =>
  (one(objects, 'InferenceService').spec as { predictor: unknown }).predictor;
/** A spec with more fields of `serving`. */
export const serving = (more: Partial<AIModelSpec['serving']>): Partial<AIModelSpec> => ({
  serving: { ...SPEC.serving, ...more },
});
/** A model with a server of the user. */
export const custom = {
  ...serving({ image: 'registry.example.com/server:2.0', port: 9000 }),
  type: AIModelType.CUSTOM,
};
