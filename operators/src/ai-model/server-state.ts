import { AIModelSpec } from '../../../src/api/generated/ai-model';
import { CONTENT_ANNOTATION } from '../../../src/kinds/ai-model/inference-service';
import { conditionOf } from '../runtime/conditions';
import { ReportContext } from '../runtime/operator';
import { JsonObject, KubernetesObject } from '../runtime/protocol';

/** How the server of a model stands. */
export interface ServerState {
  readonly replicas: number;
  readonly readyReplicas: number;
  /** Whether all replicas are of what is wished now. */
  readonly updated: boolean;
  /** Whether all replicas are of what is wished now and answer. */
  readonly ready: boolean;
  /** What is not there yet, as the end of a sentence. */
  readonly waitingFor: string;
  /** Why it will not get ready by itself. */
  readonly failure?: { readonly reason: string; readonly message: string };
}

const INFERENCE_SERVICE = ['serving.kserve.io/v1beta1', 'InferenceService'] as const;

/**
 * How the server stands, from its Deployment (KServe's or ours) and its InferenceService. KServe does not say of which generation
 * of an InferenceService its status speaks: the annotation that it hands on to the Deployment tells.
 */
export function observeServer(context: ReportContext<AIModelSpec>): ServerState {
  const { active, children, name, namespace, related } = context;
  const wished = active?.objects.find(({ kind }) => kind === 'InferenceService' || kind === 'Deployment');
  const withKserve = wished?.kind === 'InferenceService';
  const service = withKserve ? children.find(...INFERENCE_SERVICE, name, namespace) : undefined;
  const deployment = withKserve
    ? related.find('apps/v1', 'Deployment', `${name}-predictor`, namespace)
    : children.find('apps/v1', 'Deployment', name, namespace);
  const status = deployment?.status ?? {};
  const replicas = count(status.replicas);
  const readyReplicas = count(status.readyReplicas);
  const state = (updated: boolean, ready: boolean, waitingFor: string): ServerState => ({
    replicas,
    readyReplicas,
    updated,
    ready,
    waitingFor,
    failure: ready ? undefined : failureOf(service, deployment, updated),
  });
  if (!wished) return state(false, false, 'no version can be served yet');
  if (withKserve && !service) return state(false, false, 'the InferenceService is not there yet');
  if (!deployment)
    return state(false, false, withKserve ? 'KServe makes the Deployment' : 'the Deployment is not there yet');
  if (contentOf(deployment) !== contentOf(wished)) return state(false, false, 'the Deployment is still the former one');
  if (count(status.observedGeneration) < (deployment.metadata.generation ?? 0)) {
    return state(false, false, 'the Deployment has just changed');
  }
  // what an autoscaler adds above that is welcome, and nothing that has to be waited for
  const number = wishedReplicas(active?.objects ?? []);
  const updatedReplicas = count(status.updatedReplicas);
  const available = count(status.availableReplicas ?? status.readyReplicas);
  const updated = updatedReplicas >= number && replicas === updatedReplicas;
  if (!updated) {
    const all = Math.max(number, replicas);
    return state(false, false, `${updatedReplicas} of ${all} replicas are of the wished version`);
  }
  if (available < number) return state(true, false, `${number} replicas are wished`);
  if (service && conditionOf(service, 'Ready')?.status !== 'True') {
    return state(true, false, conditionOf(service, 'Ready')?.message ?? 'KServe does not say yet that it is ready');
  }
  return state(true, true, '');
}

function failureOf(
  service: KubernetesObject | undefined,
  deployment: KubernetesObject | undefined,
  updated: boolean,
): ServerState['failure'] {
  const kserve = failureOfKserve(service);
  if (kserve) return kserve;
  // a Deployment does not say of which version the Pods are that cannot be made; those of the wished one are there when it is updated
  const failure = conditionOf(deployment, 'ReplicaFailure');
  if (failure?.status === 'True' && !updated)
    return { reason: failure.reason ?? 'ReplicaFailure', message: failure.message ?? '' };
  const progress = conditionOf(deployment, 'Progressing');
  if (progress?.status !== 'False') return undefined;
  return { reason: progress.reason ?? 'Progressing', message: progress.message ?? '' };
}

/** Why KServe does not serve, which it says in two places: the status of the model, and that of the Deployment that it makes. */
function failureOfKserve(service: KubernetesObject | undefined): ServerState['failure'] {
  const { transitionStatus, lastFailureInfo } = (service?.status?.modelStatus ?? {}) as {
    readonly transitionStatus?: string;
    readonly lastFailureInfo?: JsonObject;
  };
  if (transitionStatus === 'BlockedByFailedLoad' || transitionStatus === 'InvalidSpec') {
    const reason = text(lastFailureInfo?.reason) || transitionStatus;
    const message = text(lastFailureInfo?.message) || `KServe says ${transitionStatus}`;
    // it does not say which runtime it means
    const { model } = (service?.spec?.predictor ?? {}) as { readonly model?: { readonly runtime?: string } };
    const named = transitionStatus === 'InvalidSpec' && model?.runtime !== undefined;
    return { reason, message: named ? `${message} (${model.runtime})` : message };
  }
  const predictor = conditionOf(service, 'PredictorReady');
  if (predictor?.status !== 'False' || predictor.reason !== 'ReconcileFailed') return undefined;
  return { reason: predictor.reason, message: predictor.message ?? '' };
}

function contentOf({ spec, kind, metadata }: KubernetesObject): string | undefined {
  const predictor = spec?.predictor as { readonly annotations?: { readonly [key: string]: string } } | undefined;
  return (kind === 'InferenceService' ? predictor?.annotations : metadata.annotations)?.[CONTENT_ANNOTATION];
}

/** The number of replicas that is wished: that of the server, or the least that its autoscaler keeps. */
function wishedReplicas(objects: readonly KubernetesObject[]): number {
  const numbers = objects.map(({ kind, spec }) => {
    if (kind === 'HorizontalPodAutoscaler') return count(spec?.minReplicas);
    if (kind === 'ScaledObject') return count(spec?.minReplicaCount);
    if (kind === 'Deployment') return count(spec?.replicas);
    const predictor = kind === 'InferenceService' ? (spec?.predictor as JsonObject | undefined) : undefined;
    return count(predictor?.minReplicas);
  });
  return Math.max(1, ...numbers);
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
