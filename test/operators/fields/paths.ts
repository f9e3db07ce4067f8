import { Schema } from '../../../src/api/schema/schema';

export type Json = unknown;
type Path = readonly (string | number)[];

/** A field of a schema: its path without the items of lists (`[]`) and the keys of maps (`{}`), and what it may hold. */
export interface Field {
  readonly path: string;
  readonly schema: Schema;
}

/** Every field of a schema that holds a value, with those of its parts; structs and lists of structs are told by their fields. */
export function fieldsOf(schema: Schema, path: string): Field[] {
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, property]) => fieldsOf(property, `${path}.${name}`));
  }
  if (schema.items?.properties) return fieldsOf(schema.items, `${path}[]`);
  if (schema.additionalProperties?.properties) return fieldsOf(schema.additionalProperties, `${path}{}`);
  return [{ path, schema }];
}

/** Where a field is in a value: once for each item of the lists above it. A field that is not there is where it would be. */
export function placesOf(value: Json, field: string): Path[] {
  const steps = field.match(/\[\]|\{\}|[^.[\]{}]+/g) ?? [];
  let places: { readonly path: Path; readonly value: Json }[] = [{ path: [], value }];
  for (const step of steps) {
    places = places.flatMap(({ path, value: here }) => {
      if (step === '[]')
        return Array.isArray(here) ? here.map((item, at) => ({ path: [...path, at], value: item })) : [];
      const fields = (here ?? {}) as Readonly<Record<string, Json>>;
      if (step === '{}') return Object.entries(fields).map(([key, item]) => ({ path: [...path, key], value: item }));
      return [{ path: [...path, step], value: fields[step] }];
    });
  }
  return places.map(({ path }) => path);
}

export function valueAt(value: Json, path: Path): Json {
  return path.reduce<Json>((here, key) => (here as Readonly<Record<string, Json>> | undefined)?.[key], value);
}

/** A copy with another value at a place, or none. */
export function withValue(value: Json, path: Path, replacement: Json): Json {
  const copy = structuredClone(value);
  let target = copy as Record<string | number, Json>;
  for (const key of path.slice(0, -1)) target = (target[key] ??= {}) as Record<string | number, Json>;
  const last = path[path.length - 1];
  if (replacement === undefined) Reflect.deleteProperty(target, last);
  else target[last] = replacement;
  return copy;
}

/** Other values that a field may have, from the one that it has; those that the schema refuses are for the caller to leave out. */
export function otherValues({ schema }: Field, value: Json): Json[] {
  const others = alternatives(schema, value).filter((other) => JSON.stringify(other) !== JSON.stringify(value));
  return value === undefined ? others : [...others, undefined];
}

function alternatives(schema: Schema, value: Json): Json[] {
  if (schema.enum) return [...schema.enum];
  if (schema['x-kubernetes-int-or-string']) return ['3', '3Gi', '1'];
  if (schema.type === 'boolean') return [true, false];
  if (schema.type === 'integer' || schema.type === 'number') {
    const given = typeof value === 'number' ? value : (schema.minimum ?? 1);
    return [given + 1, given - 1, given / 2, given * 3, schema.minimum ?? 0, schema.maximum ?? 50];
  }
  if (schema.items) return listsOf(schema.items, value);
  if (schema.additionalProperties) return mapsOf(schema.additionalProperties, value);
  if (schema['x-kubernetes-preserve-unknown-fields']) return [{ other: 1 }, {}];
  return textsOf(value);
}

function listsOf(items: Schema, value: Json): Json[] {
  const [first, ...rest] = Array.isArray(value) ? (value as Json[]) : [];
  const changed = alternatives(items, first).map((item) => [item, ...rest]);
  return first === undefined ? changed : [rest, ...changed];
}

function mapsOf(values: Schema, value: Json): Json[] {
  const entries = Object.entries((value ?? {}) as Readonly<Record<string, Json>>);
  const changed = entries.flatMap(([key, item]) =>
    alternatives(values, item).map((other) => ({ ...Object.fromEntries(entries), [key]: other })),
  );
  return [
    ...changed,
    Object.fromEntries(entries.slice(1)),
    ...alternatives(values, undefined).map((one) => ({ x: one })),
  ];
}

/** A text with another number or another letter in it, and texts that most fields take. */
function textsOf(value: Json): string[] {
  const common = [
    'other',
    '90s',
    '30d',
    '0 5 * * *',
    'Europe/Berlin',
    's3://other/place/',
    'https://other.example.com',
  ];
  if (typeof value !== 'string') return common;
  const bumped = value.replace(/\d+(?!.*\d)/, (digits) => String(Number(digits) + 1));
  const lettered = value.replace(/[a-y](?=[^a-z]*$)/, (letter) => String.fromCharCode(letter.charCodeAt(0) + 1));
  return [bumped, lettered, `${value}x`, ...common];
}
