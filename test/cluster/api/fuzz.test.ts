import fc from 'fast-check';

import { KINDS } from '../../../src/api/kinds';
import { findingsOf } from '../../../src/api/schema/object-findings';
import { objectSchema } from '../../../src/api/schema/crd';
import { KindDefinition } from '../../../src/api/schema/schema';
import { withDefaults } from '../../../src/api/schema/validate';
import { arbitraryOf, mutations, variants } from '../../api/support/arbitrary';
import { validObject } from '../../api/support/corpus';
import { describeCluster } from '../connect';
import { create, installKinds } from './support/server';

const SEED = Number(process.env.FUZZ_SEED ?? 20240115);
const RUNS = Number(process.env.FUZZ_RUNS ?? 60);

const KIND_CASES = KINDS.map((kind) => [kind.kind, kind] as const);

describeCluster('random objects', (cluster) => {
  beforeAll(() => installKinds(cluster));

  /** Objects on which the validation at synthesis and the API server disagree, or that do not come back as they were. */
  async function disagreements(kind: KindDefinition, objects: readonly object[]): Promise<string[]> {
    const schema = objectSchema(kind);
    const found: string[] = [];
    let accepted = 0;
    for (const object of objects) {
      const findings = findingsOf(kind, object);
      const { code, message, object: stored } = await create(cluster, object);
      if (code < 400) accepted++;
      const { spec } = withDefaults(schema, object) as { readonly spec: unknown };
      if ((findings.length === 0) !== code < 400) {
        found.push(`${JSON.stringify(object)}\n  here: ${JSON.stringify(findings)}\n  server: ${code} ${message}`);
      } else if (code < 400 && !isSame(stored.spec, spec)) {
        found.push(`came back as ${JSON.stringify(stored.spec)}\n  not as ${JSON.stringify(spec)}`);
      }
    }
    if (process.env.FUZZ_STATS) process.stderr.write(`${kind.kind}: ${objects.length} objects, ${accepted} accepted\n`);
    return found;
  }

  test.each(KIND_CASES)(
    '%s: what the schema and rules call valid is accepted and comes back whole',
    async (_, kind) => {
      const candidates = fc.sample(variants(kind), { numRuns: RUNS * 6, seed: SEED });
      const valid = candidates.filter((object) => findingsOf(kind, object).length === 0).slice(0, RUNS);
      expect(valid.length).toBeGreaterThan(RUNS / 3);
      expect(await disagreements(kind, valid)).toEqual([]);
    },
  );

  test.each(KIND_CASES)('%s: objects from the schema alone get the same verdict here and there', async (_, kind) => {
    const specs = fc.sample(arbitraryOf(kind.spec), { numRuns: RUNS, seed: SEED });
    const objects = specs.map((spec) => ({ ...validObject(kind), spec: JSON.parse(JSON.stringify(spec)) as unknown }));
    expect(await disagreements(kind, objects)).toEqual([]);
  });

  test.each(KIND_CASES)('%s: damage is refused or does no harm', async (_, kind) => {
    expect(await disagreements(kind, fc.sample(mutations(kind), { numRuns: RUNS, seed: SEED }))).toEqual([]);
  });
});

/** Equal as JSON, whatever the order of the fields. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  );
}
