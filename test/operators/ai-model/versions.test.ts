import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { condition } from '../support/conditions';
import { objects, running, sample, sync, zone } from './support';

const A = sample();
const B = sample({ version: '2.1', storage: { location: 's3://models/sentiment/v2.1' } }, { replicas: 4 });
const stepA = sync(A);
const stepB = sync(B, stepA.children);

const bytes = (list: readonly KubernetesObject[]): string => JSON.stringify(list);

test('a new version keeps the old one as a revision', () => {
  expect(bytes(objects(stepB))).not.toBe(bytes(objects(stepA)));
  expect(stepB.status.revisions).toEqual(['2.0']);
  const revisions = stepB.children.filter(({ kind }) => kind === 'ControllerRevision');
  expect(revisions.map(({ revision }) => revision)).toEqual([1, 2]);
});

test('the old version in the spec brings back exactly its objects', () => {
  const back = sync(A, stepB.children);
  expect(bytes(objects(back))).toBe(bytes(objects(stepA)));
  expect(back.status.revisions).toEqual(['2.1']);
});

test('rollbackTo brings back exactly the previous objects, and says so until they answer', () => {
  const parent = { ...B, spec: { ...B.spec, rollbackTo: '2.0' } };
  const back = sync(parent, stepB.children);
  expect(bytes(objects(back))).toBe(bytes(objects(stepA)));
  expect(back.status).toMatchObject({ phase: 'RollingBack' });
  const { children, related } = running(back, 3);
  const served = sync(parent, children, related);
  expect(served.status).toMatchObject({ phase: 'Serving', version: '2.0', readyReplicas: 3 });
  expect(condition(served, 'Ready')).toMatchObject({ status: 'True', reason: 'RolledBack' });
});

test('rollbackTo a version that was never there changes nothing', () => {
  const parent = { ...B, spec: { ...B.spec, rollbackTo: '1.0' } };
  const refused = sync(parent, stepB.children);
  expect(bytes(objects(refused))).toBe(bytes(objects(stepB)));
  expect(condition(refused, 'Accepted')).toMatchObject({
    status: 'False',
    message: expect.stringContaining(
      'spec.rollbackTo must be a version that is kept, got "1.0": kept are 2.0, 2.1',
    ) as string,
  });
});

test('rollbackTo enters no zone that the spec does not name', () => {
  const inZone = sync(sample({}, { zone: 'inference' }), [], [zone('inference', {})]);
  const left = sync(B, inZone.children);
  const back = (spec: KubernetesObject) =>
    sync({ ...spec, spec: { ...spec.spec, rollbackTo: '2.0' } }, left.children, [zone('inference', {})]);
  const refused = back(B);
  expect(bytes(objects(refused))).toBe(bytes(objects(left)));
  expect(condition(refused, 'Accepted')).toMatchObject({
    status: 'False',
    message: expect.stringContaining(
      'spec.rollbackTo must not enter an AIZone that the spec does not name, got "2.0", which ran in inference: set spec.serving.zone to inference',
    ) as string,
  });
  const named = back(sample({ version: '2.1' }, { zone: 'inference' }));
  expect(bytes(objects(named))).toBe(bytes(objects(inZone)));
});

test('a bad edit keeps what is served, and names the field', () => {
  const { children, related } = running(stepB, 4);
  const bad = sync(sample({ version: '3.0', storage: { location: 'file:///models' } }), children, related);
  expect(bytes(objects(bad))).toBe(bytes(objects(stepB)));
  expect(condition(bad, 'Accepted')?.message).toMatch(/^spec\.storage\.location must be a place that pods/);
  expect(condition(bad, 'Ready')).toMatchObject({ status: 'False', reason: 'InvalidSpec' });
  expect(bad.status).toMatchObject({ phase: 'Degraded', readyReplicas: 4 });
});

test('a zone that goes takes nothing away from what runs', () => {
  const inZone = sample({}, { zone: 'inference' });
  const there = sync(inZone, [], [zone('inference', {})]);
  const { children, related } = running(there, 3);
  const gone = sync(inZone, children, related);
  expect(bytes(objects(gone))).toBe(bytes(objects(there)));
  expect(condition(gone, 'Accepted')?.message).toContain('spec.serving.zone must be the name of an AIZone that exists');
  expect(condition(gone, 'InZone')).toMatchObject({ status: 'False', reason: 'NoSuchZone' });
});

test('as many old versions are kept as the spec says', () => {
  let children: readonly KubernetesObject[] = [];
  for (const version of ['1', '2', '3', '4', '5']) {
    children = sync(sample({ version, revisionHistoryLimit: 2 }), children).children;
  }
  const last = sync(sample({ version: '5', revisionHistoryLimit: 2 }), children);
  expect(last.status.revisions).toEqual(['3', '4']);
});
