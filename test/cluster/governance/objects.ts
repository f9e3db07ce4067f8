import type { KubernetesObject } from '../types';

export const API = 'nstarx.io/v1alpha1';

export interface Serving {
  readonly zone?: string;
  readonly gpus?: number;
  readonly replicas?: number;
  readonly maxReplicas?: number;
  readonly autoscalingEnabled?: boolean;
  readonly image?: string;
  readonly resource?: string;
}

export function model(name: string, serving: Serving = {}, namespace = 'vision'): KubernetesObject {
  const { zone, replicas, image, maxReplicas, autoscalingEnabled: enabled } = serving;
  const extended = serving.gpus ? { [serving.resource ?? 'nvidia.com/gpu']: String(serving.gpus) } : {};
  const autoscaling = maxReplicas ? { autoscaling: { maxReplicas, enabled } } : {};
  const resources = { requests: { memory: '2Gi', ...extended }, limits: extended };
  return {
    apiVersion: API,
    kind: 'AIModel',
    metadata: { name, namespace },
    spec: {
      type: 'onnx',
      version: '1',
      storage: { location: 's3://models/a' },
      serving: { resources, zone, replicas, image, ...autoscaling },
    },
  };
}

export function pipeline(name: string, zone?: string, image?: string): KubernetesObject {
  const spec = {
    zone,
    source: { type: 'datalake', config: { path: 's3://lake/raw' } },
    transformations: [
      { type: 'filter', config: { condition: 'a > 0' } },
      { type: 'python', config: { script: 'pass', image: image ?? 'registry.example.com/step:1' } },
    ],
    sink: { type: 'datalake', config: { path: 's3://lake/clean' } },
  };
  return { apiVersion: API, kind: 'DataPipeline', metadata: { name, namespace: 'vision' }, spec };
}

export function workflow(name: string, zone?: string, images = ['registry.example.com/a:1']): KubernetesObject {
  const stages = images.map((image, at) => ({ name: `stage-${at}`, type: 'container', config: { image } }));
  const spec = { type: 'training', zone, stages };
  return { apiVersion: API, kind: 'MLWorkflow', metadata: { name, namespace: 'vision' }, spec };
}

export function zone(name: string, spec: Record<string, unknown> = {}): KubernetesObject {
  return { apiVersion: API, kind: 'AIZone', metadata: { name }, spec: { type: 'training', ...spec } };
}

export function gpuLimits(limits: Record<string, string>): Record<string, unknown> {
  return { resources: { compute: { limits } } };
}
