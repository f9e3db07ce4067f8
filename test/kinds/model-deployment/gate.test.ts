import * as fs from 'node:fs';
import * as path from 'node:path';
import fc from 'fast-check';

import { DriftMethod } from '../../../src/api/generated/shared';
import { Tier } from '../../../src/contracts/tier';
import { GateRequest, gateVerdict, mergedPolicies, policiesOfTier } from '../../../src/kinds/model-deployment/gate';
import { ModelPolicies } from '../../../src/kinds/model-deployment/settings';

const NOW = '2026-11-29T12:00:00Z';
const DOCUMENT = policiesOfTier(Tier.DEVELOPMENT);

/** The sample of the zero-touch document, as it is printed. */
const SAMPLE = {
  apiVersion: 'mlifecycle.io/v1',
  kind: 'ModelDeployment',
  spec: {
    model: { name: 'fraud-detector', version: '2.1.0', framework: 'pytorch' },
    metrics: { accuracy: 0.94, f1_score: 0.9 },
    fairness: { demographic_parity: 0.02 },
    drift: { score: 0.05 },
  },
};

/** The sample with parts of its spec in place of others. */
const withSpec = (spec: object): object => ({ ...SAMPLE, spec: { ...SAMPLE.spec, ...spec } });

const messages = (manifest: unknown, policies: ModelPolicies = {}, more: Partial<GateRequest> = {}): string[] =>
  gateVerdict({ manifest, policies: mergedPolicies(DOCUMENT, policies), now: NOW, ...more }).findings.map(
    ({ message }) => message,
  );

test.each([Tier.LOCAL, Tier.DEVELOPMENT])('the sample of the document passes in %s', (tier) => {
  const verdict = gateVerdict({ manifest: SAMPLE, policies: policiesOfTier(tier), now: NOW });
  expect(verdict).toMatchObject({ allowed: true, findings: [] });
  expect(verdict.policies.map(({ name }) => name)).toEqual([
    ...['bounds', 'manifest', 'accuracy', 'f1-score', 'fairness', 'drift', 'dependencies', 'vulnerabilities'],
    ...['image', 'owner', 'card'],
  ]);
});

test('production asks for more, and says for what', () => {
  const { allowed, findings } = gateVerdict({
    manifest: withSpec({ serving: { image: 'registry.example/m:1.0' } }),
    policies: policiesOfTier(Tier.PRODUCTION),
    now: NOW,
  });
  expect(allowed).toBe(false);
  expect(findings.map(({ field }) => field.join('.'))).toEqual([
    ...['spec.drift.measuredAt', 'spec.dependencies', 'spec.serving.image', 'spec.model.card', 'spec.model.owner'],
  ]);
});

test.each<[string, object, string]>([
  [
    'too few right answers',
    { metrics: { accuracy: 0.84, f1_score: 0.9 } },
    'spec.metrics.accuracy must be at least 0.85, got 0.84: train the model further, or have the platform',
  ],
  [
    'no F1 score',
    { metrics: { accuracy: 0.9 } },
    'spec.metrics.f1_score must be at least 0.8, got nothing: measure it',
  ],
  ['no metrics', { metrics: undefined }, 'spec.metrics.accuracy must be at least 0.85, got nothing'],
  ['a text', { metrics: { accuracy: '0.94', f1_score: 0.9 } }, 'got "0.94": it must be a number between 0 and 1'],
  ['NaN', { metrics: { accuracy: NaN, f1_score: 0.9 } }, 'got "NaN": it must be a number between 0 and 1'],
  ['Infinity', { metrics: { accuracy: Infinity, f1_score: 0.9 } }, 'got "Infinity": it must be a number'],
  ['more than all', { metrics: { accuracy: 94, f1_score: 0.9 } }, 'got 94: it must be a number between 0 and 1'],
  [
    'an integer of no end',
    { metrics: { accuracy: 10n ** 30n, f1_score: 0.9 } },
    'got "1000000000000000000000000000000"',
  ],
  [
    'a negative drift',
    { drift: { score: -0.1 } },
    'spec.drift.score must be a number from 0 on and below 0.3, got -0.1',
  ],
  ['drift of the bound itself', { drift: { score: 0.3 } }, 'and below 0.3, got 0.3: train the model on newer data'],
  ['no drift', { drift: undefined }, 'spec.drift.score must be a number from 0 on and below 0.3, got nothing'],
  ['no fairness', { fairness: undefined }, 'spec.fairness must have a figure, got nothing'],
  [
    'columns alone',
    { fairness: { protected_attributes: ['age'] } },
    'spec.fairness must have a figure, got {"protected_attributes":[...]}',
  ],
  ['unequal groups', { fairness: { equalized_odds: 0.2 } }, 'equalized_odds must be between 0 and 0.1, got 0.2'],
  ['a ratio of a half', { fairness: { disparate_impact: 0.5 } }, 'must be between 0.8 and 1.25, got 0.5'],
  ['a version as a number', { model: { name: 'm', version: 2 } }, 'spec.model.version must be a text, got 2'],
])('%s is refused', (_, spec, message) => {
  expect(messages(withSpec(spec)).join('\n')).toContain(message);
});

test.each<[string, object, ModelPolicies, string]>([
  ['a figure that is missing', {}, { least: { recall: 0.5 } }, 'recall must be at least 0.5, got nothing'],
  ['a figure that is too great', {}, { most: { demographic_parity: 0.01 } }, 'must be at most 0.01, got 0.02'],
  [
    'groups that were not compared',
    { fairness: { demographic_parity: 0, protected_attributes: ['age'] } },
    { protectedAttributes: ['age', 'gender'] },
    'spec.fairness.protected_attributes must name gender',
  ],
  ['drift of another measure', {}, { driftMethod: DriftMethod.KOLMOGOROV_SMIRNOV }, 'must be kolmogorov-smirnov'],
  [
    'an old measurement',
    { drift: { score: 0, measuredAt: '2026-10-30T11:59:59Z' } },
    { driftMaxAgeDays: 30 },
    'and at most 30 days ago, got "2026-10-30T11:59:59Z"',
  ],
  [
    'no list of libraries',
    {},
    { dependencies: ['xgboost'] },
    'spec.dependencies must be a list of at most 512 libraries',
  ],
  [
    'another version of a library',
    { dependencies: [{ name: 'xgboost', version: '2.1.5' }] },
    { dependencies: ['xgboost==2.1.4', 'xgboos'] },
    'spec.dependencies[0] must be on the platform\'s list, got "xgboost==2.1.5"',
  ],
])('a platform can refuse %s', (_, spec, policies, message) => {
  expect(messages(withSpec(spec), policies)[0]).toContain(message);
});

test('a bound of 0 switches a policy off, and a library without a version allows all', () => {
  const manifest = withSpec({
    metrics: { accuracy: 0.1, f1_score: 0.1 },
    dependencies: [{ name: 'xgboost', version: '9' }],
  });
  expect(messages(manifest, { least: { accuracy: 0, f1_score: 0 }, dependencies: ['xgboost'] })).toEqual([]);
});

test('a figure with two bounds is one policy', () => {
  const policies = mergedPolicies(DOCUMENT, { least: { latency_p95_ms: 1 }, most: { latency_p95_ms: 2 } });
  const names = gateVerdict({ manifest: SAMPLE, policies, now: NOW }).policies.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('what a scanner found is judged, by its severity and by whether the manifest lists it', () => {
  const manifest = withSpec({ dependencies: [{ name: 'torch', version: '2.7.0' }] });
  const found = { id: 'CVE-2026-1', name: 'torch', version: '2.7.0', severity: 'high', fixedIn: '2.7.1' };
  expect(messages(manifest, {}, { vulnerabilities: [] })).toEqual([]);
  expect(messages(manifest, {}, { vulnerabilities: [{ ...found, name: 'zlib' }] })).toEqual([]);
  expect(messages(manifest, {}, { vulnerabilities: [found] })).toEqual([
    'spec.dependencies[0] must have nothing that is known to be vulnerable from "high" on, got torch 2.7.0 with CVE-2026-1 (high): use version 2.7.1 or later',
  ]);
});

/** Whatever is in place of a manifest or a part of one. */
const ANYTHING: readonly unknown[] = [
  ...[undefined, null, 0, NaN, '', 'manifest', true, [], {}, [SAMPLE], new Date(0), Symbol('a'), () => SAMPLE],
  ...[{ spec: null }, { spec: [] }, { spec: 'a' }, { ...SAMPLE, kind: 'AIModel' }, { ...SAMPLE, apiVersion: 'v1' }],
];

test('what is no manifest is refused, with a reason', () => {
  for (const manifest of ANYTHING) {
    const { allowed, findings } = gateVerdict({ manifest, policies: DOCUMENT, now: NOW });
    expect([manifest, allowed]).toEqual([manifest, false]);
    expect(findings.length).toBeGreaterThan(0);
  }
});

test('bounds that are incomplete or mistyped let nothing pass', () => {
  const bounds: readonly object[] = [{}, { ...DOCUMENT, drift: undefined }, { ...DOCUMENT, least: { accuracy: 0.85 } }];
  for (const policies of [...bounds, { ...DOCUMENT, drif: 1 }, { ...DOCUMENT, fairness: NaN }]) {
    const { allowed, findings } = gateVerdict({ manifest: SAMPLE, policies, now: NOW });
    expect([policies, allowed]).toEqual([policies, false]);
    expect(findings[0]).toMatchObject({ policy: 'bounds', message: expect.stringContaining('bounds.') as unknown });
  }
  expect(gateVerdict({ manifest: SAMPLE, policies: DOCUMENT, now: 'now' }).allowed).toBe(false);
});

test('what would break the engine is refused, and what comes after is judged as before', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const deep = (depth: number): unknown => {
    let value: unknown = 0.94;
    for (let at = 0; at < depth; at++) value = at % 2 === 0 ? [value] : { value };
    return value;
  };
  const hostile = [
    withSpec({ metrics: circle }),
    withSpec({ metrics: { accuracy: deep(70), f1_score: 0.9 } }),
    withSpec({ metrics: { accuracy: deep(100_000), f1_score: 0.9 } }),
    withSpec({ model: { name: 'x'.repeat(3_000_000), version: '1' } }),
    withSpec({ dependencies: Array.from({ length: 30_000 }, () => ({ name: 'a', version: '>1' })) }),
    withSpec({
      metrics: {
        get accuracy(): number {
          throw new Error('no');
        },
      },
    }),
  ];
  for (const manifest of hostile) {
    expect(gateVerdict({ manifest, policies: DOCUMENT, now: NOW }).allowed).toBe(false);
    expect(gateVerdict({ manifest: SAMPLE, policies: DOCUMENT, now: NOW }).allowed).toBe(true);
  }
});

test('whatever is in place of the evidence, a verdict says why it is refused, in messages that a status can have', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('metrics', 'fairness', 'drift', 'dependencies', 'model'),
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true }),
      (part, value) => {
        const verdict = gateVerdict({ manifest: withSpec({ [part]: value }), policies: DOCUMENT, now: NOW });
        expect(verdict.allowed).toBe(verdict.findings.length === 0);
        expect(verdict.policies.every(({ passed }) => passed)).toBe(verdict.allowed);
        for (const { message = '' } of verdict.policies) expect(message.length).toBeLessThanOrEqual(1024);
        if (part !== 'dependencies') expect(verdict.allowed).toBe(false);
      },
    ),
  );
});

test('a mistyped or missing field never passes what the field as it should be does not', () => {
  const number = fc.double({ noNaN: true });
  fc.assert(
    fc.property(number, number, number, (accuracy, f1, score) => {
      const manifest = withSpec({ metrics: { accuracy, f1_score: f1 }, drift: { score } });
      const expected = accuracy >= 0.85 && accuracy <= 1 && f1 >= 0.8 && f1 <= 1 && score >= 0 && score < 0.3;
      expect(gateVerdict({ manifest, policies: DOCUMENT, now: NOW }).allowed).toBe(expected);
    }),
    {
      examples: [
        [0.85, 0.8, 0.29999999999999993],
        [0.8499999999999999, 1, 0],
        [1, 0.7999999999999999, 0],
        [1, 1, 0.3],
      ],
    },
  );
});

test('the bounds of the package are those of the folder policies', () => {
  const folder = path.resolve(__dirname, '../../../policies/bounds');
  expect(fs.readdirSync(folder).sort()).toEqual(
    Object.values(Tier)
      .map((tier) => `${tier}.json`)
      .sort(),
  );
  for (const tier of Object.values(Tier)) {
    // `npm run policies` writes them
    expect(policiesOfTier(tier)).toEqual(JSON.parse(fs.readFileSync(path.join(folder, `${tier}.json`), 'utf8')));
  }
});

test('bounds are merged figure by figure, lists as a whole', () => {
  const merged = mergedPolicies(policiesOfTier(Tier.PRODUCTION), {
    least: { recall: 0.5, accuracy: 0.9 },
    most: { latency_p95_ms: 100 },
    dependencies: ['numpy'],
    owner: undefined,
    approval: true,
  });
  expect(merged).toMatchObject({
    least: { accuracy: 0.9, f1_score: 0.8, recall: 0.5 },
    most: { latency_p95_ms: 100 },
    dependencies: ['numpy'],
    owner: true,
    drift: 0.3,
    approval: true,
  });
  expect(mergedPolicies(DOCUMENT)).toEqual(DOCUMENT);
});
