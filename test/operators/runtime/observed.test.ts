import { observedTime } from '../../../operators/src/runtime/observed';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';

function object(metadata: object, status: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Toy', metadata: { name: 'bear', ...metadata }, status: { ...status } };
}

test.each<[string, KubernetesObject]>([
  ['made', object({ creationTimestamp: '2026-01-03T00:00:07Z' })],
  ['deleted', object({ deletionTimestamp: '2026-01-03T00:00:07Z' })],
  ['written', object({ managedFields: [{ time: '2026-01-03T00:00:07.9Z' }, {}] })],
  ['started', object({}, { startTime: '2026-01-03T00:00:07Z' })],
  ['done', object({}, { completionTime: '2026-01-03T01:00:07+01:00' })],
  ['changed', object({}, { conditions: [{ lastTransitionTime: '2026-01-03T00:00:07Z' }] })],
])('the time is that of the newest object: when it was %s, in whole seconds', (_how, newest) => {
  const former = object({ creationTimestamp: '2026-01-01T00:00:00Z' }, { startTime: '2026-01-03T00:00:06.2Z' });
  for (const objects of [
    [former, newest],
    [newest, former],
  ]) {
    expect(observedTime(objects)).toBe('2026-01-03T00:00:07Z');
  }
});

test('what is no time is not looked at', () => {
  const strange = object({ creationTimestamp: 'yesterday' }, { startTime: 7, conditions: 'none' });
  expect(observedTime([strange])).toBe('1970-01-01T00:00:00Z');
});
