import fc from 'fast-check';
import { JsonObject, KubernetesObject } from '../../../operators/src/runtime/protocol';
import { child, kserveDeployment, running, sample, sync } from './support';

/*
 * A model of what Kubernetes' Deployment controller says, over random histories: what the phase may be is said by the history alone.
 */

type Event = 'change' | 'roll-back' | 'pod-starts' | 'pod-is-lost' | 'pod-is-made' | 'look';

const REPLICAS = 3;

/** What a roll-out of three replicas looks like: pods of the desired content there are and answer, and others that still answer. */
interface World {
  readonly parent: KubernetesObject;
  readonly version: number;
  readonly rolledBack: boolean;
  readonly updated: number;
  readonly ready: number;
  readonly former: number;
  /** Whether the roll-out was over once. */
  readonly settled: boolean;
  readonly children: readonly KubernetesObject[];
}

function step(world: World, event: Event): World {
  const { version, ready, updated, former } = world;
  switch (event) {
    case 'change':
      return { ...rolling(world), version: version + 1, rolledBack: false };
    case 'roll-back':
      return world.rolledBack || version < 2 ? world : { ...rolling(world), rolledBack: true };
    case 'pod-starts': {
      const answers = Math.min(updated, ready + 1);
      const left = Math.min(former, REPLICAS - answers);
      const next = { ...world, ready: answers, former: left, updated: Math.min(REPLICAS, updated + 1) };
      return { ...next, settled: world.settled || (answers === REPLICAS && left === 0) };
    }
    case 'pod-is-lost':
      return ready === 0 ? world : { ...world, ready: ready - 1, updated: updated - 1 };
    case 'pod-is-made':
      return { ...world, updated: Math.min(REPLICAS, updated + 1) };
    case 'look':
      return world;
  }
}

function rolling(world: World): World {
  return { ...world, former: world.ready, ready: 0, updated: 1, settled: false };
}

function parentOf({ version, rolledBack }: World): KubernetesObject {
  return sample({
    version: `${version}.0`,
    storage: { location: `s3://models/sentiment/v${version}` },
    ...(rolledBack ? { rollbackTo: `${version - 1}.0` } : {}),
  });
}

function statusOf({ updated, ready, former, settled }: World): JsonObject {
  const progressing = settled ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated';
  return {
    replicas: updated + former,
    updatedReplicas: updated,
    readyReplicas: ready + former,
    availableReplicas: ready + former,
    conditions: [{ type: 'Progressing', status: 'True', reason: progressing, message: '' }],
  };
}

/** Lets the operator look: what it desires is applied, and then what it says of it counts. */
function look(world: World): { readonly world: World; readonly phase: unknown } {
  const status = world.parent.status ?? {};
  const parent = { ...parentOf(world), status };
  const applied = sync(parent, world.children).children;
  const { children } = running({ status, children: applied }, 0);
  const service = child({ status, children }, 'InferenceService');
  const response = sync(parent, children, [kserveDeployment(service, statusOf(world))]);
  return {
    world: { ...world, children: response.children, parent: { ...parent, status: response.status } },
    phase: response.status.phase,
  };
}

function expected({ ready, updated, former, settled, rolledBack }: World): string {
  if (updated === REPLICAS && former === 0 && ready === REPLICAS) return 'Serving';
  if (settled) return 'Degraded';
  return rolledBack ? 'RollingBack' : 'Deploying';
}

const events = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Event>('pod-starts') },
    { weight: 5, arbitrary: fc.constantFrom<Event>('change', 'roll-back', 'pod-is-lost', 'pod-is-made', 'look') },
  ),
  { minLength: 8, maxLength: 24 },
);

test('a lost pod never takes a settled roll-out back to one that is on its way, whatever came before', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(events, (history) => {
      const start = { version: 1, rolledBack: false, updated: 1, ready: 0, former: 0, settled: false, children: [] };
      let { world } = look({ ...start, parent: sample() });
      for (const event of history) {
        const looked = look(step(world, event));
        world = looked.world;
        expect(looked.phase).toBe(expected(world));
        seen.set(String(looked.phase), (seen.get(String(looked.phase)) ?? 0) + 1);
      }
    }),
    { numRuns: 30, seed: 11 },
  );
  expect([...seen.keys()].sort()).toEqual(['Degraded', 'Deploying', 'RollingBack', 'Serving']);
});
