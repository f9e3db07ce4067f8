import { Construct } from 'constructs';
import { App, Size } from 'cdk8s';
import { GpuModel } from '../../src/contracts/gpu';
import { fail, InvalidInputError, SynthesisError } from '../../src/contracts/errors';
import { reportOf, reportUncaughtErrors } from '../../src/contracts/uncaught-errors';

function refusal(given: unknown): Error {
  try {
    fail('Thing.of', 'size', 'must be at least 3', given, 'raise it');
  } catch (error) {
    return error as Error;
  }
}

const circular: { self?: unknown } = {};
circular.self = circular;

test.each([
  ['text', '"text"'],
  [undefined, 'nothing'],
  [null, 'null'],
  [Number.NaN, 'NaN'],
  [10n, '10'],
  [Symbol('a'), 'Symbol(a)'],
  [() => 1, 'a function'],
  [App, 'the function App'],
  [new Construct(new App(), 'child'), '"Construct child"'],
  [{ of: [new Construct(new App(), 'child')] }, '{"of":["Construct child"]}'],
  [{ size: Size.gibibytes(5), model: GpuModel.T4 }, '{"size":"Size","model":"GpuModel"}'],
  [circular, 'the Object that refers to itself'],
  ['x'.repeat(1000), `"${'x'.repeat(299)}…`],
])('a refusal shows %p', (given, shown) => {
  expect(refusal(given).message).toBe(`[Thing.of] size must be at least 3, got ${shown}: raise it.`);
});

test('the report of a refusal is its message', () => {
  const error = refusal(2);
  expect(reportOf(error)).toBe('[Thing.of] size must be at least 3, got 2: raise it.');
});

test('a refusal of many lines is cut at fifteen, and says how to see the others', () => {
  const lines = Array.from({ length: 40 }, (_, at) => `line ${at}`);
  const error = new InvalidInputError('where', 'prop', lines.join('\n'));
  expect(reportOf(error)?.split('\n')).toEqual([
    ...lines.slice(0, 14),
    '  … and 26 more. Run the program with --all-problems to see each.',
  ]);
  expect(reportOf(error, true)).toBe(error.message);
});

test('what is no mistake of the user has no report, so that its stack is shown', () => {
  expect(reportOf(new TypeError('x is not a function'))).toBeUndefined();
  expect(reportOf(new Error('broken'))).toBeUndefined();
  expect(reportOf('a text')).toBeUndefined();
});

test('the message of a synthesis has every finding', () => {
  const error = new SynthesisError(['[a] one', '[b] two']);
  expect(error.message).toBe('2 problems found, nothing was written:\n  [a] one\n  [b] two');
  expect(reportOf(error)).toBe(error.message);
});

test('fourteen findings are shown one by one', () => {
  const error = new SynthesisError(Array.from({ length: 14 }, (_, at) => `[at/${at}] the same; change it`));
  expect(reportOf(error)).toBe(error.message);
});

test('of many findings each kind is shown once, with the number of those that are like it', () => {
  const missing = Array.from({ length: 20 }, (_, at) => `[a/${at}] Pod p${at}: has no labels; add some`);
  const twice = Array.from({ length: 30 }, (_, at) => `[b/${at}] Job j${at}: is made by c/${at} too; rename it`);
  const error = new SynthesisError([...missing, ...twice]);
  expect(reportOf(error)).toBe(
    [
      '50 problems found, nothing was written:',
      '  [a/0] Pod p0: has no labels; add some',
      '    and 19 more like it',
      '  [b/0] Job j0: is made by c/0 too; rename it',
      '    and 29 more like it',
      '  Run the program with --all-problems to see each.',
    ].join('\n'),
  );
  expect(reportOf(error, true)).toBe(error.message);
});

test('of many kinds of findings the first are shown, and the others counted', () => {
  const findings = Array.from({ length: 30 }, (_, at) => `[a] ${String.fromCharCode(65 + at)}; change it`);
  const lines = reportOf(new SynthesisError(findings))?.split('\n') ?? [];
  expect(lines).toHaveLength(15);
  expect(lines.at(-2)).toBe('  [a] M; change it');
  expect(lines.at(-1)).toBe('  … and 17 more. Run the program with --all-problems to see each.');
});

test('errors are listened for once, however many there were', () => {
  for (let count = 0; count < 20; count++) refusal(count);
  reportUncaughtErrors();
  expect(process.listeners('uncaughtExceptionMonitor').map(({ name }) => name)).toEqual(['endWithReport']);
});
