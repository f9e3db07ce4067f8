import fc from 'fast-check';
import { stringify } from 'yaml';

import { ManifestProblem, readManifests } from '../../../src/kinds/model-deployment/manifest-reader';

const SAMPLE = `\
apiVersion: mlifecycle.io/v1
kind: ModelDeployment
spec:
  model:
    name: fraud-detector
    version: "2.1.0"
    framework: pytorch
  metrics:
    accuracy: 0.94
    f1_score: 0.90
  fairness:
    demographic_parity: 0.02
  drift:
    score: 0.05
    measuredAt: 2026-01-01T00:00:00Z
`;

const problemsOf = (text: string): ManifestProblem[] =>
  readManifests(text, 'm.yaml').flatMap(({ problems }) => problems);

test('a manifest is JSON with the places of its fields', () => {
  const [{ value, problems, positionOf, source }, ...rest] = readManifests(SAMPLE, 'models/m.yaml');
  expect(rest).toEqual([]);
  expect(source).toBe('models/m.yaml');
  expect(problems).toEqual([]);
  expect(value).toMatchObject({
    kind: 'ModelDeployment',
    spec: { model: { version: '2.1.0' }, metrics: { f1_score: 0.9 }, drift: { measuredAt: '2026-01-01T00:00:00Z' } },
  });
  expect(positionOf(['spec', 'metrics', 'f1_score'])).toEqual({ line: 10, column: 5 });
  // the nearest field around what is not there
  expect(positionOf(['spec', 'metrics', 'recall'])).toEqual({ line: 8, column: 3 });
  expect(positionOf(['spec', 'dependencies', 0, 'name'])).toEqual({ line: 3, column: 1 });
  expect(positionOf([])).toEqual({ line: 1, column: 1 });
});

test('JSON is read too, and several documents each for itself', () => {
  const [json] = readManifests('{"spec": {"dependencies": [{"name": "a"}, {"name": "b"}]}}', 'm.json');
  expect(json.problems).toEqual([]);
  expect(json.positionOf(['spec', 'dependencies', 1])).toEqual({ line: 1, column: 43 });
  const two = readManifests('a: 1\n---\nb: 2\n---\n', 'm.yaml');
  expect(two.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }]);
  expect(two[1].positionOf(['b'])).toEqual({ line: 3, column: 1 });
});

test.each([
  ['an empty file', '', 1, 1, 'is empty'],
  ['comments alone', '# nothing\n', 1, 1, 'is empty'],
  ['a key twice', 'a: 1\nb: {c: 1, c: 2}\n', 2, 11, 'The key c is there twice'],
  ['a key twice in JSON', '{"a": 1, "a": 2}', 1, 10, 'The key a is there twice'],
  ['an alias', 'a: &x 1\nb: *x\n', 2, 4, 'The alias *x is not read'],
  ['an alias of nothing', 'b: *x\n', 1, 4, 'alias'],
  ['a merge key', 'a: &x {b: 1}\nc:\n  <<: *x\n', 3, 3, 'The merge key << is not read'],
  ['a tag', 'a: !!python/object:os.system x\n', 1, 4, 'tag'],
  ['a tag of YAML itself', 'a: !!str 1\n', 1, 10, 'The tag tag:yaml.org,2002:str is not read'],
  ['NaN', 'a: .nan\n', 1, 4, 'is no number of JSON'],
  ['Infinity', 'a: -.inf\n', 1, 4, 'is no number of JSON'],
  ['a number as 1.1 has it', 'a: 1_000\n', 1, 4, 'take 1_000 for different things'],
  ['a point and underscores', 'a: 0.9_4\n', 1, 4, 'take 0.9_4 for different things'],
  ['sixties', 'a: 1:30\n', 1, 4, 'take 1:30 for different things'],
  ['a leading zero', 'a: 0777\n', 1, 4, 'take 0777 for different things'],
  ['octal of 1.2', 'a: 0o17\n', 1, 4, 'take 0o17 for different things'],
  ['a boolean as 1.1 has it', 'a: yes\n', 1, 4, 'take yes for different things'],
  ['a key that is a boolean to some', 'on: 1\n', 1, 1, 'take on for different things'],
  ['an exponent that PyYAML takes for a text', 'a: 9e-1\n', 1, 4, 'take 9e-1 for different things'],
  ['digits that no program keeps', 'a: 0.84999999999999999999\n', 1, 4, 'has more digits than programs keep'],
  ['a key that is a number', '1: 1\n', 1, 1, 'A key must be a text'],
  ['a key that is a list', '? [a]\n: 1\n', 1, 3, 'A key must be a text'],
  ['a tab', 'a:\n\tb: 1\n', 2, 1, 'This is no YAML'],
  ['a bracket without end', 'a: [1\n', 2, 1, 'This is no YAML'],
  ['bytes that are no UTF-8', 'a: \ufffd\n', 1, 4, 'save the file as UTF-8'],
  ['NUL', 'a: 1\nb: \0\n', 2, 4, 'save the file as UTF-8'],
])('%s is refused where it stands', (_, text, line, column, message) => {
  const problems = problemsOf(text);
  expect(problems[0]).toMatchObject({ line, column, message: expect.stringContaining(message) as unknown });
});

test('fields behind an anchor have their places', () => {
  const [{ positionOf, problems, value }] = readManifests('x: &m {accuracy: 0.1}\nspec: {metrics: *m}\n', 'm.yaml');
  expect(problems).toHaveLength(1);
  expect(value).toMatchObject({ spec: { metrics: { accuracy: 0.1 } } });
  expect(positionOf(['spec', 'metrics', 'accuracy'])).toEqual({ line: 1, column: 8 });
});

/** Nine lists, each of nine times the one before: a thousand million. */
const BOMB = ['a0: &a0 [x]']
  .concat(Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`))
  .join('\n');

test.each([
  ['a bomb of aliases', BOMB],
  ['an alias within its anchor', 'a: &a [*a, *a]\n'],
  ['10 MB', `a: "${'x'.repeat(10 * 1024 * 1024)}"\n`],
  ['brackets', '['.repeat(500_000)],
  ['mappings in brackets', '{a: '.repeat(100_000)],
  ['lists in one line', `${'- '.repeat(5000)}x\n`],
  ['very many lists in one line', `${'- '.repeat(120_000)}x\n`],
  ['very deep mappings', Array.from({ length: 600 }, (_, n) => `${' '.repeat(n)}a:\n`).join('')],
  ['very many question marks', `${'? '.repeat(120_000)}x\n`],
  ['very many keys', Array.from({ length: 25_000 }, (_, n) => `k${n}: 1\n`).join('')],
  ['very many documents', '---\na: 1\n'.repeat(25_000)],
  ['very many anchors', `a: ${'&a '.repeat(80_000)}x\n`],
])('%s is refused, before it takes long', (_, text) => {
  expect(problemsOf(text)).not.toEqual([]);
});

test('whatever the text is, it is read or refused', () => {
  const piece = fc.constantFrom(
    'a',
    ': ',
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    '&x ',
    '*x',
    '!!',
    '"',
    "'",
    '#',
    '|',
    '>',
    '?',
    ',',
    '%',
    '@',
    '---\n',
    '0',
    '.',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      for (const { value, problems, positionOf } of readManifests(pieces.join(''), 'm.yaml')) {
        expect(problems.length > 0 || value !== undefined).toBe(true);
        expect(positionOf(['a', 0]).line).toBeGreaterThan(0);
      }
    }),
    { numRuns: 2000 },
  );
});

test('what was written by a program is read as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (object) => {
      const json = JSON.stringify(object);
      const [{ value, problems }] = readManifests(json, 'm.json');
      fc.pre(problems.length === 0);
      expect(value).toEqual(JSON.parse(json));
      const [yaml] = readManifests(stringify(object, { aliasDuplicateObjects: false }), 'm.yaml');
      if (yaml.problems.length === 0) expect(yaml.value).toEqual(JSON.parse(json));
    }),
  );
});
