import { KSERVE_READY } from '../../../operators/ai-model/support';
import { refusals } from '../../apply';
import type { Cluster } from '../../cluster';
import type { KubernetesObject } from '../../types';

type Json = { readonly [field: string]: unknown };

interface Predictor extends Json {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly minReplicas?: number;
  readonly deploymentStrategy?: Json;
  readonly model?: Model;
  readonly containers?: readonly Json[];
  readonly volumes?: readonly Json[];
}

interface Model extends Json {
  readonly modelFormat: { readonly name: string };
  readonly runtime?: string;
  readonly runtimeVersion?: string;
  readonly storage?: Json;
  readonly storageUri?: string;
  readonly env?: readonly Json[];
  readonly volumeMounts?: readonly Json[];
}

const AUTOSCALER_CLASS = 'serving.kserve.io/autoscalerClass';

/**
 * Plays KServe for an InferenceService in mode `Standard`, as its controller and webhooks of version 0.20 do it: makes or changes the
 * Deployment and the Service `<name>-predictor`, waits until the pods are rolled out, and writes the status. Labels and annotations of
 * the InferenceService and its predictor go to both and to the pods. The number of replicas is set for the autoscaler class `none` only.
 */
export async function playKserve(cluster: Cluster, name: string, namespace: string): Promise<void> {
  const ref = { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', name, namespace };
  const service = await cluster.waitFor(ref, () => true, 60_000);
  const deploymentRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: `${name}-predictor`, namespace };
  const replicas = replicasOf(service) ?? (await cluster.find(deploymentRef))?.spec?.replicas;
  const deployment = deploymentOf(service, replicas);
  const made = [serviceOf(deployment), deployment];
  expect(refusals(await cluster.apply(made, { force: true, fieldManager: 'kserve' }))).toEqual([]);
  const content = deployment.metadata.annotations?.['nstarx.io/content'];
  const { metadata } = await cluster.waitFor(
    deploymentRef,
    ({ metadata: { annotations, generation }, spec, status = {} }) =>
      annotations?.['nstarx.io/content'] === content &&
      status.observedGeneration === generation &&
      status.updatedReplicas === spec?.replicas &&
      status.availableReplicas === spec?.replicas,
    60_000,
  );
  await cluster.patch(ref, { status: readyStatus(service, metadata.generation) }, { subresource: 'status' });
}

/** The status of an InferenceService whose pods are ready. Its generation is that of the Deployment. */
function readyStatus({ metadata: { name = '', namespace = '' }, spec }: KubernetesObject, generation = 1): Json {
  const { model } = (spec as unknown as { readonly predictor: Predictor }).predictor;
  return {
    ...KSERVE_READY,
    observedGeneration: generation,
    ...(model?.runtime === undefined ? {} : { clusterServingRuntimeName: model.runtime }),
    url: `https://${name}--${namespace}.ml.example.com`,
    address: { url: `http://${name}-predictor.${namespace}.svc.cluster.local` },
  };
}

/** What KServe sets; undefined where it leaves what an autoscaler has set. */
function replicasOf({ metadata, spec }: KubernetesObject): unknown {
  if (metadata.annotations?.[AUTOSCALER_CLASS] !== 'none') return undefined;
  return (spec as unknown as { readonly predictor: Predictor }).predictor.minReplicas;
}

function deploymentOf({ metadata, spec }: KubernetesObject, replicas: unknown): KubernetesObject {
  const { name = '', namespace, uid } = metadata;
  const { predictor } = spec as unknown as { readonly predictor: Predictor };
  const {
    labels: ownLabels,
    annotations: ownAnnotations,
    minReplicas: _minReplicas,
    timeout: _timeout,
    deploymentStrategy,
    model,
    containers,
    ...pod
  } = predictor;
  const labels = {
    ...metadata.labels,
    ...ownLabels,
    component: 'predictor',
    'serving.kserve.io/inferenceservice': name,
    app: `isvc.${name}-predictor`,
  };
  const { modelFormat: _modelFormat, ...inherited } = metadata.annotations ?? {};
  const annotations = {
    ...inherited,
    ...(model?.storage ? { 'internal.serving.kserve.io/storage-spec': 'true' } : {}),
    ...ownAnnotations,
  };
  const servers = model ? [serverOf(name, model)] : containers;
  const agent = model && isServerOfTrainedModels(model);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: `${name}-predictor`,
      namespace,
      labels,
      annotations,
      ownerReferences: [
        { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', name, uid, controller: true },
      ],
    },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      strategy: deploymentStrategy,
      selector: { matchLabels: { app: labels.app } },
      template: {
        metadata: { labels, annotations },
        spec: {
          ...pod,
          containers: servers,
          volumes: [...(pod.volumes ?? []), ...(agent ? [{ name: 'model-dir', emptyDir: {} }] : [])],
        },
      },
    },
  };
}

function serverOf(name: string, model: Model): Json {
  const {
    modelFormat: _format,
    runtime: _runtime,
    protocolVersion: _protocol,
    storage: _storage,
    storageUri: _storageUri,
    runtimeVersion = 'v0.20.0',
    ...container
  } = model;
  const agent = isServerOfTrainedModels(model) ? [{ name: 'model-dir', mountPath: '/mnt/models' }] : [];
  return {
    image: `runtime:${runtimeVersion}`,
    ...container,
    name: 'kserve-container',
    env: [...(model.env ?? []), { name: 'INFERENCE_SERVICE_NAME', value: name }],
    volumeMounts: [...(model.volumeMounts ?? []), ...agent],
  };
}

/** Whether KServe mounts a folder for TrainedModels, whose agent loads them: it does for every server that has no storage. */
function isServerOfTrainedModels({ modelFormat, storage, storageUri }: Model): boolean {
  return storage === undefined && storageUri === undefined && modelFormat.name !== 'huggingface';
}

/** The Service of KServe. It has all labels of the pods, those that monitors select by too. */
function serviceOf({ metadata, spec }: KubernetesObject): KubernetesObject {
  const { template } = spec as { readonly template: { readonly spec: { readonly containers: readonly Json[] } } };
  const [port] = template.spec.containers[0].ports as readonly {
    readonly name: string;
    readonly containerPort: number;
  }[];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      selector: { app: metadata.labels?.app },
      ports: [{ name: port.name, port: 80, targetPort: port.containerPort, protocol: 'TCP' }],
    },
  };
}
