import { compare, exceptionsOf, toolsWithExceptions } from './exceptions';

test('exceptions are of linters that run, and each says why', () => {
  expect(toolsWithExceptions()).toEqual(['checkov', 'kube-score', 'pod-security']);
  const all = toolsWithExceptions().flatMap((tool) => exceptionsOf(tool));
  expect(all.filter(({ objects, reason }) => objects.length === 0 || reason.length < 30)).toEqual([]);
});

const finding = { rule: 'CKV_1', object: 'data-platform/dev Deployment/team/api' };
const exception = { tool: 'checkov', rule: 'CKV_1', reason: '' };

test.each([
  ['the object itself', ['data-platform/dev Deployment/team/api'], [], []],
  ['any text', ['* Deployment/*/api'], [], []],
  ['a dot that is no wildcard', ['* Deployment/te.m/api'], ['CKV_1: data-platform/dev Deployment/team/api'], 1],
  ['part of a name', ['* Deployment/team/ap'], ['CKV_1: data-platform/dev Deployment/team/api'], 1],
])('a pattern with %s', (_name, objects, findings, unused) => {
  const difference = compare([finding], [{ ...exception, objects }]);
  expect(difference.findings).toEqual(findings);
  expect(difference.unused).toHaveLength(Number(unused));
});

test('an exception of another rule is none, and an unused one is told', () => {
  const other = { ...exception, rule: 'CKV_2', objects: ['*'] };
  expect(compare([finding], [other])).toEqual({
    findings: ['CKV_1: data-platform/dev Deployment/team/api'],
    unused: ['CKV_2: *'],
  });
});
