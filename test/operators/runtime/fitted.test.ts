import fc from 'fast-check';
import { fitted, shortened } from '../../../operators/src/runtime/fitted';
import { KINDS } from '../../../src/api/kinds';
import { Schema } from '../../../src/api/schema/schema';
import { validate } from '../../../src/api/schema/validate';
import { arbitraryOf } from '../../api/support/arbitrary';

const text = (maxLength: number): Schema => ({ type: 'string', maxLength });
const CELLS: readonly (readonly [string, Schema, unknown, unknown])[] = [
  ['a text that fits', text(3), 'abc', 'abc'],
  ['a text that is too long', text(3), 'abcd', 'ab…'],
  ['characters of two units', text(3), '🧪🧪🧪', '🧪🧪🧪'],
  ['too many of them', text(3), '🧪🧪🧪🧪', '🧪🧪…'],
  ['a text of a few', { type: 'string', enum: ['a'] }, 'b', undefined],
  ['a text with a pattern, which no cut keeps', { ...text(3), $pattern: '^[a-z]+$' }, 'abcd', undefined],
  ['a time', { type: 'string', format: 'date-time' }, 'COMPLETED', undefined],
  ['a time that no API server writes', { type: 'string', format: 'date-time' }, '+275760-09-13T00:00:00Z', undefined],
  ['a number in a text', text(3), 7, undefined],
  ['a number below its bound', { type: 'integer', minimum: 0 }, -1, undefined],
  ['no number', { type: 'number' }, NaN, undefined],
  ['a list that is too long', { type: 'array', maxItems: 2, items: text(1) }, ['a', 'b', 'c'], ['a', 'b']],
  ['an item of another type', { type: 'array', items: text(9) }, ['a', null, 7, 'b'], ['a', 'b']],
  ['an item twice', { type: 'array', items: text(9), 'x-kubernetes-list-type': 'set' }, ['a', 'a'], ['a']],
  ['a field that is not known', { type: 'object', properties: { a: text(9) } }, { a: 'x', b: 'y' }, { a: 'x' }],
  ['a field that is required', { type: 'object', properties: { a: text(9) }, required: ['a'] }, { a: 7 }, undefined],
  [
    'entries that are too many',
    { type: 'object', maxProperties: 1, additionalProperties: text(9) },
    { a: 'x', b: 'y' },
    { a: 'x' },
  ],
  ['a field that every object inherits', { type: 'object', properties: { a: text(9) } }, { constructor: 'x' }, {}],
];

test.each(CELLS)('%s', (_, schema, value, left) => {
  expect(fitted(schema, value)).toEqual(left);
});

test.each(KINDS.map((kind) => [kind.kind, kind] as const))('%s: a status that fits is left as it is', (_, kind) => {
  fc.assert(
    fc.property(arbitraryOf(kind.status), (status) => {
      const given = JSON.parse(JSON.stringify(status)) as unknown;
      fc.pre(validate(kind.status, given).findings.length === 0);
      expect(fitted(kind.status, given)).toBe(given);
    }),
    { numRuns: 30 },
  );
});

test.each(KINDS.map((kind) => [kind.kind, kind] as const))('%s: of anything, what is left fits', (_, kind) => {
  const known = Object.keys(kind.status.properties ?? {});
  const anything = fc.dictionary(
    fc.constantFrom(...known, 'x'),
    fc.oneof(
      fc.jsonValue(),
      fc.jsonValue().map((one) => [one]),
    ),
  );
  fc.assert(
    fc.property(anything, (status) => {
      expect(validate(kind.status, fitted(kind.status, status)).findings).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

test('a text is cut between characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.integer({ min: 1, max: 40 }), (whole, length) => {
      const cut = shortened(whole, length);
      expect([...cut].length).toBeLessThanOrEqual(length);
      expect(Buffer.from(cut).toString()).toBe(cut);
      if ([...whole].length <= length) expect(cut).toBe(whole);
    }),
  );
});
