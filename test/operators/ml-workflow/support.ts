import { mlWorkflowOperator } from '../../../operators/src/ml-workflow/ml-workflow-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { JsonObject, KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { ML_WORKFLOW } from '../../../src/api/kinds/ml-workflow';
import { withDefaults } from '../../../src/api/schema/validate';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { sampleOf } from '../../api/support/samples';
import { stored, syncRequest } from '../support/requests';
import { SETTINGS } from '../support/settings';

export const HOOKS = hooksOf(mlWorkflowOperator);
export const NAMESPACE = 'ml-workflows';
export const NAME = 'fraud-detection-training';
export const ARGO = 'argoproj.io/v1alpha1';

/** A platform with MLflow. */
export const PLATFORM: OperatorSettings = {
  ...SETTINGS,
  mlWorkflow: { trackingUri: 'http://mlflow.mlflow.svc:5000' },
};

/** The documented sample, as the API server stores it. */
export function sample(change: JsonObject = {}): KubernetesObject {
  return workflow({ ...sampleOf(ML_WORKFLOW)!.spec, ...change }, NAME);
}

/** An MLWorkflow as the API server stores it. */
export function workflow(spec: JsonObject, name = 'churn', annotations?: Record<string, string>): KubernetesObject {
  return stored({
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'MLWorkflow',
    metadata: { name, namespace: NAMESPACE, ...(annotations ? { annotations } : {}) },
    spec: withDefaults(ML_WORKFLOW.spec, spec) as JsonObject,
  });
}

/** A workflow that is started by hand. */
export function manual(change: JsonObject = {}, run?: string): KubernetesObject {
  const stages = [{ name: 'a', type: 'python-job', config: { script: 'print(1)' } }];
  return workflow(
    { type: 'training', stages, ...change },
    'churn',
    run === undefined ? undefined : { 'nstarx.io/run': run },
  );
}

export function sync(
  parent: KubernetesObject,
  children: readonly KubernetesObject[] = [],
  related: readonly KubernetesObject[] = [],
  settings = PLATFORM,
): SyncResponse {
  return HOOKS.sync(syncRequest(parent, children, related), settings);
}

/** The answer once the objects of a workflow are made: its schedule follows its template. */
export function made(parent: KubernetesObject): SyncResponse {
  return sync(parent, sync(parent).children);
}

/** The objects, without the revisions. */
export function objects({ children }: SyncResponse): readonly KubernetesObject[] {
  return children.filter(({ kind }) => kind !== 'ControllerRevision');
}

export function ofKind({ children }: SyncResponse, kind: string): KubernetesObject[] {
  return children.filter((child) => child.kind === kind);
}

/** An Argo Workflow that a schedule made. */
export function run(name: string, status: JsonObject = {}, parent = NAME): KubernetesObject {
  return {
    apiVersion: ARGO,
    kind: 'Workflow',
    metadata: {
      name,
      namespace: NAMESPACE,
      creationTimestamp: '2026-01-04T00:00:00Z',
      labels: { 'nstarx.io/workflow': parent },
    },
    spec: {},
    status,
  };
}

/** Nodes of a run by id. */
export function nodes(name: string, ...given: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(
    given.map((node, at) => [`n${at}`, { id: `n${at}`, type: 'Pod', ...node, name: `${name}.${String(node.name)}` }]),
  );
}

/** A run as Argo leaves it once it has ended. */
export function ended(object: KubernetesObject, phase: string, at = '2026-01-05T00:00:00Z'): KubernetesObject {
  return { ...object, status: { phase, startedAt: at, finishedAt: at } };
}
