import { KINDS } from '../../src/api/kinds';
import { editorSchema } from '../../scripts/generate-api/editor-schema';
import { KindDefinition, Schema } from '../../src/api/schema/schema';

const CASES = KINDS.map((kind) => [kind.kind, kind] as const);

/** Every schema of a kind with its place. */
function everySchema(kind: KindDefinition): { at: string; schema: Schema }[] {
  const walk = (schema: Schema, at: string): { at: string; schema: Schema }[] => [
    { at, schema },
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => walk(property, `${at}.${name}`)),
    ...(schema.items ? walk(schema.items, `${at}[]`) : []),
    ...(schema.additionalProperties ? walk(schema.additionalProperties, `${at}.*`) : []),
  ];
  return [...walk(kind.spec, 'spec'), ...walk(kind.status, 'status')];
}

test.each(CASES)('%s: every field says what it is, in a sentence', (_, kind) => {
  const bad = everySchema(kind).filter(({ schema }) => !/^[A-Za-z].*\.$/s.test(schema.description ?? ''));
  expect(bad.map(({ at }) => at)).toEqual([]);
});

test.each(CASES)('%s: every text, list and map has a bound', (_, kind) => {
  const unbound = everySchema(kind).filter(({ schema }) => {
    if (schema.type === 'string') return !schema.enum && !schema.format && schema.maxLength === undefined;
    if (schema.type === 'array') return schema.maxItems === undefined || schema['x-kubernetes-list-type'] === undefined;
    return schema.additionalProperties !== undefined && schema.maxProperties === undefined;
  });
  expect(unbound.map(({ at }) => at)).toEqual([]);
});

test.each(CASES)('%s: every rule says what to do', (_, kind) => {
  const rules = [
    ...(kind.rules ?? []),
    ...everySchema(kind).flatMap(({ schema }) => schema['x-kubernetes-validations'] ?? []),
  ];
  for (const { message } of rules) {
    expect(message).toMatch(/^(must|cannot|at least|memory requests must|the name must|targetNamespace cannot) ?/);
    expect(message).not.toMatch(/\.$/);
    expect(message.length).toBeLessThan(200);
  }
});

test.each(CASES)('%s: lists of objects with a name are merged by it', (_, kind) => {
  for (const { at, schema } of everySchema(kind)) {
    if (schema.items?.required?.includes('name'))
      expect({ at, keys: schema['x-kubernetes-list-map-keys'] }).toEqual({ at, keys: ['name'] });
  }
});

test('unknown fields are kept in two places only', () => {
  const free = KINDS.flatMap((kind) =>
    everySchema(kind)
      .filter(({ schema }) => schema['x-kubernetes-preserve-unknown-fields'])
      .map(({ at }) => `${kind.kind} ${at}`),
  );
  expect(free).toEqual(['MLWorkflow spec.stages[].config.hyperparameters']);
});

test.each(CASES)('%s: conditions and generation follow the conventions', (_, kind) => {
  const { conditions, observedGeneration } = kind.status.properties ?? {};
  expect(observedGeneration.type).toBe('integer');
  expect(conditions['x-kubernetes-list-map-keys']).toEqual(['type']);
  expect(Object.keys(conditions.items?.properties ?? {}).sort()).toEqual([
    'lastTransitionTime',
    'message',
    'observedGeneration',
    'reason',
    'status',
    'type',
  ]);
});

test('the schema for editors is closed and has the patterns', () => {
  const [model] = KINDS;
  const schema = editorSchema(model) as {
    properties: { spec: { properties: Record<string, unknown>; additionalProperties: unknown } };
  };
  expect(schema.properties.spec.additionalProperties).toBe(false);
  expect(schema.properties.spec.properties.version).toEqual({
    type: 'string',
    description: 'Version of the model. A change rolls out the new one and keeps the old one as a revision.',
    minLength: 1,
    maxLength: 63,
    pattern: '^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$',
    patternErrorMessage:
      'must be a version that fits in a label: use letters, digits, dots, underscores and hyphens, such as "2.0" or "v3-rc1"',
  });
  expect(JSON.stringify(schema)).not.toMatch(/"(\$name|\$about|x-kubernetes)/);
});
