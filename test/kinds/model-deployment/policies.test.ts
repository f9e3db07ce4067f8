import { App } from 'cdk8s';
import { DriftMethod } from '../../../src/api/generated/shared';
import { checkPolicies, ModelEvidence, policyResults } from '../../../src/kinds/model-deployment/policies';
import { ModelPolicies } from '../../../src/kinds/model-deployment/settings';

const NOW = '2026-01-31T00:00:00Z';
/** The sample of the zero-touch document. */
const SAMPLE: ModelEvidence = {
  metrics: { accuracy: 0.94, f1_score: 0.9 },
  fairness: { demographic_parity: 0.02 },
  drift: { score: 0.05 },
};
const broken = (evidence: Partial<ModelEvidence>, policies: ModelPolicies = {}): string[] =>
  policyResults({ ...SAMPLE, ...evidence }, policies, NOW).flatMap(({ message }) => message ?? []);

test('the sample of the document keeps its policies', () => {
  expect(policyResults(SAMPLE, {}, NOW)).toEqual(
    ['accuracy', 'f1-score', 'fairness', 'drift'].map((name) => ({ name, passed: true })),
  );
});

test.each<[string, Partial<ModelEvidence>, string]>([
  ['accuracy', { metrics: { accuracy: 0.849, f1_score: 0.9 } }, 'accuracy must be at least 0.85, got 0.849'],
  ['F1', { metrics: { accuracy: 0.9, f1_score: 0.79 } }, 'f1_score must be at least 0.8, got 0.79'],
  ['no fairness', { fairness: undefined }, 'spec.fairness must be there'],
  ['no drift', { drift: undefined }, 'spec.drift must be there'],
  ['drift of the bound itself', { drift: { score: 0.3 } }, 'spec.drift.score must be below 0.3, got 0.3'],
])('the document refuses %s', (_, evidence, message) => {
  expect(broken(evidence)).toEqual([expect.stringContaining(message)]);
});

test.each<[string, Partial<ModelEvidence>, ModelPolicies, string]>([
  ['a figure that is missing', {}, { least: { recall: 0.5 } }, 'recall must be at least 0.5, got none'],
  ['a figure that is too great', {}, { most: { demographic_parity: 0.01 } }, 'demographic_parity must be at most 0.01'],
  [
    'a name of every object',
    {},
    { least: { constructor: 1, toString: 1 } as object as ModelPolicies['least'] },
    'got none',
  ],
  [
    'groups that were not compared',
    { fairness: { demographic_parity: 0, protected_attributes: ['age'] } },
    { protectedAttributes: ['age', 'gender'] },
    'must name gender',
  ],
  [
    'drift of another measure',
    {},
    { driftMethod: DriftMethod.KOLMOGOROV_SMIRNOV },
    'spec.drift.method must be kolmogorov-smirnov',
  ],
  [
    'an old measurement',
    { drift: { score: 0, measuredAt: '2025-12-31T00:00:00Z' } },
    { driftMaxAgeDays: 30 },
    'must be at most 30 days ago',
  ],
  ['a measurement without a time', {}, { driftMaxAgeDays: 30 }, 'got none'],
  ['no list of libraries', {}, { dependencies: ['xgboost'] }, 'spec.dependencies must be there'],
  [
    'another version of a library',
    { dependencies: [{ name: 'xgboost', version: '2.1.5' }] },
    { dependencies: ['xgboost==2.1.4', 'xgboos'] },
    'which lacks xgboost==2.1.5',
  ],
])('a platform can refuse %s', (_, evidence, policies, message) => {
  expect(broken(evidence, policies)[0]).toContain(message);
});

test('a bound of 0 switches a policy off, and a library without a version allows all', () => {
  const evidence = { metrics: { accuracy: 0.1, f1_score: 0.1 }, dependencies: [{ name: 'xgboost', version: '9' }] };
  expect(broken(evidence, { least: { accuracy: 0, f1_score: 0 }, dependencies: ['xgboost'] })).toEqual([]);
});

test.each<[string, ModelPolicies, string]>([
  [
    'a figure that there is none of',
    { least: { f1Score: 0.8 } },
    'policies.least.f1Score must be a figure of a ModelDeployment, got "f1Score": use accuracy, f1_score',
  ],
  ['a list of columns as a figure', { most: { protected_attributes: 1 } }, 'must be a figure of a ModelDeployment'],
  ['a bound that is no number', { most: { latency_p95_ms: NaN } }, 'policies.most.latency_p95_ms must be a number'],
  ['a drift that no model is below', { drift: 0 }, 'policies.drift must be above 0 and at most 1, got 0'],
  ['no days', { driftMaxAgeDays: 0 }, 'policies.driftMaxAgeDays must be greater than 0, got 0'],
])('%s is refused at synthesis', (_, policies, message) => {
  expect(() => checkPolicies(new App(), 'policies', policies)).toThrow(message);
});

test('every figure of the schema can have a bound', () => {
  const figures = ['accuracy', 'recall', 'auc_roc', 'latency_p95_ms', 'demographic_parity', 'disparate_impact'];
  expect(() =>
    checkPolicies(new App(), 'policies', { most: Object.fromEntries(figures.map((one) => [one, 1])) }),
  ).not.toThrow();
});
