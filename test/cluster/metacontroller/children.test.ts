import { until } from '../../support/waiting';
import { deployment } from '../fixtures';
import type { KubernetesObject } from '../types';
import { describeWrite } from './engine';
import { configMap, SHELF, TOY } from './toy';
import { describeToys, Toys } from './toys';

describeToys('children are what the hook says', (bench) => {
  let toys: Toys;
  beforeAll(async () => {
    toys = await Toys.start(bench);
  });
  afterAll(() => toys.server.stop());

  test('a child is made with its owner and label, and the status has the generation', async () => {
    const parent = await toys.make('bear', {
      children: [configMap('bear', { colour: 'brown' })],
      status: { mood: 'good' },
    });
    const child = await bench.cluster.get(toys.configMap('bear'));

    expect(child.data).toEqual({ colour: 'brown' });
    expect(child.metadata.labels).toEqual({ 'controller-uid': parent.metadata.uid });
    expect(child.metadata.ownerReferences).toEqual([
      { ...TOY, name: 'bear', uid: parent.metadata.uid, controller: true, blockOwnerDeletion: true },
    ]);
    expect(parent.status).toEqual({
      mood: 'good',
      observed: [`ConfigMap.v1 ${toys.namespace}/bear`],
      related: [],
      observedGeneration: 1,
    });
  });

  test('a hook gets every kind of child, full objects by namespace and name, and the token', async () => {
    await toys.make('cube', { children: [configMap('cube', {})] });
    const { controller, parent, children, related, finalizing } = toys.server.callsFor('sync', 'cube').at(-1)!;

    expect(Object.keys(children).sort()).toEqual([
      'ConfigMap.v1',
      'Deployment.apps/v1',
      'Secret.v1',
      'ServiceAccount.v1',
    ]);
    expect(children['Deployment.apps/v1']).toEqual({});
    const child = children['ConfigMap.v1'][`${toys.namespace}/cube`];
    expect(child).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cube' } });
    expect(child.metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: 'metacontroller', operation: 'Apply' }),
    );
    expect(parent).toMatchObject({ ...TOY, metadata: { name: 'cube', namespace: toys.namespace } });
    expect(parent.metadata.managedFields).toBeDefined();
    expect(controller).toMatchObject({ metadata: { name: 'toys' }, spec: { generateSelector: true } });
    expect({ related, finalizing }).toEqual({ related: {}, finalizing: false });
    expect(new Set(toys.server.calls.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer token-of-the-hooks']),
    );
  });

  test('spec A, then B, then A again gives the objects of A; what B had besides is deleted', async () => {
    const a = { children: [configMap('drum-a', { size: '1' })] };
    const b = { children: [configMap('drum-a', { size: '2' }), configMap('drum-b', {})] };
    await toys.make('drum', a);
    const before = await bench.cluster.get(toys.configMap('drum-a'));

    await toys.change('drum', b);
    const between = await bench.cluster.get(toys.configMap('drum-a'));
    expect(between.data).toEqual({ size: '2' });
    expect(await bench.cluster.find(toys.configMap('drum-b'))).toBeDefined();

    await toys.change('drum', a);
    const after = await bench.cluster.get(toys.configMap('drum-a'));
    expect({ uid: after.metadata.uid, data: after.data }).toEqual({ uid: before.metadata.uid, data: before.data });
    expect(await bench.cluster.find(toys.configMap('drum-b'))).toBeUndefined();
  });

  test('a child that was deleted by hand comes back', async () => {
    await toys.make('kite', { children: [configMap('kite', { tail: 'long' })] });
    const { metadata } = await bench.cluster.get(toys.configMap('kite'));

    await bench.cluster.delete(toys.configMap('kite'));

    const again = await bench.cluster.waitFor(toys.configMap('kite'), (child) => child.metadata.uid !== metadata.uid);
    expect(again.data).toEqual({ tail: 'long' });
  });

  test('a field of the hook that was changed by hand is put back, a field of another writer stays', async () => {
    await toys.make('lorry', { children: [configMap('lorry', { wheels: '4' })] });

    await bench.cluster.patch(toys.configMap('lorry'), {
      metadata: { annotations: { 'example.com/note': 'mine' } },
      data: { wheels: '3', trailer: 'yes' },
    });

    const child = await bench.cluster.waitFor(toys.configMap('lorry'), ({ data }) => {
      return (data as Record<string, string>).wheels === '4';
    });
    expect(child.data).toEqual({ wheels: '4', trailer: 'yes' });
    expect(child.metadata.annotations).toEqual({ 'example.com/note': 'mine' });
  });

  test('replicas that an autoscaler sets are not fought over', async () => {
    const { spec, ...rest } = deployment(toys.namespace, 'robot', 1);
    const { replicas: _replicas, ...unscaled } = spec as Record<string, unknown>;
    await toys.make('robot', { children: [{ ...rest, spec: unscaled }] });
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: toys.namespace, name: 'robot' };

    await bench.cluster.patch(ref, { spec: { replicas: 3 } }, { subresource: 'scale' });
    await toys.change('robot', { status: { changed: true } });

    expect((await bench.cluster.get(ref)).spec?.replicas).toBe(3);
  });

  test('a label changed by hand on a kind that has a generation stays until the hook wants something else', async () => {
    const child = deployment(toys.namespace, 'train', 0);
    child.metadata.labels = { line: 'north' };
    await toys.make('train', { children: [child] });
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: toys.namespace, name: 'train' };

    await bench.cluster.patch(ref, { metadata: { labels: { line: 'south' } } });
    await toys.change('train', { status: { changed: true } });
    expect((await bench.cluster.get(ref)).metadata.labels?.line).toBe('south');

    const longer = deployment(toys.namespace, 'train', 1);
    longer.metadata.labels = { line: 'north' };
    await toys.change('train', { children: [longer] });
    expect((await bench.cluster.get(ref)).metadata.labels?.line).toBe('north');
  });

  test('Recreate deletes and makes anew, OnDelete leaves as it is', async () => {
    const secret = (value: string): KubernetesObject => {
      return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'yoyo' }, stringData: { value } };
    };
    const account = (note: string): KubernetesObject => {
      return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'yoyo', annotations: { note } } };
    };
    await toys.make('yoyo', { children: [secret('1'), account('1')] });
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: toys.namespace, name: 'yoyo' };
    const before = await bench.cluster.get(ref);

    await toys.change('yoyo', { children: [secret('2'), account('2')] });

    const after = await bench.cluster.waitFor(ref, ({ metadata }) => metadata.uid !== before.metadata.uid);
    expect(after.data).toEqual({ value: Buffer.from('2').toString('base64') });
    const left = await bench.cluster.get({ ...ref, kind: 'ServiceAccount' });
    expect(left.metadata.annotations).toEqual({ note: '1' });
  });

  test('an object without a controller that has the label is adopted; a child that loses the label is released, then adopted again', async () => {
    const parent = await toys.make('zebra', {});
    const labels = { 'controller-uid': parent.metadata.uid ?? '' };
    await bench.cluster.create({
      ...configMap('stripes', {}, toys.namespace),
      metadata: { name: 'stripes', namespace: toys.namespace, labels },
    });
    // It is adopted, and then deleted, because the hook does not want it.
    await bench.cluster.waitForGone(toys.configMap('stripes'));

    await toys.change('zebra', { children: [configMap('tail', {})] });
    await bench.cluster.patch(toys.configMap('tail'), { metadata: { labels: { 'controller-uid': 'another' } } });
    const taken = await bench.cluster.waitFor(toys.configMap('tail'), ({ metadata }) => {
      return metadata.labels?.['controller-uid'] === parent.metadata.uid && metadata.ownerReferences !== undefined;
    });
    expect(taken.metadata.ownerReferences).toEqual([expect.objectContaining({ uid: parent.metadata.uid })]);
  });

  test('a child that cannot match the selector stops the sync before anything is applied', async () => {
    const wrong = configMap('wrong', {});
    wrong.metadata.labels = { 'controller-uid': 'somebody-else' };
    const spec = { children: [configMap('right', {}), wrong] };
    await bench.cluster.create({ ...TOY, metadata: { name: 'puzzle', namespace: toys.namespace }, spec });

    await until('two tries', 20_000, async () => toys.server.callsFor('sync', 'puzzle').length >= 2);

    expect(await bench.cluster.find(toys.configMap('right'))).toBeUndefined();
    expect((await bench.cluster.get(toys.toy('puzzle'))).status).toBeUndefined();
    await bench.cluster.delete(toys.toy('puzzle'));
  });

  test('one child that is refused does not stop the others, nor the status', async () => {
    const refused = { ...configMap('refused', {}), data: { count: 1 } };
    await bench.cluster.create({
      ...TOY,
      metadata: { name: 'top', namespace: toys.namespace },
      spec: { children: [refused, configMap('accepted', {})] },
    });

    await bench.cluster.waitFor(toys.configMap('accepted'), () => true);
    const parent = await bench.cluster.waitFor(toys.toy('top'), ({ status }) => status?.observedGeneration === 1);
    expect(parent.status?.related).toEqual([]);
    expect(await bench.cluster.find(toys.configMap('refused'))).toBeUndefined();
    await bench.cluster.delete(toys.toy('top'));
  });

  test('the status is replaced, not merged', async () => {
    const before = await toys.make('slide', { status: { first: 1, shared: 'a' } });
    expect(before.status).toMatchObject({ first: 1, shared: 'a' });

    const after = await toys.change('slide', { status: { first: null, second: 2, shared: 'b' } });
    expect(after.status).toEqual({ second: 2, shared: 'b', observed: [], related: [], observedGeneration: 2 });
  });

  test('a cluster-scoped parent has children in several namespaces, and deleting it removes them', async () => {
    const other = await bench.cluster.freshNamespace();
    const children = [toys.namespace, other].map((namespace) => configMap('shelf', {}, namespace));
    const shelf = await toys.makeShelf('shelf', { children });
    const refs = [toys.namespace, other].map((namespace) => ({ ...toys.configMap('shelf'), namespace }));
    await Promise.all(refs.map((ref) => bench.cluster.waitFor(ref, () => true)));
    await bench.cluster.waitFor({ ...SHELF, name: 'shelf' }, ({ status }) => {
      return (status?.observed as string[]).length === 2;
    });
    expect(shelf.metadata.finalizers).toBeUndefined();

    await bench.cluster.delete({ ...SHELF, name: 'shelf' });
    await Promise.all(refs.map((ref) => bench.cluster.waitForGone(ref)));
  });

  test('a second pass over all of them writes nothing', async () => {
    await toys.engine.settle();
    const seen = toys.server.callsFor('sync', 'bear').length;
    expect(toys.engine.changes.length).toBeGreaterThan(40);
    toys.engine.forgetWrites();

    await toys.engine.restart();
    await until('a second pass', 20_000, async () => toys.server.callsFor('sync', 'bear').length > seen);
    await toys.engine.settle();

    expect(toys.engine.writes.length).toBeGreaterThan(0);
    expect(toys.engine.changes.map(describeWrite)).toEqual([]);
  });
});
