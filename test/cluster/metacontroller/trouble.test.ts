import { until } from '../../support/waiting';
import { configMap, TOY } from './toy';
import type { Trouble } from './test-hook-server';
import { describeToys, Toys } from './toys';

describeToys('a hook in trouble delays a parent and loses nothing', (bench) => {
  let toys: Toys;
  beforeAll(async () => {
    toys = await Toys.start(bench);
  });
  afterAll(() => toys.server.stop());

  const create = async (name: string): Promise<void> => {
    const spec = { children: [configMap(name, {})] };
    await bench.cluster.create({ ...TOY, metadata: { name, namespace: toys.namespace }, spec });
  };

  const troubles: readonly Trouble[] = ['error', 'garbage', 'unknown field', 'too many requests', 'hang up', 'silence'];
  test.each(troubles)('%s', async (trouble) => {
    const name = trouble.replaceAll(' ', '-');
    toys.server.trouble = trouble;
    await create(name);
    const calls = (): number => toys.server.callsFor('customize', name).length;
    await until('another try', 20_000, async () => calls() >= 2);
    expect(await bench.cluster.find(toys.configMap(name))).toBeUndefined();
    expect((await bench.cluster.get(toys.toy(name))).status).toBeUndefined();

    toys.server.trouble = 'none';

    await bench.cluster.waitFor(toys.configMap(name), () => true);
    const { status } = await bench.cluster.waitFor(toys.toy(name), (toy) => toy.status?.observedGeneration === 1);
    expect(status?.related).toEqual([]);
  });

  test('tries come later and later, not in a loop', async () => {
    toys.server.trouble = 'error';
    await create('patient');
    const calls = (): number => toys.server.callsFor('customize', 'patient').length;
    await until('the first tries', 20_000, async () => calls() >= 6);
    const times: number[] = [];
    for (let count = calls(); times.length < 3; count = calls()) {
      await until('the next try', 20_000, async () => calls() > count);
      times.push(Date.now());
    }
    toys.server.trouble = 'none';

    expect(times[2] - times[1]).toBeGreaterThan(1.3 * (times[1] - times[0]));
    await bench.cluster.waitFor(toys.configMap('patient'), () => true);
  });

  test('the server is down: children stay as they are, and what changed meanwhile is done after its return', async () => {
    await toys.make('survivor', { children: [configMap('survivor', { turn: '1' })] });
    await toys.server.stop();
    await bench.cluster.patch(toys.toy('survivor'), { spec: { children: [configMap('survivor', { turn: '2' })] } });
    await create('latecomer');
    await toys.engine.settle();
    expect((await bench.cluster.get(toys.configMap('survivor'))).data).toEqual({ turn: '1' });

    await toys.server.listen();

    await bench.cluster.waitFor(toys.configMap('survivor'), ({ data }) => (data as { turn: string }).turn === '2');
    await bench.cluster.waitFor(toys.configMap('latecomer'), () => true);
  });

  test('a parent in trouble does not hold up the others', async () => {
    await bench.cluster.create({
      ...TOY,
      metadata: { name: 'stuck', namespace: toys.namespace },
      spec: { related: [{ apiVersion: 'v1', resource: 'nosuchthings' }] },
    });
    await until('a try', 20_000, async () => toys.server.callsFor('customize', 'stuck').length > 0);

    const parent = await toys.make('free', { children: [configMap('free', {})] });

    expect(parent.status?.observed).toEqual([`ConfigMap.v1 ${toys.namespace}/free`]);
    expect(toys.server.callsFor('sync', 'stuck')).toEqual([]);
    await bench.cluster.patch(toys.toy('stuck'), { spec: { related: [] } });
    await bench.cluster.waitFor(toys.toy('stuck'), ({ status }) => status !== undefined);
  });
});
