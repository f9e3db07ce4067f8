import { isTransition, violation } from '../../src/api/schema/cel';
import { nanos } from '../../src/api/schema/kubernetes-cel';
import { Schema } from '../../src/api/schema/schema';
import { validate } from '../../src/api/schema/validate';

const DYN: Schema = {};

function holds(rule: string, value: unknown, schema: Schema = DYN): boolean {
  return violation({ rule, message: 'm' }, schema, value) === undefined;
}

test.each<[string, bigint | undefined]>([
  ['1', 1_000_000_000n],
  ['500m', 500_000_000n],
  ['1.5', 1_500_000_000n],
  ['.5', 500_000_000n],
  ['2Gi', 2n * 2n ** 30n * 1_000_000_000n],
  ['0.5Ki', 512n * 1_000_000_000n],
  ['1e3', 1_000_000_000_000n],
  ['1E-3', 1_000_000n],
  ['1E', 10n ** 27n],
  ['1n', 1n],
  ['0.1n', 1n],
  ['-1', -1_000_000_000n],
  ['', undefined],
  ['E', undefined],
  ['8GB', undefined],
  ['1 Gi', undefined],
  ['0x10', undefined],
])('the quantity %j is %s billionths', (text, expected) => {
  expect(nanos(text)).toBe(expected);
});

test('quantities of any size are compared exactly', () => {
  const rule = 'quantity(self.a).compareTo(quantity(self.b)) == 0';
  expect(holds(rule, { a: '1024Ki', b: '1Mi' })).toBe(true);
  expect(holds(rule, { a: '0.1', b: '100m' })).toBe(true);
  expect(holds(rule, { a: '9007199254740993', b: '9007199254740992' })).toBe(false);
  expect(holds('quantity(self.a).isLessThan(quantity(self.b))', { a: '999m', b: '1' })).toBe(true);
});

test('whole numbers are int where the schema says so, and double where it says number', () => {
  const schema: Schema = { type: 'object', properties: { whole: { type: 'integer' }, part: { type: 'number' } } };
  expect(holds('self.whole % 2 == 0 && self.part / 2.0 == 1.5', { whole: 4, part: 3 }, schema)).toBe(true);
});

test.each([
  ['[3, 1].sum() == 4', true],
  ['["a", "b"].indexOf("b") == 1', true],
  ['["a", "b"].indexOf("c") == -1', true],
  ['[1, 2, 2].isSorted()', true],
  ['[2, 1].isSorted()', false],
  ['"a,b".split(",").size() == 2', true],
])('%s is %s', (rule, expected) => {
  expect(holds(rule, {})).toBe(expected);
});

test('a rule that fails while it is evaluated counts as violated', () => {
  expect(violation({ rule: 'self.missing > 1', message: 'must have it' }, DYN, {})).toBe('must have it');
});

test('a function that is not known here is a mistake in the rule, not in the object', () => {
  expect(() => holds('self.a.nonsense()', { a: 'x' })).toThrow('the rule self.a.nonsense() cannot be evaluated here');
});

test('a message with values replaces the plain one, unless it fails', () => {
  const rule = { rule: 'self.a < 1', message: 'plain', messageExpression: "'got ' + string(self.a)" };
  expect(violation(rule, DYN, { a: 3 })).toBe('got 3');
  expect(violation({ ...rule, messageExpression: 'self.b' }, DYN, { a: 3 })).toBe('plain');
});

test('rules about changes are not asked of new objects', () => {
  expect(isTransition({ rule: 'self == oldSelf', message: 'm' })).toBe(true);
  expect(isTransition({ rule: "self != 'oldSelfish'", message: 'm' })).toBe(false);
  const schema: Schema = { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'm' }] };
  expect(validate(schema, 'x').findings).toEqual([]);
});
