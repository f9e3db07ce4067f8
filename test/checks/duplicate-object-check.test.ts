import { ApiObject } from 'cdk8s';
import { DuplicateObjectCheck } from '../../src/checks/duplicate-object-check';
import { ManifestGraph } from '../../src/checks/manifest-graph';
import { chartOf, object } from './graph';

test('an object that two constructs make is reported at the second, with the first', () => {
  const chart = chartOf([object('v1', 'ConfigMap', 'a'), object('v1', 'Secret', 'a'), object('v1', 'ConfigMap', 'b')]);
  const check = new DuplicateObjectCheck();
  expect(check.check(ManifestGraph.of(chart))).toEqual([]);
  new ApiObject(chart, 'elsewhere', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'other' },
  });
  expect(check.check(ManifestGraph.of(chart))).toEqual([]);
  new ApiObject(chart, 'again', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'team' } });
  expect(check.check(ManifestGraph.of(chart))).toEqual([
    {
      path: 'test/again',
      message: 'ConfigMap a: is made by test/ConfigMap-a too in namespace team; rename one of them',
    },
  ]);
});
