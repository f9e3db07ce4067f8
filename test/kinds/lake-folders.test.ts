import { LAKE_KINDS, LakeFolders } from '../../src/kinds/lake-folders';

const NAMESPACES = ['a', 'a-b', 'ab', 'b', 'lake', 'models', 'vision', 'vision-2'];
const lake = new LakeFolders('acme.artifacts', {
  vision: { writes: [], reads: ['lake/fraud/shared/'] },
});

const reachOf = (namespace: string) => {
  const { writes, reads } = lake.reachOf(namespace, ...LAKE_KINDS);
  return [...writes, ...reads];
};

test('no folder of a namespace is within one of another namespace', () => {
  for (const one of NAMESPACES) {
    for (const other of NAMESPACES.filter((namespace) => namespace !== one)) {
      const within = reachOf(one).filter((folder) => reachOf(other).some((outer) => folder.startsWith(outer)));
      expect(within).toEqual([]);
    }
  }
});

test('a folder that is shared is read, and not written', () => {
  expect(lake.reachOf('vision', ...LAKE_KINDS).reads).toContain('lake/fraud/shared/');
  expect(lake.reachOf('vision', ...LAKE_KINDS).writes).not.toContain('lake/fraud/shared/');
  expect(lake.shared).toEqual({ vision: ['lake/fraud/shared/'] });
});

test.each([
  ['s3://acme.artifacts/models/vision/churn', []],
  ['s3://acme.artifacts/models/vision', []],
  ['s3://acme.artifacts/lake/fraud/shared/orders', []],
  ['s3://acme.artifacts/lake/fraud/orders', ['lake/fraud/orders']],
  ['s3a://acme.artifacts/models/vision-2/churn', ['models/vision-2/churn']],
  ['S3N://acme.artifacts/models/fraud', ['models/fraud']],
  ['s3://acme.artifacts', ['']],
  ['s3://acme.artifacts/', ['']],
  ['s3://acme.artifacts/models/vision/../fraud', ['models/vision/../fraud']],
  ['s3://acme.artifacts/models/vision/..', ['models/vision/..']],
  ['s3://acme-artifacts/models/fraud', []],
  ['s3://acme.artifacts-2/models/fraud', []],
  ['read("s3://acme.artifacts/lake/fraud/a", "s3://acme.artifacts/lake/vision/b")', ['lake/fraud/a']],
])('of %s, what lies elsewhere is found', (text, outside) => {
  expect(lake.outside(text, lake.reachOf('vision', ...LAKE_KINDS))).toEqual(outside);
});
