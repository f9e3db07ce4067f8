import { App } from 'cdk8s';
import { DriftMethod } from '../../../src/api/generated/shared';
import { checkPolicies } from '../../../src/kinds/model-deployment/policies';
import { ModelPolicies } from '../../../src/kinds/model-deployment/settings';

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
  ['a negative difference', { fairness: -0.1 }, 'policies.fairness must be between 0 and 1, got -0.1'],
  ['a difference in per cent', { fairness: 10 }, 'policies.fairness must be between 0 and 1, got 10'],
  [
    'a ratio that excludes equal groups',
    { leastDisparateImpact: 1.1 },
    'policies.leastDisparateImpact must be between 0 and 1, got 1.1',
  ],
  [
    'another ratio that does',
    { mostDisparateImpact: 0.8 },
    'policies.mostDisparateImpact must be at least 1, got 0.8: give 1 where groups must be alike.',
  ],
  [
    'a severity in capitals',
    { severity: 'CRITICAL' },
    'policies.severity must be a severity, got "CRITICAL": use critical',
  ],
  ['a severity that is none', { dependencySeverity: 'x' }, 'must be a severity, got "x": use one of'],
  ['a range of versions', { dependencies: ['numpy', 'torch>=2'] }, 'policies.dependencies[1] must be a library'],
  ['a library without a name', { dependencies: [''] }, 'policies.dependencies[0] must be a name'],
  ['a column without a name', { protectedAttributes: [' '] }, 'policies.protectedAttributes[0] must be a name'],
])('%s is refused at synthesis', (_, policies, message) => {
  expect(() => checkPolicies(new App(), 'policies', policies)).toThrow(message);
});

test('every figure of the schema can have a bound', () => {
  const figures = ['accuracy', 'recall', 'auc_roc', 'latency_p95_ms', 'demographic_parity', 'disparate_impact'];
  expect(() =>
    checkPolicies(new App(), 'policies', { most: Object.fromEntries(figures.map((one) => [one, 1])) }),
  ).not.toThrow();
});

test('good policies are kept', () => {
  const policies: ModelPolicies = {
    fairness: 0.05,
    leastDisparateImpact: 0.9,
    mostDisparateImpact: 1.1,
    severity: 'high',
    dependencySeverity: 'negligible',
    dependencies: ['xgboost', 'torch==2.7.0+cpu'],
    driftMethod: DriftMethod.JENSEN_SHANNON,
  };
  expect(() => checkPolicies(new App(), 'policies', policies)).not.toThrow();
});
