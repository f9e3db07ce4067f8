import { until } from '../../support/waiting';
import { describeWrite } from '../metacontroller/engine';
import type { Engine } from '../metacontroller/engine';
import { TestHookServer, type Trouble } from '../metacontroller/test-hook-server';
import type { KubernetesObject } from '../types';
import { describeOperators } from './support/describe-operators';
import { allChildren, childrenOf } from './support/observed-children';
import {
  GROUPS,
  MODEL_FUNCTIONS,
  MODEL_HOOKS,
  modelController,
  modelRef,
  smallModel,
  desiredChildren,
  desiredObjects,
} from './support/small-models';

const TIMEOUT_SECONDS = 1;

describeOperators(
  'models, while their operator is in trouble',
  [MODEL_HOOKS],
  (bench) => {
    let namespace: string;
    let server: TestHookServer;
    let engine: Engine;

    beforeAll(async () => {
      namespace = await bench.cluster.freshNamespace();
      server = await TestHookServer.start(MODEL_FUNCTIONS);
      engine = await bench.start({ controllers: [modelController(TIMEOUT_SECONDS)], hooks: { url: server.url } });
    });
    afterAll(() => server.stop());

    const make = (name: string): Promise<KubernetesObject> => bench.cluster.create(smallModel(name, namespace));
    const synced = (name: string, inside = namespace): Promise<KubernetesObject> =>
      bench.cluster.waitFor(
        modelRef(name, inside),
        ({ metadata, status }) => status?.observedGeneration === metadata.generation,
        60_000,
      );
    const change = (name: string, version: string): Promise<KubernetesObject> =>
      bench.cluster.patch(modelRef(name, namespace), { spec: smallModel(name, namespace, version).spec });
    const served = async (name: string): Promise<unknown> => {
      const ref = { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', name, namespace };
      return ((await bench.cluster.get(ref)).spec?.predictor as { labels?: Record<string, string> }).labels;
    };
    /** All children of a model that are desired, and no other. */
    const complete = async (name: string): Promise<void> => {
      const model = await synced(name);
      await engine.settle();
      const found = await childrenOf(bench.cluster, model);
      expect(found.filter((child) => !child.startsWith('ControllerRevision '))).toEqual(
        desiredChildren(model).filter((child) => !child.startsWith('ControllerRevision ')),
      );
    };

    const troubles: readonly Trouble[] = ['error', 'garbage', 'unknown field', 'hang up', 'silence'];
    test.each(troubles)('%s: what is served stays, what is new waits, and then all is done', async (trouble) => {
      const [old, young] = [`old-${trouble.replace(' ', '-')}`, `new-${trouble.replace(' ', '-')}`];
      await make(old);
      await complete(old);
      const before = await served(old);
      server.trouble = trouble;
      engine.forgetWrites();
      await Promise.all([change(old, '1.1'), make(young)]);
      const tries = (name: string, generation: number): number =>
        server
          .callsFor('hooks/ai-model/customize', name)
          .filter(({ parent }) => parent.metadata.generation === generation).length;
      await until('tries of both', 30_000, async () => tries(old, 2) >= 2 && tries(young, 1) >= 2);
      expect(await served(old)).toEqual(before);
      expect(engine.changes.map(describeWrite)).toEqual([]);

      server.trouble = 'none';

      await complete(old);
      await complete(young);
      expect(await served(old)).toMatchObject({ model_version: '1.1' });
    });

    test('slow answers delay the others of a queue, and lose none', async () => {
      server.delayMs = 300;
      const names = Array.from({ length: 10 }, (_, index) => `slow-${index}`);
      await Promise.all(names.map(make));
      await Promise.all(names.map((name) => synced(name)));
      server.delayMs = 0;
      for (const name of names) await complete(name);
    });

    test('the operator is down: what was changed, made, deleted and lost meanwhile is right after its return', async () => {
      for (const name of ['changed', 'deleted', 'robbed']) await make(name);
      for (const name of ['changed', 'deleted', 'robbed']) await complete(name);
      await server.stop();
      await change('changed', '2.0');
      await make('late');
      await bench.cluster.delete({ apiVersion: 'v1', kind: 'Service', name: 'robbed-model', namespace });
      await bench.cluster.delete(modelRef('deleted', namespace));
      await engine.settle();
      expect(await served('changed')).toMatchObject({ model_version: '1.0' });

      await server.listen();

      for (const name of ['changed', 'late', 'robbed']) await complete(name);
      await bench.cluster.waitFor({ apiVersion: 'v1', kind: 'Service', name: 'robbed-model', namespace }, () => true);
      expect(await served('changed')).toMatchObject({ model_version: '2.0' });
      await bench.cluster.waitForGone(modelRef('deleted', namespace));
      const service = { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', name: 'deleted', namespace };
      await bench.cluster.waitForGone(service, 60_000);
    });

    // Metacontroller takes events as they come, so for it one run says as much as many
    test.each(bench.isReal ? [undefined] : [undefined, 1, 2])(
      'the order of events does not matter, seed %s',
      async (shuffleSeed) => {
        const names = ['a', 'b', 'c', 'd', 'e', 'f'];
        const inside = await bench.cluster.freshNamespace();
        const controllers = [modelController(TIMEOUT_SECONDS)];
        engine = await bench.start({ controllers, hooks: { url: server.url }, shuffleSeed });
        await Promise.all(
          names.map(async (name) => {
            const ref = modelRef(name, inside);
            await bench.cluster.create(smallModel(name, inside));
            await bench.cluster.patch(ref, { spec: smallModel(name, inside, '2.0').spec });
            await bench.cluster.delete({ apiVersion: 'v1', kind: 'Service', name: `${name}-model`, namespace: inside });
            await bench.cluster.patch(ref, { spec: { serving: { replicas: 2 } } });
            await bench.cluster.patch(ref, { spec: { version: '1.0', serving: { replicas: 1 } } });
            await bench.cluster.patch(ref, { spec: smallModel(name, inside, '3.0').spec });
          }),
        );
        const made = await Promise.all(names.map((name) => synced(name, inside)));
        await engine.settle(1_500);
        const found = (await allChildren(bench.cluster, MODEL_HOOKS.definition, GROUPS, inside)).filter(isNoRevision);
        const desired = made.flatMap(desiredObjects).filter(isNoRevision);
        expect(found.map(nameOf).sort()).toEqual(desired.map(nameOf).sort());
        // what others, the API server among them, have added stays out
        for (const object of desired) {
          const there = found.find((one) => nameOf(one) === nameOf(object));
          expect(there).toMatchObject(object);
        }
        for (const model of made) await bench.cluster.delete(modelRef(model.metadata.name ?? '', inside));
      },
    );

    test('after all that, nothing is left to do', async () => {
      await engine.settle();
      engine.forgetWrites();
      await engine.restart();
      await until('a look at each model', 60_000, async () => engine.writes.length > 0);
      await engine.settle();
      expect(engine.changes.map(describeWrite)).toEqual([]);
    });
  },
  { groups: GROUPS },
);

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name ?? ''}`;
}

/** How many versions were seen on the way depends on the order, and so do the revisions that are kept. */
function isNoRevision({ kind }: KubernetesObject): boolean {
  return kind !== 'ControllerRevision';
}
