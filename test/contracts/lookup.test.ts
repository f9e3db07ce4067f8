import { lookup } from '../../src/contracts/lookup';

const TABLE: Readonly<Record<string, number>> = { one: 1 };

test.each([
  ['one', 1],
  ['two', undefined],
  ['constructor', undefined],
  ['toString', undefined],
  ['__proto__', undefined],
  [undefined, undefined],
])('%s is %s', (key, value) => {
  expect(lookup(TABLE, key)).toBe(value);
  expect(lookup(undefined, key)).toBeUndefined();
});

test('a key that a user gave such a name is found', () => {
  const written = JSON.parse('{"__proto__":1,"constructor":2}') as Record<string, number>;
  expect([lookup(written, '__proto__'), lookup(written, 'constructor')]).toEqual([1, 2]);
});
