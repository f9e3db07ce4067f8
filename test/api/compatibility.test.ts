import * as fs from 'node:fs';
import * as path from 'node:path';

import { parse } from 'yaml';

import { breakingChanges, Definition } from '../../scripts/generate-api/compatibility';
import { KINDS } from '../../src/api/kinds';
import { crdName, customResourceDefinition } from '../../src/api/schema/crd';
import { AI_MODEL } from '../../src/api/kinds/ai-model';

const RELEASED = path.resolve(__dirname, '../fixtures/released');

type Mutable = { [key: string]: Mutable } & {
  splice: (from: number, count: number) => void;
  push: (value: unknown) => void;
};

/** The definition of AIModel with a change. */
function changed(change: (version: Mutable) => void): Definition {
  const crd = structuredClone(customResourceDefinition(AI_MODEL)) as unknown as Mutable;
  change(crd.spec.versions['0' as keyof Mutable]);
  return crd as unknown as Definition;
}

/** Properties of the spec of AIModel. */
function spec(version: Mutable): Mutable {
  return version.schema.openAPIV3Schema.properties.spec.properties;
}

const BASE = customResourceDefinition(AI_MODEL) as unknown as Definition;

test.each(KINDS.map((kind) => [crdName(kind), kind] as const))('%s keeps the objects that are stored', (name, kind) => {
  const file = path.join(RELEASED, `${name}.yaml`);
  const released = parse(fs.readFileSync(file, 'utf8')) as Definition;
  expect(breakingChanges(released, customResourceDefinition(kind) as unknown as Definition)).toEqual([]);
});

test('every released kind still exists', () => {
  const present = KINDS.map((kind) => `${crdName(kind)}.yaml`);
  expect(fs.readdirSync(RELEASED).filter((name) => !present.includes(name))).toEqual([]);
});

test.each<[string, (version: Mutable) => void, string]>([
  ['a field is removed', (v) => delete spec(v).endpoints, 'v1alpha1.spec.endpoints: was removed or renamed'],
  [
    'a nested field is renamed',
    (v) => {
      const fields = spec(v).serving.properties;
      fields.size = fields.replicas;
      delete fields.replicas;
    },
    'v1alpha1.spec.serving.replicas: was removed or renamed',
  ],
  [
    'a value is taken from an enum',
    (v) => spec(v).type.enum.splice(0, 1),
    'v1alpha1.spec.type: no longer allows tensorflow',
  ],
  [
    'an enum is put on a text',
    (v) => Object.assign(spec(v).version, { enum: ['1.0'] }),
    'v1alpha1.spec.version: was free and is now one of a list',
  ],
  [
    'a maximum falls',
    (v) => Object.assign(spec(v).serving.properties.port, { maximum: 1024 }),
    'v1alpha1.spec.serving.properties.port'.replace('.properties', '') + ': maximum fell from 65535 to 1024',
  ],
  [
    'a minimum appears',
    (v) => Object.assign(spec(v).serving.properties.replicas, { minimum: 2 }),
    'v1alpha1.spec.serving.replicas: minimum rose from none to 2',
  ],
  [
    'a list becomes shorter',
    (v) => Object.assign(spec(v).endpoints, { maxItems: 4 }),
    'v1alpha1.spec.endpoints: maxItems fell from 16 to 4',
  ],
  [
    'a field becomes required',
    (v) => v.schema.openAPIV3Schema.properties.spec.required.push('metrics'),
    'v1alpha1.spec.metrics: is now required',
  ],
  [
    'a type changes',
    (v) => Object.assign(spec(v).version, { type: 'number' }),
    'v1alpha1.spec.version: type changed from "string" to "number"',
  ],
  [
    'the keys of a list change',
    (v) => Object.assign(spec(v).endpoints, { 'x-kubernetes-list-map-keys': ['path'] }),
    'v1alpha1.spec.endpoints: x-kubernetes-list-map-keys changed from ["name"] to ["path"]',
  ],
  [
    'a default changes',
    (v) => Object.assign(spec(v).serving.properties.engine, { default: 'triton' }),
    'v1alpha1.spec.serving.engine: default changed from "kserve" to "triton"',
  ],
  [
    'a rule is added to a field that exists',
    (v) => Object.assign(spec(v).storage, { 'x-kubernetes-validations': [{ rule: 'has(self.format)', message: 'm' }] }),
    'v1alpha1.spec.storage: has the new rule has(self.format)',
  ],
  ['the version is no longer served', (v) => Object.assign(v, { served: false }), 'v1alpha1: is no longer served'],
  ['the scale subresource goes', (v) => delete v.subresources.scale, 'v1alpha1: subresource scale changed'],
])('it is a breaking change when %s', (_, change, expected) => {
  expect(breakingChanges(BASE, changed(change))).toEqual([expected]);
});

test.each<[string, (version: Mutable) => void]>([
  ['an optional field is added', (v) => Object.assign(spec(v), { canary: { type: 'object', properties: {} } })],
  ['a value is added to an enum', (v) => spec(v).type.enum.push('paddle')],
  ['a bound is widened', (v) => Object.assign(spec(v).serving.properties.port, { maximum: 70000 })],
  ['a rule is removed', (v) => delete spec(v).endpoints['x-kubernetes-validations']],
  [
    'a rule about changes is added',
    (v) => Object.assign(spec(v).type, { 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'm' }] }),
  ],
  [
    'a required field comes with a default',
    (v) => {
      Object.assign(spec(v), { tier: { type: 'string', default: 'standard' } });
      v.schema.openAPIV3Schema.properties.spec.required.push('tier');
    },
  ],
])('it is no breaking change when %s', (_, change) => {
  expect(breakingChanges(BASE, changed(change))).toEqual([]);
});
