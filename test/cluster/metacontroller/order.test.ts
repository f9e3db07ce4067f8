import type { KubernetesObject } from '../types';
import { describeWrite } from './engine';
import { configMap, SHELF, TOY, type ToySpec } from './toy';
import { describeToys, Toys } from './toys';

const PARENTS = 12;
const RELATED = [
  { apiVersion: SHELF.apiVersion, resource: 'shelves', labelSelector: { matchLabels: { room: 'attic' } } },
];

describeToys('the order of events does not matter', (bench) => {
  // Metacontroller takes events as they come, so for it one run says as much as many.
  test.each(bench.isReal ? [0] : [0, 1, 2, 3])('seed %i', async (shuffleSeed) => {
    const toys = await Toys.start(bench, { shuffleSeed });
    const shelf = { ...SHELF, metadata: { name: 'attic', labels: { room: 'attic' } }, spec: {} };
    const parents = Array.from({ length: PARENTS }, (_, index) => `t${index}`);
    const spec = (turn: number): ToySpec => ({
      children: ['a', 'b', 'c'].slice(0, turn + 1).map((part) => configMap('', { turn: String(turn), part })),
      related: RELATED,
    });
    const named = (name: string, turn: number): ToySpec => {
      const { children = [], ...rest } = spec(turn);
      const own = children.map((child, index) => ({ ...child, metadata: { name: `${name}-${index}` } }));
      return { ...rest, children: own };
    };

    // Everything at once: parents come, change twice, lose children by hand; what they depend on comes and changes.
    await Promise.all([
      ...parents.map(async (name) => {
        await bench.cluster.create({
          ...TOY,
          metadata: { name, namespace: toys.namespace },
          spec: { ...named(name, 0) },
        });
        await bench.cluster.patch(toys.toy(name), { spec: named(name, 2) });
        await bench.cluster.delete(toys.configMap(`${name}-0`));
        await bench.cluster.patch(toys.toy(name), { spec: named(name, 1) });
      }),
      bench.cluster
        .create(shelf)
        .then(() => bench.cluster.patch({ ...SHELF, name: 'attic' }, { spec: { status: { a: 1 } } })),
    ]);
    await Promise.all(
      parents.map((name) =>
        bench.cluster.waitFor(toys.toy(name), ({ status }) => {
          return (
            status?.observedGeneration === 3 &&
            (status.observed as string[]).length === 2 &&
            (status.related as string[]).length === 1
          );
        }),
      ),
    );
    await toys.engine.settle();

    const inNamespace = { namespace: toys.namespace };
    const children = await bench.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, inNamespace);
    const own = children.filter(({ metadata }) => metadata.labels?.['controller-uid']);
    const expected = parents.flatMap((name) =>
      ['a', 'b'].map((part, index) => [`${name}-${index}`, { turn: '1', part }]),
    );
    expect(own.map(nameAndData).sort(byName)).toEqual(expected.sort(byName));

    toys.engine.forgetWrites();
    await toys.engine.restart();
    await toys.engine.settle(1_500);
    expect(toys.engine.changes.map(describeWrite)).toEqual([]);

    await toys.engine.removeParents();
    await toys.server.stop();
  });
});

function nameAndData({ metadata, data }: KubernetesObject): [string, unknown] {
  return [metadata.name ?? '', data];
}

function byName(a: unknown[], b: unknown[]): number {
  return String(a[0]).localeCompare(String(b[0]));
}
