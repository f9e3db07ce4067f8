import { until } from '../../support/waiting';
import { forEachBounded } from '../concurrency';
import { describeWrite } from '../metacontroller/engine';
import type { Engine } from '../metacontroller/engine';
import type { KubernetesObject } from '../types';
import { conditionOf } from '../types';
import { describeOperators } from './support/describe-operators';
import { playKserve } from './support/kserve';
import { allChildren, ownersOf } from './support/observed-children';
import {
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
/** Far more than one more model takes on a machine that does nothing else. */
const STEP_MS = 60_000;
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

    beforeAll(async () => {
      namespace = await bench.cluster.freshNamespace();
      await installPriorityClass(bench.cluster);
      engine = await start();
    });

    test(`${COUNT} models get their children and say how they stand`, async () => {
      await forEachBounded(names, 20, async (name) => {
        await bench.cluster.create(smallModel(name, namespace));
      });
      await engine.settle(1_500, STEP_MS);
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
      await engine.settle(1_500, STEP_MS);
      engine.forgetWrites();
      await engine.restart();
      // a look at all of them takes what the machine takes
      const looks = (): number => engine.writes.length;
      await until('a look at each model', STEP_MS, async () => looks() >= COUNT, looks);
      await engine.settle(1_500, STEP_MS);
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
      let left = 0;
      const allGone = async (): Promise<boolean> => {
        const children = await allChildren(bench.cluster, MODEL_HOOKS.definition, GROUPS, namespace);
        left = (await models()).length + children.length;
        return left === 0;
      };
      await until('the models and their children to be gone', STEP_MS, allGone, () => left);
    });
  },
  { groups: GROUPS, nodes: [{ name: 'worker-1' }] },
);
