import fc from 'fast-check';

import { KindDefinition, Schema } from '../../../src/api/schema/schema';
import { arbitraryOf, variants } from './arbitrary';
import { Manifest } from './samples';

type Json = unknown;

/** Names that every object of JavaScript inherits something under, and others that parsers and writers stumble over. */
export const HOSTILE_KEYS = [
  ...['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', 'length', 'then', 'toJSON'],
  ...['', ' ', '0', '-1', 'a.b', 'a/b', '$ref', '~1', 'null', 'undefined', 'NaN', '\u2028', '\u{1f9ea}', 'é'],
  'k'.repeat(253),
];

/** Those that a map may have. */
const MAP_KEYS = HOSTILE_KEYS.filter((key) => key !== 'constructor' && key !== '__proto__');

/** Texts that programs stumble over. Each is only used where the schema allows it. */
const HOSTILE_TEXTS = [
  ...HOSTILE_KEYS,
  ...['constructor', 'prototype', 'valueof', 'tostring', 'a-b', 'x', 'A', '_', '1.0', '9'.repeat(32), '0'.repeat(63)],
  ...['{{workflow.name}}', '${HOME}', '$(cat /etc/passwd)', '%s%n', "' or 1=1 --", '"', '\\', '`', '\n', '\r\n', '\t'],
  ...['\u0000', '\u001b[31m', '\u202e', '\ufeff', '\u{10ffff}', 'ﷺ', 'e\u0301', '---\n', '!!js/function', '<script>'],
  ...[
    's3://x',
    's3://constructor/__proto__',
    'https://[::1]:0/',
    'oci://x',
    'pvc://x',
    '* * * * *',
    '@yearly',
    'Etc/UTC',
  ],
  ...['1ms', '0s', '99999999d', '9'.repeat(30) + 'd', '0.0000001ms', 'TfToken[TOKEN.0]', '${Token[TOKEN.0]}'],
  'constructor/nvidia.com',
];

const HOSTILE_QUANTITIES = [
  ...[0, 1, 2 ** 31, Number.MAX_SAFE_INTEGER, '0', '0m', '1m', '0.1m', '1n', '9'.repeat(32), '1e300', '1E18', '1.5Ei'],
  ...['9'.repeat(29) + 'Ei', '0.' + '0'.repeat(28) + '1', '00001', '1e-9', '.5Gi'],
];

/** Values that a schema allows, at the edges of what it allows; rules between fields aside. */
export function hostileOf(schema: Schema): fc.Arbitrary<Json> {
  let arbitrary = known.get(schema);
  if (!arbitrary) {
    arbitrary = make(schema);
    known.set(schema, arbitrary);
  }
  return arbitrary;
}

const known = new Map<Schema, fc.Arbitrary<Json>>();

function make(schema: Schema): fc.Arbitrary<Json> {
  if (schema['x-kubernetes-int-or-string']) return fc.constantFrom(...HOSTILE_QUANTITIES);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.items) return listOf(schema, schema.items);
  if (schema.additionalProperties) return mapOf(schema, schema.additionalProperties);
  if (schema['x-kubernetes-preserve-unknown-fields']) return freeForm;
  if (schema.properties) {
    const properties = Object.entries(schema.properties).map(
      ([name, property]) => [name, hostileOf(property)] as const,
    );
    return fc.record(Object.fromEntries(properties), {
      requiredKeys: [...(schema.required ?? [])],
      noNullPrototype: true,
    });
  }
  return scalar(schema);
}

function scalar(schema: Schema): fc.Arbitrary<Json> {
  const ordinary = arbitraryOf(schema);
  if (schema.type === 'integer' || schema.type === 'number') {
    const { minimum = -(2 ** 53) + 1, maximum = 2 ** 53 - 1 } = schema;
    const above = schema.exclusiveMinimum ? (schema.type === 'integer' ? 1 : 1e-9) : 0;
    return fc.oneof(fc.constantFrom(minimum + above, maximum), ordinary);
  }
  if (schema.type !== 'string' || schema.format !== undefined) return ordinary;
  const { minLength = 0, maxLength = 64, $pattern: pattern } = schema;
  const expression = pattern === undefined ? undefined : new RegExp(pattern);
  const long = ['a', 'A', '0', 'é', '\u{1f9ea}'].map((character) => character.repeat(maxLength));
  const texts = [...HOSTILE_TEXTS, ...long].filter((value) => {
    const { length } = [...value];
    return length >= minLength && length <= maxLength && (expression?.test(value) ?? true);
  });
  return texts.length === 0 ? ordinary : fc.oneof(fc.constantFrom(...texts), ordinary);
}

function listOf(schema: Schema, items: Schema): fc.Arbitrary<Json> {
  const { minItems: minLength = 0, maxItems = 3 } = schema;
  const keys = schema['x-kubernetes-list-map-keys'];
  const maxLength = Math.max(minLength, Math.min(maxItems, 4));
  if (!keys && schema['x-kubernetes-list-type'] !== 'set') {
    const few = fc.array(hostileOf(items), { minLength, maxLength });
    // as many as there may be, all alike
    return fc.oneof(
      { weight: 9, arbitrary: few },
      { weight: 1, arbitrary: hostileOf(items).map((item) => Array<Json>(maxItems).fill(item)) },
    );
  }
  const identity = (item: Json): string =>
    JSON.stringify(keys ? keys.map((key) => (item as Record<string, Json>)[key]) : item);
  return fc.uniqueArray(hostileOf(items), { minLength, maxLength, selector: identity });
}

function mapOf(schema: Schema, values: Schema): fc.Arbitrary<Json> {
  const { minProperties = 0, maxProperties = 5 } = schema;
  const few = fc
    .uniqueArray(fc.tuple(fc.constantFrom(...MAP_KEYS), hostileOf(values)), {
      minLength: minProperties,
      maxLength: Math.min(maxProperties, 6),
      selector: ([key]) => key,
    })
    .map((entries) => objectOf(entries));
  const many = hostileOf(values).map((value) =>
    objectOf(Array.from({ length: maxProperties }, (_, index) => [`key-${index}`, value])),
  );
  return fc.oneof({ weight: 9, arbitrary: few }, { weight: 1, arbitrary: many });
}

/** As a parser makes it: `__proto__` is a key like any other. */
function objectOf(entries: readonly (readonly [string, Json])[]): Json {
  return JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`);
}

const freeForm: fc.Arbitrary<Json> = fc.oneof(
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...HOSTILE_KEYS), fc.jsonValue({ maxDepth: 3 })), {
      maxLength: 5,
      selector: ([key]) => key,
    })
    .map((entries) => objectOf(entries)),
  fc.constantFrom(50, 1000).map((depth) => nested(depth)),
  fc.constantFrom(100, 10_000).map((size) => ({ list: Array<Json>(size).fill(0) })),
  fc.constant({ text: 'x'.repeat(300_000) }),
);

/** Objects in objects, so many deep. */
export function nested(depth: number): Json {
  let value: Json = 1;
  for (let index = 0; index < depth; index++) value = index % 2 === 0 ? { a: value } : [value];
  return depth % 2 === 1 ? value : { a: value };
}

/** Valid objects with parts at the edges of what the schema allows. */
export function hostileVariants(kind: KindDefinition): fc.Arbitrary<Manifest> {
  return variants(kind, hostileOf);
}
