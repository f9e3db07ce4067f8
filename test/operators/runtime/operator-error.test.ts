import { hooksOf } from '../../../operators/src/runtime/hooks';
import { OperatorError } from '../../../operators/src/runtime/operator-error';
import { JsonObject, KubernetesObject, SyncRequest, SyncResponse } from '../../../operators/src/runtime/protocol';
import { condition } from '../support/conditions';
import { SETTINGS } from '../support/settings';
import { syncRequest } from '../support/requests';
import { toyOperator } from '../support/toy-operator';

const hooks = hooksOf(toyOperator);

function requestOf(size: number, children: readonly KubernetesObject[] = [], status?: JsonObject): SyncRequest {
  const metadata = { name: 'bear', namespace: 'zoo', generation: 7 };
  const spec = { version: '1', size };
  return syncRequest({ apiVersion: 'nstarx.io/v1alpha1', kind: 'AIModel', metadata, spec, status }, children);
}

/** The spec of size 13 has the toy operator fail. */
function fault(children: readonly KubernetesObject[] = [], status?: JsonObject): OperatorError {
  try {
    hooks.sync(requestOf(13, children, status), SETTINGS);
  } catch (error) {
    if (error instanceof OperatorError) return error;
  }
  throw new Error('there was no fault');
}

const good = (): SyncResponse => hooks.sync(requestOf(3), SETTINGS);

test('an object that is new gets a status that says so, without the error', () => {
  const { response, cause } = fault();
  expect(cause).toEqual(new Error('the operator has a fault'));
  expect(response).toMatchObject({ children: [], resyncAfterSeconds: 60, status: { observedGeneration: 7 } });
  expect(condition(response!, 'Accepted')).toMatchObject({
    status: 'Unknown',
    reason: 'OperatorError',
    observedGeneration: 7,
  });
  expect(condition(response!, 'Ready')).toMatchObject({ status: 'Unknown' });
  expect(JSON.stringify(response)).not.toContain('the operator has a fault"');
});

test('an object that had a good spec keeps its children, and the rest of its status', () => {
  const { children, status } = good();
  const { response } = fault(children, { ...status, version: '0.9' });
  expect(response?.children).toEqual(children);
  expect(response?.status).toMatchObject({ phase: status.phase, version: '0.9' });
  expect(condition(response!, 'Ready')).toEqual(condition({ ...response!, status }, 'Ready'));
  expect(condition(response!, 'Accepted')?.reason).toBe('OperatorError');
});

test('there is no answer where it would remove a child that the revisions do not name', () => {
  const run: KubernetesObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'run', namespace: 'zoo' } };
  expect(fault([...good().children, run]).response).toBeUndefined();
});

test('there is no answer where the last revision cannot be read', () => {
  const children = good().children.map((child) =>
    child.kind === 'ControllerRevision' ? { ...child, data: { spec: {}, objects: 'AAAA' } } : child,
  );
  expect(fault(children).response).toBeUndefined();
});

test('there is no answer about the deletion of an object: its finalizer stays', () => {
  const request = { ...requestOf(13), finalizing: true };
  const labels = { busy: 'true' };
  const parent = { ...request.parent, metadata: { ...request.parent.metadata, labels } };
  expect(() => hooks.sync({ ...request, parent }, SETTINGS)).toThrow(
    expect.objectContaining({ response: undefined }) as Error,
  );
});
