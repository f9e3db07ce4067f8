import { aiModelOperator } from '../../../operators/src/ai-model/ai-model-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { JsonObject, KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { AI_MODEL } from '../../../src/api/kinds/ai-model';
import { withDefaults } from '../../../src/api/schema/validate';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { AIModelSettings } from '../../../src/kinds/ai-model/settings';
import { sampleOf } from '../../api/support/samples';
import { stored, syncRequest } from '../support/requests';
import { SETTINGS } from '../support/settings';

export const HOOKS = hooksOf(aiModelOperator);
export const NAMESPACE = 'ml-models';
export const NAME = 'sentiment-analyzer-v2';

/** A platform that does not look for models, so that objects are made at once. */
export const UNCHECKED = withAIModel({ storage: { checkArtifacts: false } });

export function withAIModel(aiModel: AIModelSettings): OperatorSettings {
  return { ...SETTINGS, aiModel };
}

/** The documented sample, as the API server stores it. */
export function sample(change: JsonObject = {}, serving: JsonObject = {}): KubernetesObject {
  const spec = sampleOf(AI_MODEL)!.spec as { readonly serving: JsonObject };
  return aiModel({ ...spec, ...change, serving: { ...spec.serving, ...serving } });
}

/** An AIModel as the API server stores it. */
export function aiModel(spec: JsonObject, name = NAME): KubernetesObject {
  const filled = withDefaults(AI_MODEL.spec, spec) as JsonObject;
  return stored({
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIModel',
    metadata: { name, namespace: NAMESPACE },
    spec: filled,
  });
}

export function sync(
  parent: KubernetesObject,
  children: readonly KubernetesObject[] = [],
  related: readonly KubernetesObject[] = [],
  settings: OperatorSettings = UNCHECKED,
): SyncResponse {
  return HOOKS.sync(syncRequest(parent, children, related), settings);
}

/** The objects that serve, without the revisions. */
export function objects({ children }: SyncResponse): readonly KubernetesObject[] {
  return children.filter(({ kind }) => kind !== 'ControllerRevision');
}

export function child({ children }: SyncResponse, kind: string, name?: string): KubernetesObject {
  const found = children.find((one) => one.kind === kind && (name === undefined || one.metadata.name === name));
  if (!found) throw new Error(`no ${kind} ${name ?? ''} among ${children.map((one) => one.kind).join(', ')}`);
  return found;
}

export function kinds({ children }: SyncResponse): string[] {
  return children.map(({ kind }) => kind).filter((kind) => kind !== 'ControllerRevision');
}

/** The Deployment that KServe makes of an InferenceService. */
export function kserveDeployment(service: KubernetesObject, status: JsonObject = {}): KubernetesObject {
  const { predictor } = service.spec as {
    readonly predictor: { readonly annotations: Record<string, string>; readonly minReplicas?: number };
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: `${service.metadata.name}-predictor`,
      namespace: service.metadata.namespace,
      generation: 1,
      annotations: predictor.annotations,
    },
    spec: { replicas: predictor.minReplicas ?? 1 },
    status: { observedGeneration: 1, ...status },
  };
}

/** What a Deployment says when so many replicas answer. */
export function replicas(ready: number, all = ready): JsonObject {
  return { replicas: all, updatedReplicas: all, readyReplicas: ready, availableReplicas: ready };
}

export function withStatus(object: KubernetesObject, status: JsonObject): KubernetesObject {
  return { ...object, status };
}

/** What KServe 0.20 says when the pods are ready. */
export const KSERVE_READY = {
  observedGeneration: 1,
  deploymentMode: 'Standard',
  conditions: [
    { type: 'IngressReady', status: 'True' },
    { type: 'PredictorReady', status: 'True', reason: 'NewReplicaSetAvailable', message: 'successfully progressed' },
    { type: 'Ready', status: 'True' },
    { type: 'Stopped', status: 'False', severity: 'Info' },
  ],
  modelStatus: {
    copies: { failedCopies: 0, totalCopies: 1 },
    states: { activeModelState: 'Loaded', targetModelState: 'Loaded' },
    transitionStatus: 'UpToDate',
  },
};

/** Children as they are once everything works, and the Deployment of KServe. */
export function running(
  response: SyncResponse,
  ready: number,
): { readonly children: KubernetesObject[]; readonly related: KubernetesObject[] } {
  const service = child(response, 'InferenceService');
  return {
    children: response.children.map((one) => {
      if (one.kind === 'InferenceService') return withStatus(one, KSERVE_READY);
      if (one.kind === 'HTTPRoute') return withStatus(one, ROUTE_ACCEPTED);
      return one;
    }),
    related: [kserveDeployment(service, replicas(ready))],
  };
}

export const ROUTE_ACCEPTED = { parents: [{ conditions: [{ type: 'Accepted', status: 'True' }] }] };

export function zone(name: string, spec: JsonObject): KubernetesObject {
  return { apiVersion: 'nstarx.io/v1alpha1', kind: 'AIZone', metadata: { name }, spec: { type: 'inference', ...spec } };
}

/** A Pod of a job that ended with these words. */
export function endedPod(job: string, exitCode: number, message: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${job}-x`, namespace: NAMESPACE, labels: { 'batch.kubernetes.io/job-name': job } },
    status: {
      containerStatuses: [
        {
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode, message, finishedAt: '2026-01-01T00:00:10Z' } },
        },
      ],
    },
  };
}
