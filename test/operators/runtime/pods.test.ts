import { Observed } from '../../../operators/src/runtime/observed';
import { livePods, servedImages, troubleOf } from '../../../operators/src/runtime/pods';
import { JsonObject, KubernetesObject } from '../../../operators/src/runtime/protocol';
import { objectMap } from '../support/requests';

function pod(status: JsonObject, name = 'a', metadata: JsonObject = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ml', ...metadata }, status };
}

function waiting(reason: string, message?: string, lastState: JsonObject = {}): JsonObject {
  return { containerStatuses: [{ name: 'server', state: { waiting: { reason, message } }, lastState }] };
}

const NAMED_USER = 'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root';

test.each<[string, JsonObject, string, string]>([
  [
    'an image with a named user',
    waiting('CreateContainerConfigError', NAMED_USER),
    'CreateContainerConfigError',
    `The container server of pod a does not start: ${NAMED_USER}: set the user`,
  ],
  [
    'an image of root',
    waiting('CreateContainerConfigError', 'container has runAsNonRoot and image will run as root (pod: "a_ml(1)")'),
    'CreateContainerConfigError',
    'The container server of pod a does not start: container has runAsNonRoot and image will run as root (pod: "a_ml(1)"): set the user',
  ],
  [
    'a Secret that is not there',
    waiting('CreateContainerConfigError', 'secret "s3" not found'),
    'CreateContainerConfigError',
    'The container server of pod a does not start: secret "s3" not found',
  ],
  [
    'an image that cannot be pulled',
    waiting('ImagePullBackOff', 'Back-off pulling image "r.example.com/a:1"'),
    'ImagePullBackOff',
    'The container server of pod a does not start: Back-off pulling image "r.example.com/a:1"',
  ],
  [
    'a program that is not in the image',
    waiting('RunContainerError', 'exec: "serve": executable file not found in $PATH\nmore'),
    'RunContainerError',
    'The container server of pod a does not start: exec: "serve": executable file not found in $PATH',
  ],
  [
    'a server that ends, with its last word and not the wait, which changes',
    waiting('CrashLoopBackOff', 'back-off 40s restarting failed container=server', {
      terminated: { exitCode: 1, reason: 'Error', message: 'Traceback\nKeyError: x\n' },
    }),
    'CrashLoopBackOff',
    'The container server of pod a ends again and again, the last time with code 1: KeyError: x',
  ],
  [
    'a server without enough memory',
    waiting('CrashLoopBackOff', 'back-off', { terminated: { exitCode: 137, reason: 'OOMKilled' } }),
    'CrashLoopBackOff',
    'The container server of pod a ends again and again, the last time with code 137 (OOMKilled); see its log',
  ],
  [
    'a reason that kubelets get later',
    waiting('SomethingNew'),
    'SomethingNew',
    'The container server of pod a does not start: nothing says why',
  ],
  [
    'an init container',
    {
      initContainerStatuses: [
        { name: 'storage-initializer', state: { waiting: { reason: 'ErrImagePull', message: 'denied' } } },
      ],
      ...waiting('PodInitializing'),
    },
    'ErrImagePull',
    'The container storage-initializer of pod a does not start: denied',
  ],
  [
    'no node',
    {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes: Insufficient cpu' },
      ],
    },
    'Unschedulable',
    'No node can take pod a: 0/3 nodes: Insufficient cpu',
  ],
])('%s is told', (_name, status, reason, message) => {
  expect(troubleOf([pod(status)], 'set the user')).toEqual({ reason, message });
});

test.each<[string, JsonObject]>([
  ['nothing yet', {}],
  ['a container that is made', waiting('ContainerCreating')],
  ['init containers that run', waiting('PodInitializing')],
  ['one that runs', { containerStatuses: [{ name: 'server', state: { running: {} } }] }],
  ['a gate', { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'gated' }] }],
])('%s is no trouble', (_name, status) => {
  expect(troubleOf([pod(status)])).toBeUndefined();
});

test('only pods that are there to stay count, the newest first', () => {
  const at = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` });
  const related = new Observed(
    objectMap([
      pod(waiting('ImagePullBackOff'), 'old', at(1)),
      pod(waiting('CrashLoopBackOff'), 'new', at(2)),
      pod(waiting('InvalidImageName'), 'leaving', { ...at(3), deletionTimestamp: '2026-01-01T00:00:09Z' }),
      pod({ phase: 'Succeeded' }, 'ended', at(4)),
      pod(waiting('InvalidImageName'), 'elsewhere', { ...at(5), namespace: 'other' }),
    ]),
  );
  const found = livePods({ related, namespace: 'ml' }, () => true);
  expect(found.map(({ metadata }) => metadata.name)).toEqual(['new', 'old']);
  expect(troubleOf(found)?.reason).toBe('CrashLoopBackOff');
});

test('the image that answers has its digest where the node knows one', () => {
  const ready = (imageID: string, status = 'True'): KubernetesObject =>
    pod({
      conditions: [{ type: 'Ready', status }],
      containerStatuses: [{ name: 'server', image: 'r.example.com/a:1', imageID }],
    });
  const digest = `r.example.com/a@sha256:${'a'.repeat(64)}`;
  expect(servedImages([ready(digest), ready(`docker-pullable://${digest}`)], 'server')).toEqual([digest]);
  // of an image that was loaded by hand, the hash of the configuration
  expect(servedImages([ready(`sha256:${'b'.repeat(64)}`)], 'server')).toEqual(['r.example.com/a:1']);
  expect(servedImages([ready(digest, 'False')], 'server')).toEqual([]);
  expect(servedImages([ready(digest)], 'proxy')).toEqual([]);
});
