import { setTimeout as sleep } from 'node:timers/promises';

import { until } from '../../support/waiting';
import { configMap, SHELF, toyController } from './toy';
import { describeToys, Toys } from './toys';

const FINALIZER = 'metacontroller.io/compositecontroller-toys';

describeToys('finalize', (bench) => {
  let toys: Toys;
  beforeAll(async () => {
    toys = await Toys.start(bench);
  });
  afterAll(() => toys.server.stop());

  test('a parent has the finalizer before its first sync', async () => {
    const parent = await toys.make('anchor', {});

    expect(parent.metadata.finalizers).toEqual([FINALIZER]);
    expect(toys.server.callsFor('sync', 'anchor')[0].parent.metadata.finalizers).toEqual([FINALIZER]);
  });

  test('a parent that is deleted is finalized, and nothing of it is left', async () => {
    await toys.make('boat', { children: [configMap('sail', {}), configMap('mast', {})] });

    await bench.cluster.delete(toys.toy('boat'));

    await bench.cluster.waitForGone(toys.toy('boat'));
    await Promise.all(['sail', 'mast'].map((name) => bench.cluster.waitForGone(toys.configMap(name))));
    const calls = toys.server.callsFor('finalize', 'boat');
    expect(calls.every(({ finalizing, parent }) => finalizing && parent.metadata.deletionTimestamp)).toBe(true);
  });

  test('while finalize is not done, children are kept up and the status is written', async () => {
    await toys.make('castle', { children: [configMap('gate', {})], hold: true });
    await bench.cluster.delete(toys.toy('castle'));
    await bench.cluster.waitFor(toys.toy('castle'), ({ status }) => status?.held === true);
    const { metadata } = await bench.cluster.get(toys.configMap('gate'));

    await bench.cluster.delete(toys.configMap('gate'));
    await bench.cluster.waitFor(toys.configMap('gate'), (child) => child.metadata.uid !== metadata.uid);

    await bench.cluster.patch(toys.toy('castle'), { spec: { hold: false } });
    await bench.cluster.waitForGone(toys.toy('castle'));
    await bench.cluster.waitForGone(toys.configMap('gate'));
  });

  test('a parent that is deleted while the engine is down is finalized after its return', async () => {
    await toys.make('dune', { children: [configMap('sand', {})] });
    await toys.engine.stop();
    await bench.cluster.delete(toys.toy('dune'));
    expect((await bench.cluster.get(toys.toy('dune'))).metadata.deletionTimestamp).toBeDefined();

    await toys.engine.start();

    await bench.cluster.waitForGone(toys.toy('dune'));
    await bench.cluster.waitForGone(toys.configMap('sand'));
  });
});

describeToys('a parent that does not match the label selector', (bench) => {
  let toys: Toys;
  beforeAll(async () => {
    toys = await Toys.start(bench, {
      controllers: [toyController({ labelSelector: { matchLabels: { box: 'red' } } })],
    });
  });
  afterAll(() => toys.server.stop());

  test('is left alone, taken when it matches, and finalized when it no longer does', async () => {
    const spec = { children: [configMap('egg', {})] };
    await bench.cluster.create({
      apiVersion: 'toys.example.com/v1',
      kind: 'Toy',
      metadata: { name: 'egg', namespace: toys.namespace },
      spec,
    });
    await toys.engine.settle();
    expect(toys.server.callsFor('sync', 'egg')).toEqual([]);

    await bench.cluster.patch(toys.toy('egg'), { metadata: { labels: { box: 'red' } } });
    await bench.cluster.waitFor(toys.configMap('egg'), () => true);

    await bench.cluster.patch(toys.toy('egg'), { metadata: { labels: { box: 'blue' } } });
    await bench.cluster.waitForGone(toys.configMap('egg'));
    const { metadata } = await bench.cluster.waitFor(toys.toy('egg'), (toy) => toy.metadata.finalizers === undefined);
    expect(metadata.deletionTimestamp).toBeUndefined();
  });
});

describeToys('what makes a parent be synced', (bench) => {
  let toys: Toys;
  beforeAll(async () => {
    toys = await Toys.start(bench);
  });
  afterAll(() => toys.server.stop());

  test('a change of a related object of another scope, that was named by the customize hook', async () => {
    const rule = { apiVersion: SHELF.apiVersion, resource: 'shelves', names: ['wall'] };
    await toys.make('fort', { related: [rule] });
    await toys.makeShelf('wall', {});
    await bench.cluster.waitFor(toys.toy('fort'), ({ status }) => {
      return (status?.related as string[]).includes('Shelf.toys.example.com/v1 wall');
    });
    await toys.engine.settle();
    const before = toys.server.callsFor('sync', 'fort').length;

    await bench.cluster.patch({ ...SHELF, name: 'wall' }, { spec: { status: { height: 2 } } });
    await until('the toy to be synced again', 10_000, async () => toys.server.callsFor('sync', 'fort').length > before);
    const related = toys.server.callsFor('sync', 'fort').at(-1)?.related['Shelf.toys.example.com/v1'].wall;
    expect(related?.spec).toEqual({ status: { height: 2 } });

    await bench.cluster.delete({ ...SHELF, name: 'wall' });
    await bench.cluster.waitFor(toys.toy('fort'), ({ status }) => (status?.related as string[]).length === 0);
    expect(toys.server.callsFor('sync', 'fort').at(-1)?.related).toEqual({ 'Shelf.toys.example.com/v1': {} });
  });

  test('the customize hook is called once for a generation', async () => {
    await toys.make('goat', { related: [{ apiVersion: 'v1', resource: 'secrets', names: ['hay'] }] });
    const first = toys.server.callsFor('customize', 'goat').length;
    await bench.cluster.patch(toys.toy('goat'), { metadata: { labels: { colour: 'white' } } });
    await toys.engine.settle();
    expect(toys.server.callsFor('customize', 'goat')).toHaveLength(first);

    await toys.change('goat', { status: { changed: true } });
    expect(toys.server.callsFor('customize', 'goat')).toHaveLength(first + 1);
  });

  test('related objects by label and by namespace, in namespaces of others', async () => {
    const other = await bench.cluster.freshNamespace({ team: 'blue' });
    const labels = { part: 'roof' };
    await bench.cluster.create({ ...configMap('tiles', {}), metadata: { name: 'tiles', namespace: other, labels } });
    await bench.cluster.create(configMap('bricks', {}, other));

    await toys.make('house', {
      related: [
        { apiVersion: 'v1', resource: 'configmaps', labelSelector: { matchLabels: labels } },
        { apiVersion: 'v1', resource: 'serviceaccounts', namespaceSelector: { matchLabels: { team: 'blue' } } },
        { apiVersion: 'v1', resource: 'configmaps', namespace: other, names: ['bricks'] },
      ],
    });

    const { status } = await bench.cluster.waitFor(toys.toy('house'), (toy) => {
      return (toy.status?.related as string[]).length === 3;
    });
    expect(status?.related).toEqual([
      `ConfigMap.v1 ${other}/bricks`,
      `ConfigMap.v1 ${other}/tiles`,
      `ServiceAccount.v1 ${other}/default`,
    ]);
  });

  test('resyncAfterSeconds, once for each answer that says so', async () => {
    await toys.make('icon', { resyncAfterSeconds: 0.4 });
    const before = toys.server.callsFor('sync', 'icon').length;

    await sleep(2_600);

    // Six times, or a few fewer on a busy machine; never in a loop.
    const again = toys.server.callsFor('sync', 'icon').length - before;
    expect(again).toBeGreaterThanOrEqual(3);
    expect(again).toBeLessThanOrEqual(7);
    await toys.change('icon', { resyncAfterSeconds: 0 });
  });

  test('labels and annotations do, a status that another wrote does not', async () => {
    await toys.make('jar', {});
    await toys.engine.settle();
    const calls = (): number => toys.server.callsFor('sync', 'jar').length;
    const before = calls();

    await bench.cluster.patch(toys.toy('jar'), { status: { foreign: true } }, { subresource: 'status' });
    await toys.engine.settle();
    expect(calls()).toBe(before);

    await bench.cluster.patch(toys.toy('jar'), { metadata: { annotations: { note: 'x' } } });
    await until('a sync', 10_000, async () => calls() > before);
    await bench.cluster.waitFor(toys.toy('jar'), ({ status }) => status?.foreign === undefined);
  });
});
