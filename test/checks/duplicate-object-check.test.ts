import { ApiObject, App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
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

test('what two equal constructs make is reported once, at the second', () => {
  const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
  for (const id of ['one', 'two', 'three']) {
    const construct = new Construct(new Construct(chart, id), 'inner');
    for (const name of ['a', 'b', ...(id === 'two' ? [] : ['c'])]) {
      new ApiObject(construct, name, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'team' } });
    }
  }
  const more = 'remove one of the two, or give what it makes other names';
  expect(new DuplicateObjectCheck().check(ManifestGraph.of(chart))).toEqual([
    {
      path: 'test/two/inner',
      message: `makes 2 objects that test/one/inner makes too, such as ConfigMap a in namespace team; ${more}`,
    },
    {
      path: 'test/three/inner',
      message: `makes 3 objects that test/one/inner makes too, such as ConfigMap a in namespace team; ${more}`,
    },
  ]);
});
