import { aiModelOperator } from '../../../../operators/src/ai-model/ai-model-operator';
import { hooksOf } from '../../../../operators/src/runtime/hooks';
import { KubernetesObject as HookObject } from '../../../../operators/src/runtime/protocol';
import { compositeController } from '../../../../src/kinds/operators/metacontroller';
import { AI_MODEL_OPERATOR } from '../../../../src/kinds/ai-model/operator';
import { platformSettings, withGroups } from '../../../support/platform-settings';
import { syncRequest } from '../../../operators/support/requests';
import { refusals } from '../../apply';
import type { Cluster } from '../../cluster';
import type { HookFunction } from '../../metacontroller/test-hook-server';
import type { KubernetesObject, ObjectReference } from '../../types';

const API = 'nstarx.io/v1alpha1';

/** API groups of third parties that such models use. */
export const GROUPS = ['serving.kserve.io'];

/** A platform as it is synthesized, on a cluster of which only KServe's kinds are wanted. */
const SETTINGS = withGroups(platformSettings(), GROUPS);

export const MODEL_HOOKS = hooksOf(aiModelOperator);

/** The operator of models behind a server that can be made to fail. */
export const MODEL_FUNCTIONS: Readonly<Record<string, HookFunction>> = {
  'hooks/ai-model/sync': (request) => MODEL_HOOKS.sync(request as never, SETTINGS),
  'hooks/ai-model/customize': (request) => MODEL_HOOKS.customize(request as never, SETTINGS),
};

/** What calls it, with so many seconds for an answer. */
export function modelController(timeoutSeconds = 10): KubernetesObject {
  return compositeController(
    AI_MODEL_OPERATOR,
    { url: 'https://operators', timeoutSeconds },
    GROUPS,
  ) as unknown as KubernetesObject;
}

/** A model that is small and served by KServe as soon as it is asked for: nobody looks into an image whether it is there. */
export function smallModel(name: string, namespace: string, version = '1.0'): KubernetesObject {
  return {
    apiVersion: API,
    kind: 'AIModel',
    metadata: { name, namespace },
    spec: {
      type: 'sklearn',
      version,
      storage: { location: `oci://registry.example.com/models/${name}:${version}` },
      serving: {
        replicas: 1,
        serviceAccountName: 'default',
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
      },
      monitoring: { enabled: false },
    },
  };
}

export function modelRef(name: string, namespace: string): ObjectReference {
  return { apiVersion: API, kind: 'AIModel', name, namespace };
}

/** The objects that a model must have, by the hook alone. */
export function desiredObjects(stored: KubernetesObject): KubernetesObject[] {
  const { children } = MODEL_HOOKS.sync(syncRequest(stored as HookObject), SETTINGS);
  return children as unknown as KubernetesObject[];
}

/** Their names: `kind name`, sorted. */
export function desiredChildren(stored: KubernetesObject): string[] {
  return desiredObjects(stored)
    .map(({ kind, metadata }) => `${kind} ${metadata.name ?? ''}`)
    .sort();
}

/** The PriorityClass that model servers have; a platform installs it. */
export async function installPriorityClass(cluster: Cluster): Promise<void> {
  const object = {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'nstarx-production-inference' },
    value: 1000,
  } as unknown as KubernetesObject;
  expect(refusals(await cluster.apply([object], { force: true }))).toEqual([]);
}
