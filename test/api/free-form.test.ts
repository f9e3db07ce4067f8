import { KINDS } from '../../src/api/kinds';
import { findingsOf } from '../../src/api/schema/object-findings';
import { FREE_FORM, unboundedValues } from '../../src/api/schema/free-form';
import { Schema } from '../../src/api/schema/schema';
import { validate, withDefaults } from '../../src/api/schema/validate';
import { validObject } from './support/corpus';
import { nested } from './support/hostile';

const SCHEMA: Schema = {
  type: 'object',
  properties: { list: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } },
};

test.each([
  ['what is as deep as it may be', nested(FREE_FORM.levels - 1), []],
  ['one level more', nested(FREE_FORM.levels + 1), ['list[0] must be nested at most 16 deep, got 17']],
  ['as deep as the API server takes it', nested(9_000), ['list[0] must be nested at most 16 deep, got 17']],
  [
    'what is too large',
    { text: 'x'.repeat(FREE_FORM.bytes) },
    ['list[0] must have at most 65536 bytes of JSON, got 65547'],
  ],
  ['what is wide', { list: Array(1000).fill(0) }, []],
])('%s', (_, value, findings) => {
  const found = unboundedValues(SCHEMA, { list: [value] });
  expect(found.map(({ field, rule, given }) => `${field} ${rule}, got ${given}`)).toEqual(findings);
  expect(validate(SCHEMA, { list: [value] }).findings.length).toBe(findings.length);
});

test('an object of a kind with such a value is refused at synthesis, with the field', () => {
  const workflow = KINDS.find(({ kind }) => kind === 'MLWorkflow')!;
  const object = validObject(workflow);
  const stages = [
    { name: 'train', type: 'ml-training', config: { framework: 'pytorch', hyperparameters: nested(5_000) } },
  ];
  expect(findingsOf(workflow, { ...object, spec: { ...object.spec, stages } })).toEqual([
    {
      field: 'spec.stages[0].config.hyperparameters',
      message: 'must be nested at most 16 deep, got 17',
      reason: 'value',
    },
  ]);
});

test('defaults leave keys such as __proto__ what they are', () => {
  const schema: Schema = { type: 'object', additionalProperties: { type: 'string' } };
  const written = JSON.parse('{"__proto__":"a","constructor":"b"}') as object;
  expect(Object.entries(withDefaults(schema, written) as object)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  const closed: Schema = { type: 'object', properties: { a: { type: 'string' } } };
  expect(validate(closed, written).findings.map(({ field }) => field)).toEqual(['__proto__', 'constructor']);
});
