import { summaryOf } from '../../scripts/preflight';

const GO = { what: 'Go', for: 'test/cluster' };
const JAVA = { what: 'Java 17', for: 'the tests with Spark' };

test('with everything at hand, it says how long it takes', () => {
  expect(summaryOf([GO, JAVA])).toEqual({ text: 'npm test takes about 20 minutes on two cores\n', mayBegin: true });
});

test('what is fetched once is named, and added up', () => {
  const { text, mayBegin } = summaryOf([
    { ...GO, first: { megabytes: 300, minutes: 8 } },
    { ...JAVA, first: { megabytes: 100, minutes: 1 } },
  ]);
  expect(text).toBe(
    [
      'npm test takes about 29 minutes on two cores and fetches about 400 MB, once',
      '  once: Go, 300 MB, 8 minutes',
      '  once: Java 17, 100 MB, 1 minutes',
      '',
    ].join('\n'),
  );
  expect(mayBegin).toBe(true);
});

test('what is missing is named with what is not run for want of it, and is not fetched', () => {
  const { text, mayBegin } = summaryOf([
    { ...JAVA, missing: 'there is no Java', first: { megabytes: 100, minutes: 1 } },
  ]);
  expect(text).toContain('  missing: Java 17 (there is no Java); not run: the tests with Spark\n');
  expect(text).not.toContain('MB');
  expect(mayBegin).toBe(false);
});

test('CI may begin without what is optional', () => {
  expect(summaryOf([{ ...JAVA, missing: 'there is none', isOptional: true }]).mayBegin).toBe(true);
});
