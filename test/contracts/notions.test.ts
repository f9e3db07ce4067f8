import * as fs from 'node:fs';
import * as path from 'node:path';
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { KINDS } from '../../src/api/kinds';
import { Schema } from '../../src/api/schema/schema';
import { validate } from '../../src/api/schema/validate';
import { scheduleProblem } from '../../src/contracts/cron-schedule';
import { PUBLIC_TYPES } from '../../src/contracts/generated/public-types';
import { TIME_ZONES } from '../../src/contracts/generated/time-zones';
import { zoneNames } from '../../scripts/time-zone-names';
import { LABEL_PLACES, NO_PLACES, PLACES } from './notion-places';
import { LABELS, Notion, NOTIONS } from './notions';

interface Field {
  readonly path: string;
  readonly name: string;
  readonly schema: Schema;
}

/** Every field of the specs, by its path. */
const FIELDS = KINDS.flatMap(({ kind, spec }) => fieldsOf(spec, kind, ''));

function fieldsOf(schema: Schema, at: string, name: string): Field[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, one]) => fieldsOf(one, `${at}.${key}`, key));
  const items = schema.items ? fieldsOf(schema.items, `${at}[]`, name) : [];
  const values = schema.additionalProperties ? fieldsOf(schema.additionalProperties, `${at}{}`, name) : [];
  return [{ path: at, name, schema }, ...below, ...items, ...values];
}

/** Names of the structs that come from schemas: their fields are checked there. */
const OF_KINDS = new Set(FIELDS.flatMap(({ schema }) => schema.$name ?? []));

function isOf({ type }: Notion, schema: Schema): boolean {
  if (schema.enum !== undefined) return false;
  if (type === 'number') return schema.type === 'integer' || schema.type === 'number';
  return schema.type === 'string' || schema['x-kubernetes-int-or-string'] === true;
}

/** Quantities have no bound of their own in a schema: an operator knows what it is for. */
const fieldsOfNotions = Object.entries(NOTIONS).flatMap(([what, notion]) =>
  FIELDS.filter(({ name, schema }) => notion.names.test(name) && isOf(notion, schema)).map(
    (field): [string, string, Notion, Schema] => [what, field.path, notion, field.schema],
  ),
);

const placesOfNotions = Object.entries(NOTIONS).flatMap(([what, notion]) =>
  Object.entries(PUBLIC_TYPES)
    .filter(([struct]) => !OF_KINDS.has(struct))
    .flatMap(([struct, { props = {} }]) =>
      Object.entries(props)
        .filter(([prop, type]) => notion.names.test(prop) && type.replace('?', '') === notion.type)
        .map(([prop]): [string, string, Notion] => [what, `${struct}.${prop}`, notion])
        .filter(([, place]) => !(place in NO_PLACES)),
    ),
);

test('every field and prop is one place of the tables', () => {
  const places = placesOfNotions.map(([, place]) => place);
  expect([...places].sort()).toEqual(Object.keys(PLACES).sort());
  // an exception that matches nothing is none
  for (const place of Object.keys(NO_PLACES)) {
    const [struct, prop] = place.split('.');
    expect(PUBLIC_TYPES[struct].props).toHaveProperty(prop);
  }
  const found = new Set(fieldsOfNotions.map(([what]) => what));
  expect(Object.keys(NOTIONS).filter((what) => !found.has(what))).toEqual([]);
});

test.each(fieldsOfNotions)('%s in the schema: %s', (_what, path, { good, bad }, schema) => {
  const taken = (value: string | number): boolean => validate(schema, value).findings.length === 0;
  const skipped = EXCEPTIONS[path] ?? [];
  expect(good.filter((value) => !taken(value) && !skipped.includes(value))).toEqual([]);
  expect(bad.filter((value) => taken(value) && !skipped.includes(value))).toEqual([]);
});

/** Values of a notion that a field takes, or refuses, for a reason of its own. */
const EXCEPTIONS: { readonly [path: string]: readonly (string | number)[] } = {
  // 0 is for memory not to count
  'ModelAutoscalerProps.memoryPercent': [0],
  // a model is built on what is known to the byte
  'ModelDeliveryWorkflowProps.baseImage': [
    'registry.example/team/api:1.2.3',
    'localhost:5000/api:1',
    '[2001:db8::1]:5000/api:1',
  ],
  // a node is of an image with a digest
  'KindProviderProps.nodeImage': [
    'registry.example/team/api:1.2.3',
    'localhost:5000/api:1',
    '[2001:db8::1]:5000/api:1',
  ],
};

test.each(placesOfNotions)('%s in a prop: %s', (_what, place, { good, bad }) => {
  const use = PLACES[place] as (value: string | number) => unknown;
  const skipped = EXCEPTIONS[place] ?? [];
  for (const value of good.filter((one) => !skipped.includes(one))) use(value);
  const prop = place.slice(place.indexOf('.') + 1);
  const taken = bad.filter((value) => {
    try {
      use(value);
    } catch (error) {
      expect(error).toMatchObject({
        name: 'InvalidInputError',
        prop: expect.stringMatching(new RegExp(prop, 'i')) as string,
      });
      return false;
    }
    return true;
  });
  expect(taken.filter((one) => !skipped.includes(one))).toEqual([]);
});

const labelFields = FIELDS.filter(({ name, schema }) => /labels$/i.test(name) && schema.additionalProperties);

test.each(labelFields.map(({ path, schema }): [string, Schema] => [path, schema]))('labels in %s', (_path, schema) => {
  const taken = (labels: object): boolean => validate(schema, labels).findings.length === 0;
  expect(LABELS.good.filter((labels) => !taken(labels))).toEqual([]);
  expect(LABELS.bad.filter(taken)).toEqual([]);
});

test.each(Object.entries(LABEL_PLACES))('labels in %s', (_place, use) => {
  LABELS.good.forEach((labels) => use({ ...labels } as { [key: string]: string }));
  for (const labels of LABELS.bad) {
    expect(() => use({ ...labels } as { [key: string]: string })).toThrow(/must /);
  }
});

test('a schema and a construct agree on any schedule', () => {
  const [, , , schema] = fieldsOfNotions.find(([what]) => what === 'a cron schedule')!;
  const value = fc.oneof(
    fc.integer({ min: 0, max: 62 }).map(String),
    fc.constantFrom('*', '?', 'mon', 'SUN', 'fri', 'jan', 'Dec', 'x', '007', ''),
  );
  const range = fc.oneof(
    value,
    fc.tuple(value, value).map(([low, high]) => `${low}-${high}`),
  );
  const part = fc.oneof(
    range,
    fc.tuple(range, fc.constantFrom('0', '1', '00', '15')).map((two) => two.join('/')),
  );
  const field = fc.oneof({ weight: 4, arbitrary: part }, fc.array(part, { minLength: 2, maxLength: 3 }).map(String));
  fc.assert(
    fc.property(fc.tuple(field, field, field, field, field), (fields) => {
      const schedule = fields.join(' ');
      const problem = scheduleProblem(schedule);
      const found = validate(schema, schedule).findings;
      // the schema knows the days of months of lists, not those of steps
      if (problem !== 'it never comes') expect([schedule, found.length > 0]).toEqual([schedule, problem !== undefined]);
    }),
    { numRuns: 3000 },
  );
});

test('time zones are those of Go', () => {
  const root = goRoot();
  if (root === undefined) return;
  expect(TIME_ZONES).toEqual(zoneNames(fs.readFileSync(path.join(root, 'lib/time/zoneinfo.zip'))));
});

function goRoot(): string | undefined {
  try {
    return execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
