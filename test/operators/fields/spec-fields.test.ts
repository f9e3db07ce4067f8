import * as fs from 'node:fs';
import * as path from 'node:path';
import { JsonObject, KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { KINDS } from '../../../src/api/kinds';
import { KindDefinition } from '../../../src/api/schema/schema';
import { condition } from '../support/conditions';
import { Field, fieldsOf, otherValues, placesOf, valueAt, withValue } from './paths';
import { answersOf, isValid, Scenario, SCENARIOS } from './scenarios';

const ROOT = path.resolve(__dirname, '../../..');

/**
 * Fields that change nothing of what an operator answers, with the file that reads them and how. A field that does change something must
 * not be here.
 */
const READ_ELSEWHERE: Readonly<Record<string, Readonly<Record<string, readonly [file: string, text: string]>>>> = {
  AIZone: {
    'spec.security.podSecurityPolicy.readOnlyRootFilesystem': [
      'src/constructs/security/admission-policies.ts',
      'params.spec.security.podSecurityPolicy.readOnlyRootFilesystem',
    ],
  },
};

/** Fields that cannot change alone, with what changes with them. */
const TOGETHER: Readonly<Record<string, Readonly<Record<string, (spec: JsonObject) => JsonObject>>>> = {
  ABTest: {
    'spec.variants[].weight': (spec) => ({
      ...spec,
      variants: changed(spec.variants, [{ weight: 70 }, { weight: 30 }]),
    }),
    'spec.variants[].control': (spec) => ({
      ...spec,
      variants: changed(spec.variants, [{ control: false }, { control: true }]),
    }),
  },
  FeatureStore: {
    'spec.features[].entity': (spec) => ({
      ...spec,
      features: (spec.features as JsonObject[]).map((feature) => ({ ...feature, entity: 'order' })),
    }),
  },
};

function changed(items: unknown, changes: readonly JsonObject[]): JsonObject[] {
  return (items as JsonObject[]).map((item, at) => ({ ...item, ...changes[at] }));
}

/** Parts of a DataPipeline that are handed to the program of its runs as they are. */
const HANDED_ON = /^spec\.(source|sink|transformations|quality|lineage)\b/;
const RUNNER = path.join(ROOT, 'programs/pipeline-runner/src');

/** What an operator answers, without what is a copy or a hash of the spec. */
function essence(answers: readonly SyncResponse[]): string {
  const seen = answers.map(({ children, status }) => [children.map(essential), status]);
  // names and annotations with a hash of the content: a field that is only hashed does nothing
  return JSON.stringify(seen).replace(/\b(?=[0-9]*[a-f])[0-9a-f]{8,}\b/g, '#');
}

function essential(child: KubernetesObject): unknown {
  if (child.kind === 'ControllerRevision') return child.metadata.annotations;
  const data = child.data as Readonly<Record<string, string>> | undefined;
  return data?.['pipeline.json'] === undefined ? child : { ...child, data: { ...data, 'pipeline.json': '' } };
}

const usual = new Map<Scenario, string>();

function usualOf(scenario: Scenario): string {
  let found = usual.get(scenario);
  if (found === undefined) {
    found = essence(answersOf(scenario));
    usual.set(scenario, found);
  }
  return found;
}

const scenariosOf = ({ kind }: KindDefinition): Scenario[] => SCENARIOS.filter((scenario) => scenario.kind === kind);

/** Specs that differ from that of a scenario in one field. */
function* variantsOf(scenario: Scenario, field: Field): Generator<JsonObject> {
  const object = { spec: scenario.spec };
  for (const place of placesOf(object, field.path)) {
    for (const value of otherValues(field, valueAt(object, place))) {
      const { spec } = withValue(object, place, value) as { readonly spec: JsonObject };
      if (isValid(scenario, spec)) yield spec;
    }
  }
}

/** Whether another value of the field changes what the operator answers. */
function hasEffect(kind: KindDefinition, field: Field): boolean {
  return scenariosOf(kind).some((scenario) => {
    for (const spec of variantsOf(scenario, field)) {
      if (essence(answersOf(scenario, spec)) !== usualOf(scenario)) return true;
    }
    return false;
  });
}

/** Whether scenarios differ in the field: one that decides which other fields there are cannot change alone. */
function tellsScenariosApart(kind: KindDefinition, { path: at }: Field): boolean {
  const values = scenariosOf(kind).map(({ spec }) =>
    JSON.stringify(placesOf({ spec }, at).map((place) => valueAt({ spec }, place))),
  );
  return new Set(values).size > 1;
}

const runner = fs
  .readdirSync(RUNNER)
  .filter((file) => file.endsWith('.py'))
  .map((file) => fs.readFileSync(path.join(RUNNER, file), 'utf8'))
  .join('\n');

/** Whether the program of a DataPipeline's runs asks for a field by its name. */
function runnerReads({ path: at }: Field): boolean {
  const name = at.slice(at.lastIndexOf('.') + 1);
  return runner.includes(`"${name}"`);
}

function isRead(kind: KindDefinition, field: Field): boolean {
  const together = TOGETHER[kind.kind]?.[field.path];
  if (together) {
    return scenariosOf(kind).some((scenario) => {
      const spec = together(scenario.spec);
      return isValid(scenario, spec) && essence(answersOf(scenario, spec)) !== usualOf(scenario);
    });
  }
  if (kind.kind === 'DataPipeline' && HANDED_ON.test(field.path) && runnerReads(field)) return true;
  return hasEffect(kind, field) || (field.schema.enum !== undefined && tellsScenariosApart(kind, field));
}

test.each(KINDS.map((kind) => [kind.kind, kind] as const))('%s: something reads every field', (name, kind) => {
  const elsewhere = READ_ELSEWHERE[name] ?? {};
  const unread = fieldsOf(kind.spec, 'spec').filter((field) => !isRead(kind, field));
  expect(unread.map(({ path: at }) => at).sort()).toEqual(Object.keys(elsewhere).sort());
  for (const [file, text] of Object.values(elsewhere)) {
    expect(fs.readFileSync(path.join(ROOT, file), 'utf8')).toContain(text);
  }
});

test('scenarios are of specs that can be done', () => {
  for (const scenario of SCENARIOS) {
    const { kind, what, spec } = scenario;
    const accepted = condition(answersOf(scenario)[2], 'Accepted');
    expect({ kind, what, valid: isValid(scenario, spec), message: accepted?.message }).toEqual({
      kind,
      what,
      valid: true,
      message: 'The spec can be done',
    });
  }
});

/** Values that are taken on other terms than those of the scenarios, with the test that has them. */
const DONE_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {};

test.each(KINDS.map((kind) => [kind.kind, kind] as const))('%s: every value of a choice can be done', (name, kind) => {
  const accepts = (scenario: Scenario, spec: JsonObject): boolean =>
    condition(answersOf(scenario, spec)[0], 'Accepted')?.status === 'True';
  const refused = fieldsOf(kind.spec, 'spec').flatMap((field) => {
    const choices = field.schema.enum ?? field.schema.items?.enum;
    if (!choices) return [];
    const done = new Set<string>();
    const note = (spec: JsonObject): void => {
      for (const place of placesOf({ spec }, field.path)) {
        for (const value of [valueAt({ spec }, place)].flat()) done.add(String(value));
      }
    };
    for (const scenario of scenariosOf(kind)) {
      note(scenario.spec);
      for (const spec of variantsOf(scenario, field)) {
        if (choices.every((choice) => done.has(choice))) break;
        if (accepts(scenario, spec)) note(spec);
      }
    }
    return choices.filter((choice) => !done.has(choice)).map((choice) => `${field.path}: ${choice}`);
  });
  expect(refused.sort()).toEqual([...(DONE_ELSEWHERE[name] ?? [])].sort());
});
