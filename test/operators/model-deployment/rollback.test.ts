import fc from 'fast-check';
import { condition } from '../support/conditions';
import { DIGESTS, manifest, PLAIN, World } from './world';

/** Which version's image the Deployment has. */
function deployed(world: World): string | undefined {
  const text = JSON.stringify(world.find('Deployment')?.spec ?? {});
  const at = DIGESTS.findIndex((digest) => text.includes(digest));
  return at < 0 ? undefined : `${at + 1}.0`;
}

/** A platform on which version 1.0 has held, and version 2.0 is being rolled out. */
function second(more: object = {}): World {
  const world = new World(manifest('1.0'), PLAIN);
  world.deliver();
  world.hold();
  world.write(manifest('2.0', { ...more }));
  world.settle();
  expect(deployed(world)).toBe('2.0');
  return world;
}

const serving = (rollback: object): object => ({
  serving: { image: `registry.example.com/fraud@${DIGESTS[1]}`, rollback },
});

/** Version 1.0 answers again, and the status says why. */
function expectRolledBack(world: World, reason: string, message: RegExp): void {
  world.settle();
  expect(deployed(world)).toBe('1.0');
  expect(world.phase()).toBe('RollingBack');
  world.rollOut();
  world.settle();
  expect(world.phase()).toBe('Serving');
  expect(world.last!.status.version).toBe('1.0');
  expect(condition(world.last!, 'RolledBack')).toMatchObject({ status: 'True', reason });
  expect(condition(world.last!, 'RolledBack')?.message).toMatch(message);
  world.writes = [];
  world.settle();
  expect(world.writes).toEqual([]);
}

test('a version whose pods do not get ready in time is left for the one before', () => {
  const world = second();
  world.miss();
  // it is known, and stored, before it is acted upon
  world.sync();
  expect(deployed(world)).toBe('2.0');
  expect(world.phase()).toBe('RollingBack');
  expectRolledBack(
    world,
    'ProgressDeadlineExceeded',
    /2\.0 did not hold; version 1\.0 is served.*tried again when the spec changes/,
  );
});

test('a version whose pods end again and again is left before the deadline', () => {
  const world = second();
  world.crash(2);
  world.settle();
  expect(deployed(world)).toBe('2.0');
  world.crash(3);
  expectRolledBack(world, 'CrashLoopBackOff', /no such file: model\.onnx/);
});

test('crashes of the version before are no fault of the new one', () => {
  const world = new World(manifest('1.0'), PLAIN);
  world.deliver();
  world.hold();
  world.crash(9);
  world.write(manifest('2.0'));
  world.settle();
  expect(deployed(world)).toBe('2.0');
});

test('a version with too many errors after its roll-out is left', () => {
  const world = second();
  world.rollOut();
  world.settle();
  expect(world.phase()).toBe('Serving');
  expect(condition(world.last!, 'RolledBack')).toMatchObject({ status: 'False', reason: 'Watching' });
  world.measure('error-ratio', 0.4, 0, 0.2);
  world.settle();
  // one minute, or two, may be chance
  expect(deployed(world)).toBe('2.0');
  world.measure('error-ratio', 0.3);
  expectRolledBack(world, 'TooManyErrors', /30 % of the requests end with an error \(at most 5 %\)/);
});

test('a version that is too slow is left where there is a bound', () => {
  const unbound = second();
  unbound.rollOut();
  unbound.measure('latency-p95-ms', 900, 900, 900, 900);
  unbound.settle();
  expect(deployed(unbound)).toBe('2.0');
  const world = second(serving({ maxLatencyMs: 250 }));
  world.rollOut();
  world.settle();
  world.measure('latency-p95-ms', 900, 900, 912.34);
  expectRolledBack(world, 'TooSlow', /95 % of the answers take up to 912 ms \(at most 250 ms\)/);
});

test('after the window a version is Degraded and stays, since the one before may be no better by now', () => {
  const world = second();
  world.rollOut();
  world.settle();
  world.hold();
  expect(condition(world.last!, 'RolledBack')).toMatchObject({ status: 'False', reason: 'NotNeeded' });
  world.measure('error-ratio', 0.4, 0.4, 0.4, 0.4);
  world.settle();
  expect(deployed(world)).toBe('2.0');
  expect(world.phase()).toBe('Degraded');
  expect(condition(world.last!, 'Healthy')).toMatchObject({ status: 'False', reason: 'TooManyErrors' });
  world.measure('error-ratio', 0.01);
  world.settle();
  expect(world.phase()).toBe('Serving');
  // another size of the same version is not held responsible for what was before
  world.measure('error-ratio', 0.4, 0.4, 0.4, 0.4);
  world.write(
    manifest('2.0', {
      serving: { image: `registry.example.com/fraud@${DIGESTS[1]}`, autoscaling: { maxReplicas: 9 } },
    }),
  );
  world.settle();
  expect(deployed(world)).toBe('2.0');
  expect(condition(world.last!, 'RolledBack')).toMatchObject({ status: 'False' });
});

test('with enabled: false nothing comes back by itself', () => {
  const world = second(serving({ enabled: false }));
  world.miss();
  world.settle();
  expect(deployed(world)).toBe('2.0');
  expect(world.phase()).toBe('Degraded');
  expect(condition(world.last!, 'RolledBack')).toMatchObject({ status: 'False', reason: 'Disabled' });
});

test('the first version has nothing to go back to: it stays and says what is wrong', () => {
  const world = new World(manifest('1.0'), PLAIN);
  world.settle();
  world.miss();
  world.settle();
  expect(deployed(world)).toBe('1.0');
  expect(world.phase()).toBe('Degraded');
  expect(condition(world.last!, 'Ready')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  world.rollOut();
  world.settle();
  expect(world.phase()).toBe('Serving');
});

test('the version that failed is tried again when the spec changes, and not before', () => {
  const world = second();
  world.miss();
  world.settle();
  world.rollOut();
  world.settle();
  for (let times = 0; times < 3; times++) {
    world.later(3600);
    world.settle();
    expect(deployed(world)).toBe('1.0');
  }
  // a status that was lost does not change it
  world.parent = { ...world.parent, status: undefined };
  world.settle();
  expect(deployed(world)).toBe('1.0');
  world.write(manifest('1.0'));
  world.settle();
  expect(deployed(world)).toBe('1.0');
  expect(condition(world.last!, 'RolledBack')).toMatchObject({ status: 'False' });
  world.write(manifest('2.0'));
  world.settle();
  expect(deployed(world)).toBe('2.0');
  expect(world.phase()).toBe('Deploying');
});

test('a version that was not rolled out long enough to hold is no version to go back to where one has held', () => {
  const world = second();
  world.write(manifest('3.0'));
  world.settle();
  expect(deployed(world)).toBe('3.0');
  world.miss();
  world.settle();
  expect(deployed(world)).toBe('1.0');
});

test('a change of the same version that fails goes back to the same version as it was', () => {
  const world = new World(manifest('1.0'), PLAIN);
  world.deliver();
  world.hold();
  const before = JSON.stringify(world.find('Deployment')!.spec);
  const resources = { requests: { cpu: '8', memory: '1Gi' } };
  world.write(manifest('1.0', { serving: { image: `registry.example.com/fraud@${DIGESTS[0]}`, resources } }));
  world.settle();
  expect(JSON.stringify(world.find('Deployment')!.spec)).not.toBe(before);
  world.miss();
  world.settle();
  expect(JSON.stringify(world.find('Deployment')!.spec)).toBe(before);
  world.rollOut();
  world.settle();
  expect(world.phase()).toBe('Serving');
});

test('rollbackTo serves a former version without a job, and its removal the current one', () => {
  const world = second();
  world.rollOut();
  world.settle();
  world.hold();
  expect(world.last!.status.revisions).toEqual(['1.0']);
  world.write(manifest('2.0', { rollbackTo: '1.0' }));
  world.settle();
  expect(deployed(world)).toBe('1.0');
  expect(world.phase()).toBe('RollingBack');
  world.rollOut();
  world.settle();
  expect(world.phase()).toBe('Serving');
  expect(condition(world.last!, 'RolledBack')).toMatchObject({ status: 'True', reason: 'Requested' });
  world.write(manifest('2.0'));
  world.settle();
  expect(deployed(world)).toBe('2.0');
});

test.each(['0.9', '3.0'])(
  'rollbackTo names an unknown version %s: those that are known are listed, and nothing changes',
  (rollbackTo) => {
    const world = second();
    world.rollOut();
    world.settle();
    world.hold();
    world.write(manifest('2.0', { rollbackTo }));
    world.settle();
    expect(deployed(world)).toBe('2.0');
    expect(world.phase()).toBe('Rejected');
    expect(condition(world.last!, 'Accepted')).toMatchObject({
      status: 'False',
      message: `spec.rollbackTo must be a version that is kept, got "${rollbackTo}": kept are 1.0, 2.0`,
    });
  },
);

test('rollbackTo does not lead to a version that failed', () => {
  const world = second();
  world.miss();
  world.settle();
  world.rollOut();
  world.settle();
  world.write(manifest('3.0', { rollbackTo: '2.0' }));
  world.settle();
  expect(deployed(world)).toBe('1.0');
  expect(condition(world.last!, 'Accepted')?.message).toMatch(/kept are 1\.0$/);
});

test('ten former versions are kept', () => {
  const world = new World(manifest('1.0'), PLAIN);
  for (let version = 0; version < 14; version++) {
    world.write(manifest(`1.${version}`));
    world.deliver();
    world.hold();
  }
  expect(world.all('ControllerRevision')).toHaveLength(11);
  expect(world.last!.status.revisions).toHaveLength(10);
});

test('an outcome that no operator wrote says nothing', () => {
  for (const text of ['', '{', '[]', 'null', '{"held":"no"}', '{"held":false,"generation":"2"}']) {
    const world = second();
    for (const revision of world.all('ControllerRevision')) {
      const annotations = { ...revision.metadata.annotations, 'nstarx.io/outcome': text };
      world.setChild({ ...revision, metadata: { ...revision.metadata, annotations } });
    }
    world.settle();
    expect(deployed(world)).toBe('2.0');
  }
});

/** What may happen, in any order. */
const EVENTS: { readonly [event: string]: (world: World) => void } = {
  rolledOut: (world) => world.find('Deployment') && world.rollOut(),
  errors: (world) => world.find('AnalysisRun') && world.measure('error-ratio', 0.5, 0.5, 0.5),
  noErrors: (world) => world.find('AnalysisRun') && world.measure('error-ratio', 0, 0),
  noTraffic: (world) => world.find('AnalysisRun') && world.measure('latency-p95-ms', undefined),
  called: (world) => void world.sync(),
  calledTwice: (world) => void world.settle(),
  lostStatus: (world) => void (world.parent = { ...world.parent, status: undefined }),
  clock: (world) => world.later(90),
};

test('whatever happens in whatever order, it comes to rest, and a version that failed stays away', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Object.keys(EVENTS)), { maxLength: 12 }), (events) => {
      const world = second();
      for (const event of events) EVENTS[event](world);
      world.miss();
      world.settle();
      // one that has held by then is not left any more for what comes later
      const held = deployed(world) === '2.0';
      world.rollOut();
      world.settle();
      for (const event of events.filter((one) => one !== 'errors')) EVENTS[event](world);
      world.rollOut();
      world.settle();
      expect(deployed(world)).toBe(held ? '2.0' : '1.0');
      world.writes = [];
      world.settle();
      expect(world.writes).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('A, B, A gives the objects of A', () => {
  const objects = (world: World): string =>
    JSON.stringify(
      world
        .last!.children.filter(({ kind }) => kind !== 'ControllerRevision')
        .sort((a, b) => (a.kind < b.kind ? -1 : 1)),
    );
  const world = new World(manifest('1.0'), PLAIN);
  world.deliver();
  world.hold();
  const first = objects(world);
  for (const version of ['2.0', '1.0']) {
    world.write(manifest(version));
    world.settle();
    world.rollOut();
    world.settle();
    world.hold();
  }
  expect(objects(world)).toBe(first);
});
