import * as fs from 'node:fs';
import * as path from 'node:path';
import { KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { KINDS } from '../../../src/api/kinds';
import { KindDefinition } from '../../../src/api/schema/schema';
import { condition } from '../support/conditions';
import { objectMap } from '../support/requests';
import { fieldsOf } from './paths';
import { manifest, World } from '../model-deployment/world';
import { answersOf, hooksFor, parentOf, PLATFORM, SCENARIOS, Scenario } from './scenarios';
import { SITUATIONS, statusesIn } from './situations';

const PAGES = path.resolve(__dirname, '../../../docs/operators');

/** What operators set of a status: fields, `field=value` for choices, and `condition Type`. */
function noted(statuses: readonly SyncResponse['status'][]): Set<string> {
  const seen = new Set<string>();
  const note = (value: unknown, at: string): void => {
    if (Array.isArray(value)) return value.forEach((item) => note(item, `${at}[]`));
    if (typeof value !== 'object' || value === null) return void seen.add(at).add(`${at}=${String(value)}`);
    if (at === 'status.conditions[]') seen.add(`condition ${(value as { readonly type: string }).type}`);
    for (const [key, item] of Object.entries(value)) note(item, `${at}.${key}`);
  };
  statuses.forEach((status) => note(status, 'status'));
  return seen;
}

function statusesOf({ kind }: KindDefinition): SyncResponse['status'][] {
  return [
    ...SCENARIOS.filter((scenario) => scenario.kind === kind).flatMap((scenario) =>
      answersOf(scenario).map(({ status }) => status),
    ),
    ...SITUATIONS.filter(({ of }) => of.kind === kind).flatMap(statusesIn),
    ...(kind === 'ModelDeployment' ? [...approvals(), ...deliveries()] : []),
  ];
}

/** A platform on which a reviewer has to approve what is served. */
const REVIEWED = {
  ...PLATFORM,
  modelDeployment: { ...PLATFORM.modelDeployment!, policies: { approval: true } },
};
const DEPLOYMENT: Scenario = SCENARIOS.find(({ kind }) => kind === 'ModelDeployment')!;

/** What is said of a model on its way, and of one whose next version fails. */
function deliveries(): SyncResponse['status'][] {
  const world = new World(manifest('1.0'));
  world.deliver();
  world.hold();
  world.write(manifest('2.0'));
  world.deliver();
  world.miss();
  world.settle();
  return world.statuses;
}

function approvals(): SyncResponse['status'][] {
  return [undefined, 1].map((generation) => reviewed(generation).status);
}

function reviewed(observedGeneration: number | undefined, children: readonly KubernetesObject[] = []): SyncResponse {
  const approved = { type: 'Approved', status: 'True', reason: 'Reviewed', message: 'fair enough', observedGeneration };
  const parent = { ...parentOf(DEPLOYMENT), status: { conditions: [approved] } };
  return hooksFor(DEPLOYMENT.kind).sync(
    { parent, children: objectMap(children), related: {}, finalizing: false },
    REVIEWED,
  );
}

/** Fields, phases and other choices of a kind's status. */
function promised({ status }: KindDefinition): string[] {
  return fieldsOf(status, 'status')
    .filter(({ path: at }) => !at.startsWith('status.conditions'))
    .flatMap(({ path: at, schema }) => {
      const choices = schema.enum;
      if (choices) return choices.map((choice) => `${at}=${choice}`);
      return schema.items ? [`${at}[]`] : [at];
    });
}

/** Maps have the keys that there are. */
function isSet(seen: ReadonlySet<string>, at: string): boolean {
  return seen.has(at) || [...seen].some((one) => one.startsWith(`${at}.`));
}

/** The conditions that the page of an operator has in its table, or in a sentence. */
function documented({ name }: { readonly name: string }): string[] {
  const page = fs.readFileSync(path.join(PAGES, `${name}.md`), 'utf8');
  const table = /^\| condition .*\n\|[ -|]*\n((?:\|.*\n)+)/m.exec(page)?.[1];
  const sentence = /^Conditions: ((?:.+\n)+)/m.exec(page)?.[1];
  const rows = table?.split('\n').map((row) => row.split('|')[1] ?? '') ?? [sentence ?? ''];
  return rows.flatMap((row) => [...row.matchAll(/`([A-Z]\w+)`/g)].map(([, type]) => type));
}

test.each(KINDS.map((kind) => [kind.kind, kind] as const))(
  '%s: something sets every field, phase and condition',
  (name, kind) => {
    const seen = noted(statusesOf(kind));
    const conditions = documented(hooksFor(name).definition);
    expect(promised(kind).filter((at) => !isSet(seen, at))).toEqual([]);
    expect(conditions.filter((type) => !seen.has(`condition ${type}`))).toEqual([]);
    // and none is set that the page leaves out
    const set = [...seen].filter((one) => one.startsWith('condition ')).map((one) => one.slice('condition '.length));
    expect(set.filter((type) => !conditions.includes(type))).toEqual([]);
  },
);

test('a model that must be approved is served when it is, for the spec as it is', () => {
  const waits = reviewed(undefined);
  expect(waits.status.phase).toBe('Validating');
  expect(waits.children).toEqual([]);
  expect(waits.resyncAfterSeconds).toBe(30);
  expect(condition(waits, 'GatePassed')).toMatchObject({ status: 'False', reason: 'WaitsForApproval' });
  expect(reviewed(0).children).toEqual([]);
  const approved = reviewed(1);
  expect(approved.status.phase).toBe('Deploying');
  expect(approved.children.map(({ kind }) => kind)).toContain('Deployment');
  // without the approval of a later spec, what was served stays
  expect(reviewed(0, approved.children).children).toEqual(approved.children);
});
