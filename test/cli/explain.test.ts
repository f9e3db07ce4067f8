import { KINDS } from '../../src/api/kinds';
import { Schema } from '../../src/api/schema/schema';
import { explainPolicies } from '../../src/cli/explain/policies';
import { Tier } from '../../src/contracts/tier';
import { gateVerdict, policiesOfTier } from '../../src/kinds/model-deployment/gate';
import { Workplace } from './support';

const place = new Workplace();
afterAll(() => place.remove());

async function explain(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await place.run('explain', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

test('without a topic, every kind and every policy', async () => {
  const text = await explain();
  for (const { kind } of KINDS) expect(text).toContain(kind);
  for (const { policy } of explainPolicies()) expect(text).toContain(policy);
});

test('every policy that the gate asks is explained, with what it is about', () => {
  const policies = explainPolicies();
  const asked = Object.values(Tier).flatMap((tier) =>
    gateVerdict({
      manifest: { spec: { metrics: {} } },
      policies: policiesOfTier(tier),
      now: '2026-01-01T00:00:00Z',
    }).policies.map(({ name }) => name),
  );
  expect(policies.map(({ policy }) => policy).sort()).toEqual([...new Set(asked)].sort());
  expect(policies.filter(({ description }) => description === '')).toEqual([]);
});

test('every bound of an environment is that of a policy', () => {
  const policies = explainPolicies();
  for (const tier of Object.values(Tier)) {
    const { least = {}, most = {}, approval: _, ...others } = policiesOfTier(tier);
    const shown = policies.flatMap(({ environments }) => Object.entries(environments[tier] ?? {}));
    for (const [name, bound] of Object.entries(others)) expect(shown).toContainEqual([name, bound]);
    for (const bound of Object.values(least)) expect(shown).toContainEqual(['at least', bound]);
    for (const bound of Object.values(most)) expect(shown).toContainEqual(['at most', bound]);
  }
});

test('a policy, with its bounds in each environment and the fix', async () => {
  for (const name of ['f1-score', 'f1_score']) {
    const text = await explain(name);
    for (const tier of Object.values(Tier)) expect(text).toMatch(new RegExp(`${tier} +at least 0\\.8`));
    expect(text).toMatch(/f1_score must be at least 0\.8, got .*: .*add it/s);
  }
});

test('a field that the gate asks about', async () => {
  const text = await explain('spec.metrics.f1_score');
  expect(text).toMatch(/^spec\.metrics\.f1_score of ModelDeployment \(mlifecycle\.io\/v1\): number, required\n/);
  expect(text).toContain('Harmonic mean');
  expect(text).toMatch(/The policy gate tells .*production/s);
  expect(await explain('metrics.f1_score')).toBe(text);
  expect(await explain('mdep.spec.metrics.f1_score')).toBe(text);
});

test.each(KINDS.map((kind) => [kind.kind, kind] as const))('every field of %s', async (_, kind) => {
  const paths = ['', 'spec', 'status', ...fieldsOf(kind.spec, 'spec'), ...fieldsOf(kind.status, 'status')];
  for (const field of paths) {
    const name = field === '' ? kind.kind : `${kind.kind}.${field}`;
    const json = JSON.parse(await explain(name, '--format', 'json')) as { field: string; description: string };
    expect(json.field).toBe(field);
    if (field !== '') expect({ field, text: json.description }).not.toEqual({ field, text: '' });
  }
  expect(await explain(kind.shortNames[0])).toMatch(new RegExp(`^${kind.kind} `));
});

function fieldsOf(schema: Schema, path: string): string[] {
  const inner = schema.items ?? schema;
  return Object.entries(inner.properties ?? {}).flatMap(([name, one]) => {
    const at = `${path}.${name}`;
    return [at, ...fieldsOf(one, at)];
  });
}

test('a mistyped field names the one that is meant', async () => {
  const { code, stderr } = await place.run('explain', 'AIModel.spec.servin.replicas');
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/write AIModel\.spec\.serving/) as string,
  });
});
