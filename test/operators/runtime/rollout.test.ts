import { leastReplicas, rolloutOf } from '../../../operators/src/runtime/rollout';
import { JsonObject, KubernetesObject } from '../../../operators/src/runtime/protocol';

function deployment(status: JsonObject, generation = 2): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', generation },
    status: { observedGeneration: 2, ...status },
  };
}

const progress = (reason: string, status = 'True'): JsonObject => ({
  conditions: [{ type: 'Progressing', status, reason, message: 'm' }],
});
const all = (ready: number, updated = 3, replicas = 3): JsonObject => ({
  replicas,
  updatedReplicas: updated,
  readyReplicas: ready,
  availableReplicas: ready,
});

test.each<[string, JsonObject, number, Partial<ReturnType<typeof rolloutOf>>]>([
  ['all there', { ...all(3), ...progress('NewReplicaSetAvailable') }, 3, { ready: true, settled: true }],
  ['one of three', { ...all(1, 1, 1), ...progress('NewReplicaSetAvailable') }, 3, { ready: false, updated: false }],
  ['on its way', { ...all(2), ...progress('ReplicaSetUpdated') }, 3, { ready: false, settled: false }],
  ['an old pod is left', { ...all(4, 3, 4), ...progress('ReplicaSetUpdated') }, 3, { ready: false, updated: false }],
  ['a pod was lost', { ...all(2), ...progress('NewReplicaSetAvailable') }, 3, { ready: false, settled: true }],
  ['a lost one is not there again', { ...all(2, 2, 2), ...progress('NewReplicaSetAvailable') }, 3, { settled: true }],
  ['an autoscaler adds some', { ...all(3, 6, 6), ...progress('NewReplicaSetAvailable') }, 3, { ready: true }],
  ['not looked at yet', { ...all(3), observedGeneration: 1 }, 3, { ready: false, settled: false, observed: false }],
  ['over its deadline', { ...all(0), ...progress('ProgressDeadlineExceeded', 'False') }, 3, { ready: false }],
])('a Deployment with %s', (_name, status, least, expected) => {
  expect(rolloutOf(deployment(status), least)).toMatchObject(expected);
});

test('one that its autoscaler has still to raise is not rolled out; one that was stopped has lost its pods', () => {
  const asking = (replicas: number): KubernetesObject => ({
    ...deployment({ ...all(1, 1, 1), ...progress('NewReplicaSetAvailable') }),
    spec: { replicas },
  });
  expect(rolloutOf(asking(1), 2)).toMatchObject({ ready: false, settled: false });
  expect(rolloutOf(asking(2), 2)).toMatchObject({ ready: false, settled: true });
  expect(rolloutOf(asking(0), 2)).toMatchObject({ ready: false, settled: true });
});

test('why it will not get ready by itself', () => {
  const failure = (status: JsonObject) => rolloutOf(deployment(status), 3).failure;
  expect(failure({ ...all(0), ...progress('ProgressDeadlineExceeded', 'False') })).toEqual({
    reason: 'ProgressDeadlineExceeded',
    message: 'm',
  });
  const refused = {
    conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' }],
  };
  expect(failure({ ...all(0, 1, 3), ...refused })).toEqual({ reason: 'FailedCreate', message: 'quota' });
  // those of the desired version are there
  expect(failure({ ...all(0), ...refused })).toBeUndefined();
  expect(failure({ ...all(3), ...progress('ProgressDeadlineExceeded', 'False') })).toBeUndefined();
});

test('at least so many replicas are asked for as the autoscaler keeps', () => {
  const object = (kind: string, spec: JsonObject): KubernetesObject => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'a' },
    spec,
  });
  expect(leastReplicas([])).toBe(1);
  expect(leastReplicas([object('Deployment', {}), object('HorizontalPodAutoscaler', { minReplicas: 3 })])).toBe(3);
  expect(leastReplicas([object('Deployment', { replicas: 2 })])).toBe(2);
  expect(leastReplicas([object('ScaledObject', { minReplicaCount: 4 })])).toBe(4);
  expect(leastReplicas([object('InferenceService', { predictor: { minReplicas: 5 } })])).toBe(5);
});
