import * as fc from 'fast-check';
import {
  checkVariables,
  inVariableOrder,
  lateVariables,
  Variable,
  variablesIn,
} from '../../src/contracts/variable-order';

test.each([
  ['$(A)/$(B)', ['A', 'B']],
  ['$$(A)', []],
  ['$$$(A)', ['A']],
  ['$(A', []],
  ['$A ${A} $', []],
  ['$$$$(A)', []],
])('%s names %p', (text, names) => {
  expect(variablesIn(text)).toEqual(names);
});

test('a variable comes after those that it names, and otherwise stays', () => {
  const variables = [
    { name: 'URL', value: 'postgres://$(USER):$(PASSWORD)@db' },
    { name: 'LOG', value: 'info' },
    { name: 'USER', value: '$(TEAM)-app' },
    { name: 'PASSWORD' },
    { name: 'TEAM', value: 'a' },
  ];
  expect(inVariableOrder(variables).map(({ name }) => name)).toEqual(['TEAM', 'USER', 'PASSWORD', 'URL', 'LOG']);
});

test.each([
  [[{ name: 'PATH', value: '$(PATH):/opt' }], 'PATH with $(PATH)'],
  [
    [
      { name: 'A', value: '$(B)' },
      { name: 'B', value: '$(A)' },
    ],
    'B with $(A)',
  ],
])('a circle is refused: %j', (variables, given) => {
  expect(() => checkVariables('job', 'env', variables)).toThrow(
    `[job] env must not name each other in a circle, got "${given}": take`,
  );
});

test('whatever the variables are, none is lost, and each is expanded that can be', () => {
  const names = ['A', 'B', 'C', 'D', 'E'];
  const text = fc.array(fc.constantFrom(...names.flatMap((one) => [`$(${one})`, `$$(${one})`]), 'x', '$'), {
    maxLength: 3,
  });
  const variables = fc
    .shuffledSubarray(names)
    .chain((chosen) =>
      fc.tuple(...chosen.map((name) => text.map((parts): Variable => ({ name, value: parts.join('') })))),
    );
  fc.assert(
    fc.property(variables, (given) => {
      const ordered = inVariableOrder(given);
      expect([...ordered].sort(byName)).toEqual([...given].sort(byName));
      for (const { name, refersTo } of lateVariables(ordered)) expect(reaches(given, refersTo, name)).toBe(true);
    }),
  );
});

function byName(one: Variable, other: Variable): number {
  return one.name < other.name ? -1 : 1;
}

/** Whether a variable names another one, directly or not. */
function reaches(variables: readonly Variable[], from: string, to: string, seen: readonly string[] = []): boolean {
  if (from === to) return true;
  if (seen.includes(from)) return false;
  const value = variables.find(({ name }) => name === from)?.value ?? '';
  return variablesIn(value).some((one) => reaches(variables, one, to, [...seen, from]));
}
