import fc from 'fast-check';

import { KindDefinition, Schema } from '../../../src/api/schema/schema';
import { Manifest } from './samples';
import { validObject } from './corpus';

type Json = unknown;
type Path = (string | number)[];

/** Values that a schema allows, rules between fields aside. */
export function arbitraryOf(schema: Schema): fc.Arbitrary<Json> {
  let arbitrary = known.get(schema);
  if (!arbitrary) {
    arbitrary = make(schema);
    known.set(schema, arbitrary);
  }
  return arbitrary;
}

/** Making one takes long, above all for patterns. */
const known = new Map<Schema, fc.Arbitrary<Json>>();

function make(schema: Schema): fc.Arbitrary<Json> {
  if (schema['x-kubernetes-int-or-string']) return quantity;
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.items) return listOf(schema, schema.items);
  if (schema.additionalProperties) {
    const key = fc.constantFrom('cpu', 'memory', 'nvidia.com/gpu', 'A_B', 'default', 'training', 'x');
    const { minProperties: minKeys = 0, maxProperties = 5 } = schema;
    return fc.dictionary(key, arbitraryOf(schema.additionalProperties), {
      minKeys,
      maxKeys: Math.min(maxProperties, 4),
    });
  }
  if (schema['x-kubernetes-preserve-unknown-fields'])
    return fc
      .dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.jsonValue({ maxDepth: 2, noUnicodeString: false }), {
        maxKeys: 4,
      })
      .map(withoutNull);
  if (schema.properties) {
    const properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, arbitraryOf(property)]),
    );
    return fc.record(properties, { requiredKeys: [...(schema.required ?? [])], noNullPrototype: true });
  }
  return scalar(schema);
}

const quantity: fc.Arbitrary<Json> = fc.oneof(
  fc.nat(64),
  fc
    .tuple(fc.nat(999), fc.constantFrom('', 'm', 'k', 'M', 'Gi', 'Ti', '.5', '.25Gi', 'e3', 'E2'))
    .map(([n, suffix]) => `${n}${suffix}`),
);

function scalar(schema: Schema): fc.Arbitrary<Json> {
  const { minimum, maximum } = schema;
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer')
    return fc.integer({ min: minimum ?? -1000, max: Math.min(maximum ?? 100000, (minimum ?? 0) + 200) });
  if (schema.type === 'number') {
    return fc.double({ min: minimum ?? -1e6, max: maximum ?? 1e6, noNaN: true, minExcluded: schema.exclusiveMinimum });
  }
  if (schema.format === 'date-time') {
    return fc
      .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  const { minLength = 0, maxLength = 64 } = schema;
  const text = schema.$pattern
    ? fc.stringMatching(new RegExp(schema.$pattern))
    : fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 12), unit: 'grapheme' });
  return text.filter((value) => [...value].length >= minLength && [...value].length <= maxLength);
}

function listOf(schema: Schema, items: Schema): fc.Arbitrary<Json> {
  const minLength = schema.minItems ?? 0;
  const maxLength = Math.min(schema.maxItems ?? 3, minLength + 3);
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!keys && schema['x-kubernetes-list-type'] !== 'set')
    return fc.array(arbitraryOf(items), { minLength, maxLength });
  const identity = (item: Json): string =>
    JSON.stringify(keys ? keys.map((key) => (item as Record<string, Json>)[key]) : item);
  return fc.uniqueArray(arbitraryOf(items), { minLength, maxLength, selector: identity });
}

/** Nulls in free-form data are dropped by server-side apply and kept by create; they are no part of the promise. */
function withoutNull(value: Json): Json {
  return JSON.parse(
    JSON.stringify(value, (_, field: Json) => (field === null ? undefined : field)).replace(/\b__proto__\b/g, 'proto'),
  ) as Json;
}

/**
 * Valid objects with parts replaced by others that the schema allows.
 *
 * @param valuesOf the values that are put in
 */
export function variants(
  kind: KindDefinition,
  valuesOf: (schema: Schema) => fc.Arbitrary<Json> = arbitraryOf,
): fc.Arbitrary<Manifest> {
  const base = validObject(kind);
  const places = placesOf(kind.spec, base.spec, ['spec']);
  const replacement = fc
    .constantFrom(...places)
    .chain(({ path, schema }) => fc.record({ path: fc.constant(path), value: valuesOf(schema) }));
  return fc.array(replacement, { minLength: 1, maxLength: 4 }).map((changes) => {
    const object = structuredClone(base);
    for (const { path, value } of changes) set(object, path, structuredClone(value));
    return JSON.parse(JSON.stringify(object)) as Manifest;
  });
}

/** Valid objects with damage: a value of another type, a field less, a field with another name. */
export function mutations(kind: KindDefinition): fc.Arbitrary<Manifest> {
  const base = validObject(kind);
  const places = placesOf(kind.spec, base.spec, ['spec']).filter(({ path }) => path.length > 1);
  const junk = fc.oneof(
    fc.integer({ min: -5, max: 200 }),
    fc.double({ min: -2, max: 200, noNaN: true }),
    fc.string({ maxLength: 80 }),
    fc.boolean(),
    fc.constant([]),
    fc.constant({}),
    fc.constant(['a', 'a']),
    fc.constant({ x: 1 }),
  );
  const damage = fc.record({
    path: fc.constantFrom(...places.map(({ path }) => path)),
    how: fc.constantFrom('replace', 'remove', 'rename'),
    value: junk,
  });
  // the API server does not look at the type of a list where the schema has a format (kube-openapi, pkg/validation/validate/type.go)
  const times = new Set(
    places.filter(({ schema }) => schema.format !== undefined && schema.type === 'string').map(({ path }) => path),
  );
  return fc.array(damage, { minLength: 1, maxLength: 2 }).map((all) => {
    const object = structuredClone(base);
    for (const { path, how, value } of all) {
      if (how === 'replace') set(object, path, Array.isArray(value) && times.has(path) ? true : structuredClone(value));
      else {
        const old = get(object, path);
        set(object, path, undefined);
        if (how === 'rename') set(object, [...path.slice(0, -1), `${String(path[path.length - 1])}x`], old ?? 1);
      }
    }
    return JSON.parse(JSON.stringify(object)) as Manifest;
  });
}

interface Place {
  readonly path: Path;
  readonly schema: Schema;
}

function placesOf(schema: Schema, value: Json, path: Path): Place[] {
  const here: Place[] = path.length > 1 ? [{ path, schema }] : [];
  if (schema.items && Array.isArray(value)) {
    const { items } = schema;
    return [...here, ...value.flatMap((item, index) => placesOf(items, item, [...path, index]))];
  }
  return [
    ...here,
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      placesOf(property, (value as Record<string, Json> | undefined)?.[name], [...path, name]),
    ),
  ];
}

function get(object: Json, path: Path): Json {
  return path.reduce<Json>((value, key) => (value as Record<string, Json> | undefined)?.[key], object);
}

function set(object: Json, path: Path, value: Json): void {
  let target = object as Record<string, Json>;
  for (const [index, key] of path.slice(0, -1).entries()) {
    if (typeof target[key] !== 'object' || target[key] === null)
      target[key] = typeof path[index + 1] === 'number' ? [] : {};
    target = target[key] as Record<string, Json>;
  }
  const last = path[path.length - 1];
  if (value !== undefined) target[last] = value;
  else if (Array.isArray(target)) target.splice(Number(last), 1);
  else delete target[last];
}
