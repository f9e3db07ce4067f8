import fc from 'fast-check';

import { refusal, specOf, Synthesized } from './support';

const stage = (name: string, dependsOn?: string[]): Record<string, unknown> => ({
  name,
  type: 'container',
  config: { image: 'registry.example.com/a:1' },
  ...(dependsOn ? { dependsOn } : {}),
});

test('a stage waits for the one before, unless it says for which it waits', () => {
  const made = new Synthesized(
    specOf([stage('a'), stage('b'), stage('c', ['a']), stage('d', ['b', 'c']), stage('e', [])]),
  );
  expect(made.task('a')).toEqual({ name: 'a', template: 'stage-a' });
  expect(made.task('b').dependencies).toEqual(['a']);
  expect(made.task('c').dependencies).toEqual(['a']);
  expect(made.task('d').dependencies).toEqual(['b', 'c']);
  expect(made.task('e')).not.toHaveProperty('dependencies');
  expect(made.spec.entrypoint).toBe('stages');
});

test('a circle is refused with the names of its stages', () => {
  const spec = specOf([stage('a'), stage('b', ['d']), stage('c', ['b']), stage('d', ['c'])]);
  expect(refusal(spec)).toBe(
    '[test/workflow] stages[1].dependsOn must not lead back to the stage itself, got "b -> d -> c -> b": remove one of the dependencies.',
  );
  expect(refusal(specOf([stage('a', ['a'])]))).toContain('got "a -> a"');
});

test('a stage that is not there is refused with the names of those that are', () => {
  expect(refusal(specOf([stage('a'), stage('b', ['a', 'prepare'])]))).toBe(
    '[test/workflow] stages[1].dependsOn[1] must be a stage; there are a, b, got "prepare": correct the name.',
  );
});

test('two stages of one name are refused, and none at all', () => {
  expect(refusal(specOf([stage('a'), stage('a')]))).toContain('stages[1].name must be unique, got "a"');
  expect(refusal(specOf([]))).toContain('stages must have at least one stage');
});

test('any graph in which stages wait for earlier ones is taken, whatever order they are written in', () => {
  const graph = fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.record({
      edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 20 }),
      order: fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
    }),
  );
  fc.assert(
    fc.property(graph, ({ edges, order }) => {
      const waits = (to: number): string[] => [
        ...new Set(edges.filter(([from, target]) => target === to && from < to).map(([from]) => `s${from}`)),
      ];
      const made = new Synthesized(specOf(order.map((at) => stage(`s${at}`, waits(at)))));
      for (const at of order) expect(made.task(`s${at}`).dependencies ?? []).toEqual(waits(at));
    }),
    { numRuns: 50 },
  );
});
