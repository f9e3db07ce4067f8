import { hooksOf } from '../../operators/src/runtime/hooks';
import { aiModelOperator } from '../../operators/src/ai-model/ai-model-operator';
import { KubernetesObject, ObjectMap, SyncRequest, SyncResponse } from '../../operators/src/runtime/protocol';
import { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { SETTINGS as PLATFORM } from '../../test/operators/support/settings';
import { ModelScaler } from '../../src/kinds/ai-model/settings';

/** A platform with everything that a model can use. */
export const SETTINGS: OperatorSettings = {
  ...PLATFORM,
  aiModel: {
    scaler: ModelScaler.KEDA,
    serviceMonitors: true,
    storage: { env: { AWS_REGION: 'eu-central-1' } },
  },
  aiZone: { mesh: true },
};

export const NAMESPACE = 'ml-models';
const TIME = '2026-01-01T00:00:00Z';

/** An AIModel with all features on, as the API server stores it. */
export function aiModel(name: string, version = '2.0'): KubernetesObject {
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIModel',
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: `uid-of-${name}`,
      generation: 4,
      resourceVersion: '4711',
      creationTimestamp: TIME,
      managedFields: managedFields('kubectl', 8),
    },
    spec: {
      type: 'tensorflow',
      version,
      framework: { name: 'tensorflow', version: '2.13.0' },
      storage: {
        location: `s3://models/${name}/${version}`,
        format: 'savedmodel',
        sha256: 'a'.repeat(64),
        secretRef: { name: 'store' },
      },
      serving: {
        engine: 'kserve',
        zone: 'production',
        replicas: 3,
        port: 8080,
        resources: {
          requests: { cpu: '2', memory: '4Gi', 'nvidia.com/gpu': '1' },
          limits: { cpu: '4', memory: '8Gi', 'nvidia.com/gpu': '1' },
        },
        autoscaling: {
          enabled: true,
          minReplicas: 3,
          maxReplicas: 8,
          metrics: [
            { type: 'cpu', targetAverageUtilization: 70 },
            { type: 'memory', targetAverageUtilization: 80 },
            { type: 'custom', name: 'inference_queue_depth', targetValue: '100' },
          ],
        },
        environment: { OMP_NUM_THREADS: '4', TF_CPP_MIN_LOG_LEVEL: '1' },
      },
      metrics: { accuracy: 0.95, latencyP50: '10ms', latencyP95: '50ms', latencyP99: '90ms', throughput: 120 },
      endpoints: [
        { name: 'predict', path: '/v1/models/sentiment/predict', method: 'POST' },
        { name: 'state', path: '/v1/models/sentiment', method: 'GET' },
      ],
      monitoring: {
        enabled: true,
        drift: {
          enabled: true,
          method: 'population-stability-index',
          threshold: 0.3,
          baseline: 's3://training/churn.parquet',
          interval: '1h',
          adaptive: { deviations: 3, history: '7d', maximum: 0.6 },
        },
      },
      revisionHistoryLimit: 10,
    },
  };
}

/** What there is to know of a model beside its spec. */
export interface ModelHistory {
  /** Features in its drift baseline, with deciles each. */
  readonly features: number;
  /** Older versions that are kept. */
  readonly versions: number;
}

/** What the job that reads the training data says of so many features, with deciles. */
function baseline(features: number): string {
  const bounds = Array.from({ length: 9 }, (_, index) => (index + 1) * 10.5);
  const counts = Array.from({ length: 10 }, (_, index) => 100 + index);
  const list = Array.from({ length: features }, (_, index) => [`feature_${index}`, bounds, counts]);
  return JSON.stringify({ format: 1, rows: 1045, features: list });
}

/**
 * What Metacontroller sends for a model that has been served for a while: all children with what the API server keeps about them,
 * revisions of older versions, the zone, the Deployment of KServe and the Pods of the jobs.
 */
export function settledRequest(name: string, { features, versions }: ModelHistory): SyncRequest {
  const hooks = hooksOf(aiModelOperator);
  let children: KubernetesObject[] = [];
  let answer: SyncResponse | undefined;
  for (const version of [...Array.from({ length: versions }, (_, index) => `1.${index}`), '2.0']) {
    // to check, to read, to be ready, to be at rest
    for (let turn = 0; turn < 4; turn++) {
      answer = hooks.sync(request(aiModel(name, version), children, features), SETTINGS);
      children = answer.children.map(asStored);
    }
  }
  const parent = { ...aiModel(name), status: answer?.status };
  return request(parent, children, features);
}

function request(parent: KubernetesObject, children: readonly KubernetesObject[], features: number): SyncRequest {
  const service = children.find(({ kind }) => kind === 'InferenceService');
  const jobs = children.filter(({ kind }) => kind === 'Job');
  const related = [zone(), ...(service ? [deployment(service)] : []), ...jobs.map((job) => endedPod(job, features))];
  return { parent, children: byKind(children), related: byKind(related), finalizing: false };
}

function asStored(object: KubernetesObject): KubernetesObject {
  const { kind, metadata } = object;
  const done = {
    conditions: [{ type: kind === 'Job' ? 'Complete' : 'Ready', status: 'True', lastTransitionTime: TIME }],
  };
  const accepted = { parents: [{ conditions: [{ type: 'Accepted', status: 'True', lastTransitionTime: TIME }] }] };
  return {
    ...object,
    metadata: {
      ...metadata,
      uid: `uid-of-${kind}-${metadata.name}`,
      generation: 1,
      resourceVersion: '4712',
      creationTimestamp: TIME,
      ownerReferences: [
        { apiVersion: 'nstarx.io/v1alpha1', kind: 'AIModel', name: 'model', uid: 'uid', controller: true },
      ],
      managedFields: managedFields('metacontroller', 12),
    },
    ...(['InferenceService', 'Job', 'ScaledObject'].includes(kind) ? { status: done } : {}),
    ...(kind === 'HTTPRoute' ? { status: accepted } : {}),
  };
}

function managedFields(manager: string, fields: number) {
  const names = Array.from({ length: fields }, (_, index) => [`f:field${index}`, { 'f:a': {}, 'f:b': {} }]);
  const fieldsV1 = { 'f:metadata': {}, 'f:spec': Object.fromEntries(names) as object };
  return [{ manager, operation: 'Apply', apiVersion: 'v1', time: TIME, fieldsType: 'FieldsV1', fieldsV1 }];
}

function zone(): KubernetesObject {
  const compute = { nodeSelector: { 'nstarx.io/zone': 'production' }, limits: { 'nvidia.com/gpu': '64' } };
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIZone',
    metadata: { name: 'production', uid: 'uid-of-zone', generation: 1, creationTimestamp: TIME },
    spec: {
      type: 'inference',
      isolation: 'namespace',
      targetNamespace: NAMESPACE,
      resources: { compute },
      networking: { serviceMesh: { enabled: true, mtls: true } },
    },
  };
}

/** The one that KServe makes. */
function deployment({ metadata, spec }: KubernetesObject): KubernetesObject {
  const { annotations } = (spec as { readonly predictor: { readonly annotations: Record<string, string> } }).predictor;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: `${metadata.name}-predictor`,
      namespace: NAMESPACE,
      uid: 'uid-of-deployment',
      generation: 2,
      creationTimestamp: TIME,
      annotations,
      managedFields: managedFields('kserve', 30),
    },
    spec: { replicas: 3 },
    status: { observedGeneration: 2, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 },
  };
}

function endedPod({ metadata }: KubernetesObject, features: number): KubernetesObject {
  const isBaseline = metadata.name.includes('baseline');
  const terminated = { exitCode: 0, finishedAt: TIME, ...(isBaseline ? { message: baseline(features) } : {}) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${metadata.name}-x`,
      namespace: NAMESPACE,
      creationTimestamp: TIME,
      labels: { 'batch.kubernetes.io/job-name': metadata.name },
      managedFields: managedFields('kubelet', 20),
    },
    status: { phase: 'Succeeded', containerStatuses: [{ name: 'main', state: { terminated } }] },
  };
}

function byKind(objects: readonly KubernetesObject[]): ObjectMap {
  const map: Record<string, Record<string, KubernetesObject>> = {};
  for (const object of objects) {
    const { apiVersion, kind, metadata } = object;
    const { namespace, name } = metadata;
    (map[`${kind}.${apiVersion}`] ??= {})[namespace === undefined ? name : `${namespace}/${name}`] = object;
  }
  return map;
}
