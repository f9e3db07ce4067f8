import { featureStoreOperator } from '../../../operators/src/feature-store/feature-store-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { FEATURE_STORE } from '../../../src/api/kinds/feature-store';
import { withDefaults } from '../../../src/api/schema/validate';
import { contentName } from '../../../src/kinds/child-names';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { sampleOf } from '../../api/support/samples';
import { syncRequest } from '../support/requests';
import { platformSettings } from '../../support/platform-settings';

export const HOOKS = hooksOf(featureStoreOperator);
export const NAME = 'customer-features';
/** The CronJob that brings values to the online store. */
export const MATERIALIZATION = contentName(NAME, 'materialize', [], 52);
export const NAMESPACE = 'feature-stores';
export const SPARK = 'ScheduledSparkApplication';
export const FLINK = 'FlinkDeployment';

/** A platform as the composition makes it. */
export const PLATFORM: OperatorSettings = platformSettings();

/** The documented sample with changes of its spec, as the API server stores it. */
export function sample(change: object = {}, status?: object): KubernetesObject {
  const { apiVersion, kind, spec } = sampleOf(FEATURE_STORE)!;
  const filled = withDefaults(FEATURE_STORE.spec, JSON.parse(JSON.stringify({ ...spec, ...change })));
  return {
    apiVersion,
    kind,
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: filled as KubernetesObject['spec'],
    ...(status ? { status: { ...status } } : {}),
  };
}

export function sync(
  parent: KubernetesObject,
  children: readonly KubernetesObject[] = [],
  pods: readonly KubernetesObject[] = [],
  settings: OperatorSettings = PLATFORM,
): SyncResponse {
  return HOOKS.sync(syncRequest(parent, children, pods), settings);
}

export const of = (response: SyncResponse, kind: string, part = ''): KubernetesObject =>
  response.children.find((child) => child.kind === kind && child.metadata.name.includes(part))!;

/** The definitions among the objects, by name. */
export const definitions = (objects: readonly KubernetesObject[]): string[] =>
  objects
    .filter(({ metadata }) => metadata.labels?.['nstarx.io/content'] === 'feature-definitions')
    .map(({ metadata }) => metadata.name)
    .sort();

export type Statuses = Readonly<Record<string, object | undefined>>;

/** A Job that is done, and servers that answer. */
export const SERVED: Statuses = {
  Job: { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: '2026-03-01T00:01:00Z' }] },
  'Deployment customer-features-features': {
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
  },
};

const NANO = String(Date.parse('2026-03-01T02:00:00Z'));
export const RUN = `run-${NANO}000000`;

/** Everything has computed its features once, at two o'clock. */
export const COMPUTED: Statuses = {
  ...SERVED,
  CronJob: { lastScheduleTime: '2026-03-01T02:00:00Z', lastSuccessfulTime: '2026-03-01T02:01:00Z' },
  [SPARK]: { scheduleState: 'Scheduled', lastRunName: RUN, pastSuccessfulRunNames: [RUN] },
  [FLINK]: { jobStatus: { state: 'RUNNING' } },
};

/** What the operator made, as the API server stores it, with statuses by kind, or by kind and name. */
export function observed(
  response: SyncResponse,
  statuses: Statuses = {},
  creationTimestamp = '2026-03-01T00:00:00Z',
): KubernetesObject[] {
  return response.children.map((child) => {
    const status = statuses[`${child.kind} ${child.metadata.name}`] ?? statuses[child.kind];
    return {
      ...child,
      metadata: {
        ...child.metadata,
        generation: 1,
        labels: { ...child.metadata.labels, 'controller-uid': '0000' },
        creationTimestamp,
      },
      ...(status ? { status: { ...status } } : {}),
    };
  });
}

/** A ConfigMap that only tells the time. */
export function clock(now: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'clock', namespace: NAMESPACE, creationTimestamp: now },
  };
}

/** A pod of a job that has ended. */
export function pod(
  labels: Readonly<Record<string, string>>,
  message: unknown,
  exitCode = 0,
  finishedAt = '2026-03-01T02:00:30Z',
): KubernetesObject {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${JSON.stringify(labels).length}-${finishedAt}`, namespace: NAMESPACE, labels },
    status: { containerStatuses: [{ name: 'job', state: { terminated: { exitCode, message: text, finishedAt } } }] },
  };
}

export const ofJob = (job: string) => ({ 'batch.kubernetes.io/job-name': job });
export const MATERIALIZED = ofJob(`${MATERIALIZATION}-29500000`);
export const DRIVER = { 'sparkoperator.k8s.io/app-name': RUN, 'spark-role': 'driver' };
