import fc from 'fast-check';

import { KnownVulnerability } from '../../../src/kinds/model-deployment/gate';
import { Tier } from '../../../src/contracts/tier';

/** A manifest that goes through the gate of an environment. */
export interface GateCase {
  readonly tier: Tier;
  /** A ModelDeployment, as JSON has it. */
  readonly manifest: { readonly [field: string]: unknown };
  readonly vulnerabilities?: readonly KnownVulnerability[];
}

type Path = readonly (string | number)[];

/** One that every environment accepts. */
export function goodManifest(now: string): { [field: string]: unknown } {
  return {
    apiVersion: 'mlifecycle.io/v1',
    kind: 'ModelDeployment',
    metadata: { name: 'fraud-detector', namespace: 'ml-inference' },
    spec: {
      model: {
        name: 'fraud-detector',
        version: '2.1.0',
        framework: 'pytorch',
        owner: 'fraud-team',
        card: 'model-card.md',
      },
      metrics: { accuracy: 0.94, f1_score: 0.9, latency_p95_ms: 180 },
      fairness: { demographic_parity: 0.02, disparate_impact: 1.1, protected_attributes: ['age_group'] },
      drift: { score: 0.05, method: 'population-stability-index', measuredAt: daysBefore(now, 3) },
      dependencies: [
        { name: 'torch', version: '2.7.0' },
        { name: 'numpy', version: '2.3.0' },
      ],
      serving: { image: `registry.example.com/fraud@sha256:${'0123456789abcdef'.repeat(4)}` },
    },
  };
}

function daysBefore(now: string, days: number): string {
  return new Date(Date.parse(now) - days * 86_400_000).toISOString();
}

const PLACES: readonly Path[] = [
  ['spec'],
  ['spec', 'model'],
  ['spec', 'model', 'name'],
  ['spec', 'model', 'version'],
  ['spec', 'model', 'owner'],
  ['spec', 'model', 'card'],
  ['spec', 'metrics'],
  ['spec', 'metrics', 'accuracy'],
  ['spec', 'metrics', 'f1_score'],
  ['spec', 'metrics', 'recall'],
  ['spec', 'metrics', 'latency_p95_ms'],
  ['spec', 'fairness'],
  ['spec', 'fairness', 'demographic_parity'],
  ['spec', 'fairness', 'equal_opportunity'],
  ['spec', 'fairness', 'disparate_impact'],
  ['spec', 'fairness', 'protected_attributes'],
  ['spec', 'drift'],
  ['spec', 'drift', 'score'],
  ['spec', 'drift', 'method'],
  ['spec', 'drift', 'measuredAt'],
  ['spec', 'dependencies'],
  ['spec', 'dependencies', 0],
  ['spec', 'dependencies', 1, 'name'],
  ['spec', 'dependencies', 1, 'version'],
  ['spec', 'serving'],
  ['spec', 'serving', 'image'],
];

/** Numbers at the bounds and next to them, and those that programs read differently. */
const ODD_NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.8,
  0.85,
  0.3,
  0.1,
  1.25,
  0.79999999999999,
  0.84999999999999,
  0.85000000000001,
  0.29999999999999,
  0.1000000000000001,
  1.2500000000000002,
  1.0000000000000002,
  5e-324,
  1e-7,
  -1e-7,
  1e21,
  1.5e300,
  -1e300,
  2147483648,
  9007199254740994,
  0.1 + 0.2,
];

const oddValue = (now: string): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...ODD_NUMBERS) },
    { weight: 2, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
    {
      weight: 4,
      arbitrary: fc.constantFrom<unknown>(
        ...[
          '0.9',
          'NaN',
          'Infinity',
          '-1',
          '',
          ' ',
          '1e3',
          '0x1',
          'true',
          'numpy',
          '2.1.0',
          '>=2',
          'm:1.0',
          'm@sha256:abc',
        ],
        ...[null, true, false, [], {}, [0.9], { value: 0.9 }, ['age_group', 1], [{ name: 'leftpad', version: '1.0' }]],
        ...[{ demographic_parity: 0.05 }, { score: 0.1 }, { accuracy: 1, f1_score: 1 }, 'ältere \u{1f600} "x"\n\\'],
        ...[daysBefore(now, 29), daysBefore(now, 31), daysBefore(now, 89), daysBefore(now, 91), daysBefore(now, -1)],
        ...['jensen-shannon', '2026-02-30T00:00:00Z', '2026-01-01', 'Torch', 'scikit_learn', 'x'.repeat(100)],
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  );

/** The manifest with another value at a place, or with none. */
function changed(value: unknown, [step, ...rest]: Path, change: { readonly value?: unknown }): unknown {
  if (step === undefined) return change.value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item, at) => (at === step ? changed(item, rest, change) : item));
  }
  const fields: { readonly [field: string]: unknown } = { ...value };
  if (rest.length === 0 && !('value' in change)) {
    return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== step));
  }
  return { ...fields, [step]: changed(fields[step], rest, change) };
}

const vulnerability = fc.record(
  {
    id: fc.constantFrom('CVE-2026-0001', 'GHSA-aaaa-bbbb-cccc'),
    name: fc.constantFrom('numpy', 'Torch', 'openssl', 'zlib'),
    version: fc.constantFrom('1.0', '2.7.0'),
    severity: fc.constantFrom('critical', 'High', 'medium', 'low', 'negligible', 'unknown', 'awful'),
    fixedIn: fc.constantFrom('2.7.1', '1.1'),
  },
  { requiredKeys: ['id', 'name', 'version', 'severity'] },
);

/** Cases for the gate: good ones, and those with one to three changes. */
export function gateCases(now: string, count: number, seed: number): GateCase[] {
  const change = fc.record({
    place: fc.constantFrom(...PLACES),
    to: fc.option(
      oddValue(now).map((value) => ({ value })),
      { nil: {}, freq: 4 },
    ),
  });
  const one = fc.record(
    {
      tier: fc.constantFrom(...Object.values(Tier)),
      changes: fc.array(change, { maxLength: 3, size: 'max' }),
      vulnerabilities: fc.array(vulnerability, { maxLength: 3 }),
      isScanned: fc.constantFrom(true, false, false),
    },
    { noNullPrototype: true },
  );
  return fc.sample(one, { numRuns: count, seed }).map(({ tier, changes, vulnerabilities, isScanned }, at) => {
    const good: unknown = { ...goodManifest(now), metadata: { name: `m-${at}`, namespace: 'ml-inference' } };
    const manifest = changes.reduce((given, { place, to }) => changed(given, place, to), good);
    return {
      tier,
      // -0 and what JSON has not are gone, as they are after the API server
      manifest: JSON.parse(JSON.stringify(manifest)) as GateCase['manifest'],
      ...(isScanned ? { vulnerabilities } : {}),
    };
  });
}
