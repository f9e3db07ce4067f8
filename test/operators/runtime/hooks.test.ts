import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { gunzipSync, gzipSync } from 'node:zlib';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { condition } from '../support/conditions';
import { SETTINGS } from '../support/settings';
import { syncRequest } from '../support/requests';
import { ToySpec, toyOperator } from '../support/toy-operator';

const hooks = hooksOf(toyOperator);

function parent(spec: ToySpec, generation = 1, status?: object): KubernetesObject {
  const metadata = { name: 'bear', namespace: 'zoo', generation };
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIModel',
    metadata,
    spec: { ...spec },
    ...(status ? { status: { ...status } } : {}),
  };
}

function sync(spec: ToySpec, children: readonly KubernetesObject[] = [], status?: object): SyncResponse {
  return hooks.sync(syncRequest(parent(spec, 1, status), children), SETTINGS);
}

const sizes = (response: SyncResponse) =>
  response.children.filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => (data as { size: string }).size);
const revisions = (response: SyncResponse) =>
  response.children
    .filter(({ kind }) => kind === 'ControllerRevision')
    .map(({ metadata, revision }) => [metadata.annotations?.['nstarx.io/version'], revision]);

test('the objects of a good spec are desired, and a revision keeps them', () => {
  const response = sync({ version: '1', size: 3 });
  expect(sizes(response)).toEqual(['3']);
  expect(revisions(response)).toEqual([['1', 1]]);
  expect(condition(response, 'Accepted')).toMatchObject({ status: 'True', observedGeneration: 1 });
  expect(condition(response, 'Ready')).toMatchObject({ status: 'False' });
});

test('the same request has the same answer, byte by byte', () => {
  const answers = [1, 2].map(() => JSON.stringify(sync({ version: '1', size: 3 })));
  expect(answers[0]).toBe(answers[1]);
});

test('a bad edit names the field and keeps the last good objects', () => {
  const good = sync({ version: '1', size: 3 });
  const bad = sync({ version: '2', size: -1 }, good.children);
  expect(bad.children).toEqual(good.children);
  expect(condition(bad, 'Accepted')).toMatchObject({
    status: 'False',
    reason: 'InvalidSpec',
    message: 'spec.size must be at least 0, got -1',
  });
  expect(bad.status.version).toBe('1');
});

test('a spec that was never good has no objects', () => {
  const response = sync({ version: '1', size: -1 });
  expect(response.children).toEqual([]);
  expect(response.status.phase).toBe('Pending');
});

test('versions are kept up to the limit, the newest of each', () => {
  let children: readonly KubernetesObject[] = [];
  for (const [version, size] of [
    ['1', 1],
    ['2', 2],
    ['2', 20],
    ['3', 3],
    ['4', 4],
  ] as const) {
    children = sync({ version, size }, children).children;
  }
  const response = sync({ version: '4', size: 4 }, children);
  expect(revisions(response)).toEqual([
    ['2', 3],
    ['3', 4],
    ['4', 5],
  ]);
});

test('rollbackTo brings the previous objects back, and its removal the present ones', () => {
  const first = sync({ version: '1', size: 1 });
  const second = sync({ version: '2', size: 2 }, first.children);
  const back = sync({ version: '2', size: 2, rollbackTo: '1' }, second.children);
  expect(sizes(back)).toEqual(['1']);
  expect(back.status).toMatchObject({ phase: 'RollingBack', version: '1' });
  const again = sync({ version: '2', size: 2 }, back.children);
  expect(sizes(again)).toEqual(['2']);
});

test('a bad edit during a rollback keeps what is served', () => {
  const first = sync({ version: '1', size: 1 });
  const second = sync({ version: '2', size: 2 }, first.children);
  const back = sync({ version: '2', size: 2, rollbackTo: '1' }, second.children);
  expect(sizes(sync({ version: '3', size: -1 }, back.children))).toEqual(['1']);
});

test('a rollback to a version that is not kept says which are, and changes nothing', () => {
  const first = sync({ version: '1', size: 1 });
  const response = sync({ version: '1', size: 1, rollbackTo: '0.9' }, first.children);
  expect(response.children).toEqual(first.children);
  expect(condition(response, 'Accepted')).toMatchObject({
    message: 'spec.rollbackTo must be a version that is kept, got "0.9": kept are 1',
  });
});

test('an older version in the spec gives the previous objects', () => {
  const first = sync({ version: '1', size: 1 });
  const second = sync({ version: '2', size: 2 }, first.children);
  const third = sync({ version: '1', size: 1 }, second.children);
  expect(sizes(third)).toEqual(sizes(first));
  expect(revisions(third)).toEqual([
    ['2', 2],
    ['1', 3],
  ]);
});

test('a transition time moves when the status flips, and only then', () => {
  const first = sync({ version: '1', size: 1 });
  const made = (time: string) =>
    first.children.map((child) => ({ ...child, metadata: { ...child.metadata, creationTimestamp: time } }));
  const ready = sync({ version: '1', size: 1 }, made('2026-02-01T00:00:00Z'), first.status);
  expect(condition(first, 'Ready')).toMatchObject({ status: 'False', lastTransitionTime: '2026-01-01T00:00:00Z' });
  expect(condition(ready, 'Ready')).toMatchObject({ status: 'True', lastTransitionTime: '2026-02-01T00:00:00Z' });
  const later = sync({ version: '1', size: 1 }, made('2026-03-01T00:00:00Z'), ready.status);
  expect(condition(later, 'Ready')).toMatchObject({ status: 'True', lastTransitionTime: '2026-02-01T00:00:00Z' });
  expect(condition(later, 'Accepted')).toMatchObject({ lastTransitionTime: '2026-01-01T00:00:00Z' });
});

test('a deletion that is blocked keeps the objects; one that is not waits for their end', () => {
  const first = sync({ version: '1', size: 1 });
  const deleted = (labels: Record<string, string>, children: readonly KubernetesObject[]) => {
    const object = parent({ version: '1', size: 1 });
    const request = syncRequest({ ...object, metadata: { ...object.metadata, labels } }, children);
    return hooks.sync({ ...request, finalizing: true }, SETTINGS);
  };
  const blocked = deleted({ busy: 'true' }, first.children);
  expect(blocked).toMatchObject({ finalized: false, resyncAfterSeconds: 30, status: { phase: 'Terminating' } });
  expect(blocked.children).toEqual(first.children);
  expect(condition(blocked, 'DeletionBlocked')).toMatchObject({ status: 'True', message: 'remove the label busy' });
  expect(deleted({}, first.children)).toMatchObject({ finalized: false, children: [] });
  expect(deleted({}, [])).toMatchObject({ finalized: true, children: [] });
});

test('customize asks for what the operator reads', () => {
  expect(hooks.customize({ parent: parent({ version: '1', size: 1 }) }, SETTINGS)).toEqual({
    relatedResources: [{ apiVersion: 'v1', resource: 'secrets', names: ['bear'] }],
  });
});

test('a child of a kind that the rules do not name is a fault, not an answer', () => {
  const faulty = { ...toyOperator, definition: { ...toyOperator.definition, children: [] } };
  const request = syncRequest(parent({ version: '1', size: 1 }));
  expect(() => hooksOf(faulty).sync(request, SETTINGS)).toThrow(
    'operator toy made ConfigMap bear of v1, which its rules do not name',
  );
});

test('a kind that the cluster does not serve is a problem of the spec', () => {
  const definition = {
    ...toyOperator.definition,
    children: [{ apiVersion: 'acme.example/v1', kind: 'Widget', resource: 'widgets' }],
  };
  const widget = { apiVersion: 'acme.example/v1', kind: 'Widget', metadata: { name: 'bear', namespace: 'zoo' } };
  const operator = hooksOf({ ...toyOperator, definition, desired: () => [widget] });
  const request = syncRequest(parent({ version: '1', size: 1 }));
  const message = (apiGroups?: string[], customResources?: string[]) => {
    const response = operator.sync(request, { ...SETTINGS, apiGroups, customResources });
    return [response.children.length, condition(response, 'Accepted')?.message];
  };
  expect(message([])).toEqual([
    0,
    'spec needs a Widget of acme.example/v1, which this cluster does not have: have its component installed',
  ]);
  expect(message(['acme.example'])).toEqual([2, 'The spec can be done']);
  expect(message(['acme.example'], ['Widget.acme.example'])).toEqual([2, 'The spec can be done']);
  expect(message(['acme.example'], ['Gadget.acme.example'])[0]).toBe(0);
  expect(message()).toEqual([2, 'The spec can be done']);
});

test('no rule is for a kind that the cluster does not serve, since Metacontroller would look at no object with it', () => {
  const gadgets = { apiVersion: 'acme.example/v1', kind: 'Gadget', resource: 'gadgets' };
  const pods = { apiVersion: 'v1', kind: 'Pod', resource: 'pods' };
  const definition = { ...toyOperator.definition, related: [gadgets, pods] };
  const operator = hooksOf({ ...toyOperator, definition, related: () => [gadgets, pods] });
  const asked = (more: Partial<OperatorSettings>): string[] =>
    operator
      .customize({ parent: parent({ version: '1', size: 1 }) }, { ...SETTINGS, ...more })
      .relatedResources.map(({ resource }) => resource);
  expect(asked({})).toEqual(['gadgets', 'pods']);
  expect(asked({ apiGroups: ['acme.example'] })).toEqual(['gadgets', 'pods']);
  expect(asked({ apiGroups: [] })).toEqual(['pods']);
  expect(asked({ apiGroups: ['acme.example'], customResources: ['Widget.acme.example'] })).toEqual(['pods']);
});

test('conditions that others set stay as they are', () => {
  const approved = { type: 'Approved', status: 'True', observedGeneration: 1 };
  const request = syncRequest(
    parent({ version: '1', size: 1 }, 1, { conditions: [approved, { type: 'Old', status: 'True' }] }),
  );
  const types = (othersConditions?: string[]) =>
    (hooksOf({ ...toyOperator, othersConditions }).sync(request, SETTINGS).status.conditions as object[]).slice(2);
  expect(types(['Approved'])).toEqual([approved]);
  expect(types()).toEqual([]);
});

test('a revision that is stored keeps its bytes, also when the objects would be packed into others', () => {
  const first = sync({ version: '1', size: 1 });
  const repacked = first.children.map((child) => {
    if (child.kind !== 'ControllerRevision') return child;
    const data = child.data as { readonly objects: string };
    const text = gunzipSync(Buffer.from(data.objects, 'base64'));
    return { ...child, data: { ...data, objects: gzipSync(text, { level: 1, memLevel: 1 }).toString('base64') } };
  });
  expect(repacked).not.toEqual(first.children);
  expect(sync({ version: '1', size: 1 }, repacked).children).toEqual(repacked);
  const second = sync({ version: '2', size: 2 }, repacked);
  expect(sizes(sync({ version: '2', size: 2, rollbackTo: '1' }, second.children))).toEqual(['1']);
});
