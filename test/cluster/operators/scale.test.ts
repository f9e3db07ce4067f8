import { forEachBounded, until } from '../concurrency';
import { describeWrite } from '../metacontroller/engine';
import type { Engine } from '../metacontroller/engine';
import type { KubernetesObject } from '../types';
import { conditionOf } from '../types';
import { describeOperators } from './support/describe-operators';
import { playKserve } from './support/kserve';
import { allChildren, ownersOf } from './support/observed-children';
import {
  AT_ONCE,
  GROUPS,
  installPriorityClass,
  MODEL_HOOKS,
  modelController,
  modelRef,
  smallModel,
  desiredChildren,
} from './support/small-models';

const COUNT = 1000;
const SERVED = 5;
/** Far more than it takes on two cores that do nothing else. */
const AT_MOST_MS = 600_000;
const TYPE = { apiVersion: 'nstarx.io/v1alpha1', kind: 'AIModel' };

describeOperators(
  'many models at once',
  [MODEL_HOOKS],
  (bench) => {
    let namespace: string;
    let engine: Engine;
    const names = Array.from({ length: COUNT }, (_, index) => `model-${index}`);
    const models = (): Promise<KubernetesObject[]> => bench.cluster.list(TYPE, { namespace });
    const start = (shuffleSeed?: number): Promise<Engine> =>
      bench.start({ controllers: [modelController()], hooks: { url: bench.server.url }, workers: 20, shuffleSeed });

    jest.setTimeout(AT_MOST_MS);

    beforeAll(async () => {
      namespace = await bench.cluster.freshNamespace();
      await installPriorityClass(bench.cluster);
      engine = await start();
    });

    test(`${COUNT} models get their children and say how they stand`, async () => {
      const started = Date.now();
      await forEachBounded(names, 20, async (name) => {
        await bench.cluster.create(smallModel(name, namespace));
      });
      await engine.settle(1_500, AT_MOST_MS - (Date.now() - started));
      const [made, children] = await Promise.all([
        models(),
        allChildren(bench.cluster, MODEL_HOOKS.definition, GROUPS, namespace),
      ]);
      expect(made).toHaveLength(COUNT);
      expect(made.filter(({ status }) => status?.observedGeneration !== 1 || status.phase !== 'Deploying')).toEqual([]);
      const messages = new Set(made.map((model) => conditionOf(model, 'Ready')?.message));
      expect([...messages]).toEqual(['0 replicas are ready: KServe makes the Deployment']);
      const found = new Map<string, string[]>();
      for (const child of children) {
        const [{ name: owner }] = ownersOf(child);
        found.set(owner, [...(found.get(owner) ?? []), `${child.kind} ${child.metadata.name ?? ''}`].sort());
      }
      for (const model of made) expect(found.get(model.metadata.name ?? '')).toEqual(desiredChildren(model));
    });

    test('a second pass writes nothing', async () => {
      const started = Date.now();
      // a look at all of them takes what the machine takes
      const settle = () => engine.settle(1_500, AT_MOST_MS - (Date.now() - started));
      await settle();
      engine.forgetWrites();
      await engine.restart();
      await until('a look at each model', AT_MOST_MS, async () => engine.writes.length >= COUNT);
      await settle();
      expect(engine.changes.map(describeWrite)).toEqual([]);
    });

    test('among so many, a few come into service', async () => {
      const few = names.slice(0, SERVED);
      await Promise.all(few.map((name) => playKserve(bench.cluster, name, namespace)));
      for (const name of few) {
        await bench.cluster.waitFor(modelRef(name, namespace), ({ status }) => status?.phase === 'Serving');
      }
    });

    test('deleted all at once, they leave nothing', async () => {
      await forEachBounded(names, 20, (name) => bench.cluster.delete(modelRef(name, namespace)));
      const left = async (): Promise<number> =>
        (await models()).length + (await allChildren(bench.cluster, MODEL_HOOKS.definition, GROUPS, namespace)).length;
      await until('the models and their children to be gone', AT_MOST_MS, async () => (await left()) === 0);
    });
  },
  { settings: AT_ONCE, groups: GROUPS, nodes: [{ name: 'worker-1' }] },
);
