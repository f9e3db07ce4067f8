import { refusals } from '../../apply';
import type { Cluster } from '../../cluster';
import type { KubernetesObject } from '../../types';

type Json = { readonly [field: string]: unknown };

interface Predictor extends Json {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly minReplicas?: number;
  readonly deploymentStrategy?: Json;
  readonly model?: Json & { readonly args?: readonly string[]; readonly runtimeVersion?: string };
  readonly containers?: readonly Json[];
}

/**
 * Plays KServe for an InferenceService in mode `Standard`, as its controller does it: makes or changes the Deployment
 * `<name>-predictor`, waits until it is rolled out, and writes the status. Labels and annotations of the predictor go to the
 * Deployment and its pods; the number of replicas is set for the autoscaler class `none` only.
 */
export async function playKserve(cluster: Cluster, name: string, namespace: string): Promise<void> {
  const ref = { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', name, namespace };
  const service = await cluster.waitFor(ref, () => true, 60_000);
  const deployment = deploymentOf(service);
  expect(refusals(await cluster.apply([deployment], { force: true, fieldManager: 'kserve' }))).toEqual([]);
  const content = deployment.metadata.annotations?.['nstarx.io/content'];
  await cluster.waitFor(
    { apiVersion: 'apps/v1', kind: 'Deployment', name: `${name}-predictor`, namespace },
    ({ metadata, spec, status = {} }) =>
      metadata.annotations?.['nstarx.io/content'] === content &&
      status.observedGeneration === metadata.generation &&
      status.updatedReplicas === spec?.replicas &&
      status.availableReplicas === spec?.replicas,
    60_000,
  );
  const conditions = ['IngressReady', 'PredictorReady', 'Ready'].map((type) => ({ type, status: 'True' }));
  await cluster.patch(ref, { status: { conditions } }, { subresource: 'status' });
}

function deploymentOf({ metadata, spec }: KubernetesObject): KubernetesObject {
  const { name, namespace, uid, annotations = {} } = metadata;
  const { predictor } = spec as unknown as { readonly predictor: Predictor };
  const { labels, minReplicas, timeout: _timeout, deploymentStrategy, model, containers, ...pod } = predictor;
  const {
    modelFormat: _format,
    runtime: _runtime,
    protocolVersion: _protocol,
    runtimeVersion,
    ...container
  } = model ?? {};
  const server = model
    ? { image: `runtime:${runtimeVersion ?? 'v0.20.0'}`, ...container, name: 'kserve-container' }
    : undefined;
  const app = { app: `isvc.${name}-predictor` };
  const { annotations: own, ...podSpec } = pod;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: `${name}-predictor`,
      namespace,
      labels: { ...metadata.labels, ...labels },
      annotations: { ...annotations, ...own },
      ownerReferences: [
        { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', name, uid, controller: true },
      ],
    },
    spec: {
      ...(annotations['serving.kserve.io/autoscalerClass'] === 'none' ? { replicas: minReplicas } : {}),
      strategy: deploymentStrategy,
      selector: { matchLabels: app },
      template: {
        metadata: { labels: { ...metadata.labels, ...labels, ...app }, annotations: own },
        spec: { ...podSpec, containers: server ? [server] : containers },
      },
    },
  };
}
