import { dataPipelineOperator } from '../../../operators/src/data-pipeline/data-pipeline-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { DATA_PIPELINE } from '../../../src/api/kinds/data-pipeline';
import { baseName } from '../../../src/kinds/data-pipeline/plan';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { sampleOf } from '../../api/support/samples';
import { syncRequest } from '../support/requests';
import { SETTINGS } from '../support/settings';

export const hooks = hooksOf(dataPipelineOperator);
export const NAME = 'customer-etl-pipeline';
/** What the names of its objects begin with. */
export const BASE = baseName(NAME);
export const NAMESPACE = 'data-processing';

/** The documented sample, with changes of its spec. */
export function sample(change: object = {}, status?: object): KubernetesObject {
  const { apiVersion, kind, metadata, spec } = sampleOf(DATA_PIPELINE)!;
  const { name = NAME, namespace } = metadata!;
  const merged = { ...spec, ...change } as Record<string, unknown>;
  for (const [key, value] of Object.entries(merged)) if (value === undefined) delete merged[key];
  return {
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec: merged,
    ...(status ? { status: { ...status } } : {}),
  };
}

export function sync(
  parent: KubernetesObject,
  children: readonly KubernetesObject[] = [],
  related: readonly KubernetesObject[] = [],
  settings: OperatorSettings = SETTINGS,
): SyncResponse {
  return hooks.sync(syncRequest(parent, children, related), settings);
}

export const of = (response: SyncResponse, kind: string): KubernetesObject =>
  response.children.find((child) => child.kind === kind)!;

/** What the operator made, as the API server stores it. */
export function observed(response: SyncResponse, statuses: Readonly<Record<string, object>> = {}): KubernetesObject[] {
  return response.children.map((child) => ({
    ...child,
    metadata: {
      ...child.metadata,
      labels: { ...child.metadata.labels, 'controller-uid': '0000' },
      creationTimestamp: '2026-03-01T00:00:00Z',
    },
    ...(child.kind in statuses ? { status: { ...statuses[child.kind] } } : {}),
  }));
}

/** A run that Spark's operator made of the schedule. */
export function run(name: string, began: string, state: string, schedule?: KubernetesObject): KubernetesObject {
  return {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: {
      name,
      namespace: NAMESPACE,
      creationTimestamp: began,
      labels: { ...schedule?.metadata.labels, 'sparkoperator.k8s.io/scheduled-app-name': BASE },
    },
    ...(schedule ? { spec: (schedule.spec as { template: Record<string, unknown> }).template } : {}),
    ...(state === '' ? {} : { status: { applicationState: { state } } }),
  };
}

/** The driver of a run, with what its program said at the end. */
export function driver(runName: string, told: unknown, exitCode = 0, status: object = {}): KubernetesObject {
  const message = typeof told === 'string' ? told : JSON.stringify(told);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${runName}-driver`,
      namespace: NAMESPACE,
      labels: {
        'nstarx.io/component': 'pipeline',
        'nstarx.io/data-pipeline': NAME,
        pipeline_name: NAME,
        'spark-role': 'driver',
        'sparkoperator.k8s.io/app-name': runName,
      },
    },
    status: {
      containerStatuses: [{ name: 'spark-kubernetes-driver', state: { terminated: { exitCode, message } } }],
      ...status,
    },
  };
}
