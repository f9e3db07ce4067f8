import { Chart, Testing } from 'cdk8s';

import { KINDS } from '../../src/api/kinds';
import { addResource, KindManifest } from '../../src/api/platform-resource';
import { findingsOf } from '../../src/api/schema/object-findings';
import { apply, badObjects, EVERY_BAD_OBJECT, validObject } from './support/corpus';

test.each(KINDS.map((kind) => [kind.kind, kind] as const))('%s has a corpus of bad objects', (_, kind) => {
  const cases = badObjects(kind).map((bad) => bad.case);
  expect(cases.length).toBeGreaterThanOrEqual(15);
  expect(new Set(cases).size).toBe(cases.length);
  expect(findingsOf(kind, validObject(kind))).toEqual([]);
});

test.each(EVERY_BAD_OBJECT.map(({ kind, bad }) => [kind.kind, bad.case, kind, bad] as const))(
  '%s is refused at synthesis: %s',
  (_, __, kind, bad) => {
    const findings = findingsOf(kind, apply(bad, validObject(kind)));
    expect(findings).toContainEqual(
      expect.objectContaining({ field: bad.field, message: expect.stringContaining(bad.message) as string }),
    );
    const chart = new Chart(Testing.app(), 'chart');
    expect(() => addResource(chart, 'Bad', kind, apply(bad, validObject(kind)) as KindManifest)).toThrow(
      expect.objectContaining({
        name: 'InvalidInputError',
        where: 'chart',
        message: expect.stringContaining(`[chart] ${bad.field || 'the object'}: `) as string,
      }) as Error,
    );
  },
);
