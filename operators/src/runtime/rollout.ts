import { conditionOf } from './conditions';
import { JsonObject, KubernetesObject } from './protocol';

/** How a Deployment stands, of which it is known that it is of the desired content. */
export interface Rollout {
  readonly replicas: number;
  readonly readyReplicas: number;
  /** Whether its controller has seen it as it is. */
  readonly observed: boolean;
  readonly updatedReplicas: number;
  readonly availableReplicas: number;
  /** Whether all replicas are of what is desired now. */
  readonly updated: boolean;
  /** Whether they are, and as many as are asked for are available. */
  readonly ready: boolean;
  /** Whether the roll-out was over once: what is missing since was lost, and is no roll-out. */
  readonly settled: boolean;
  /** Whether its controller says how far it is, which it does not for one without a deadline. */
  readonly tellsProgress: boolean;
  /** Why it will not get ready by itself. */
  readonly failure?: { readonly reason: string; readonly message: string };
}

/**
 * How a Deployment stands, as its controller says.
 *
 * @param least replicas that must be available; what an autoscaler adds above is welcome, and nothing that has to be waited for
 */
export function rolloutOf(deployment: KubernetesObject, least: number): Rollout {
  const status = deployment.status ?? {};
  const replicas = count(status.replicas);
  const readyReplicas = count(status.readyReplicas);
  const updatedReplicas = count(status.updatedReplicas);
  const availableReplicas = count(status.availableReplicas);
  const observed = count(status.observedGeneration) >= (deployment.metadata.generation ?? 0);
  const updated = observed && updatedReplicas >= least && replicas === updatedReplicas;
  const ready = updated && availableReplicas >= least;
  const progress = conditionOf(deployment, 'Progressing');
  return {
    replicas,
    readyReplicas,
    observed,
    updatedReplicas,
    availableReplicas,
    updated,
    ready,
    // https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#complete-deployment: a lost pod does not take it back
    settled: observed && progress?.reason === 'NewReplicaSetAvailable' && !isBelow(deployment, least),
    tellsProgress: progress !== undefined,
    ...(ready || !observed ? {} : failureOf(deployment, updated)),
  };
}

/** Whether an autoscaler has still to raise it to its least number: a Deployment begins with one replica. One with none was stopped. */
function isBelow({ spec }: KubernetesObject, least: number): boolean {
  const asked = count(spec?.replicas);
  return asked > 0 && asked < least;
}

function failureOf(deployment: KubernetesObject, updated: boolean): Pick<Rollout, 'failure'> {
  // a Deployment does not say of which version the Pods are that cannot be made; those of the desired one are there when it is updated
  const refused = conditionOf(deployment, 'ReplicaFailure');
  if (refused?.status === 'True' && !updated) {
    return { failure: { reason: refused.reason ?? 'ReplicaFailure', message: refused.message ?? '' } };
  }
  const progress = conditionOf(deployment, 'Progressing');
  if (progress?.status !== 'False') return {};
  return { failure: { reason: progress.reason ?? 'Progressing', message: progress.message ?? '' } };
}

/** Replicas that objects ask for at least: those of the server, or the least that its autoscaler keeps. */
export function leastReplicas(objects: readonly KubernetesObject[]): number {
  const numbers = objects.map(({ kind, spec }) => {
    if (kind === 'HorizontalPodAutoscaler') return count(spec?.minReplicas);
    if (kind === 'ScaledObject') return count(spec?.minReplicaCount);
    if (kind === 'Deployment') return count(spec?.replicas);
    const predictor = kind === 'InferenceService' ? (spec?.predictor as JsonObject | undefined) : undefined;
    return count(predictor?.minReplicas);
  });
  return Math.max(1, ...numbers);
}

/** A number of a status, 0 where there is none. */
export function count(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
