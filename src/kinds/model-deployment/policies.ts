import { IConstruct } from 'constructs';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { fail } from '../../contracts/errors';
import { oneOf } from '../../contracts/suggestion';
import { ModelPolicies } from './settings';

/** The figures that a manifest may have. */
const FIGURES = ['metrics', 'fairness'].flatMap((part) =>
  Object.entries(MODEL_DEPLOYMENT.spec.properties?.[part]?.properties ?? {}).flatMap(([name, { type }]) =>
    type === 'number' ? name : [],
  ),
);

/**
 * Refuses policies that no manifest could keep.
 *
 * @param prop where they are
 * @throws InvalidInputError naming the policy
 */
export function checkPolicies(where: IConstruct | string, prop: string, policies: ModelPolicies): void {
  for (const [bounds, figures] of Object.entries({ least: policies.least ?? {}, most: policies.most ?? {} })) {
    for (const [figure, bound] of Object.entries(figures)) {
      const at = `${prop}.${bounds}.${figure}`;
      if (!FIGURES.includes(figure)) {
        fail(where, at, 'must be a figure of a ModelDeployment', figure, `use ${FIGURES.join(', ')}`);
      }
      if (!Number.isFinite(bound) || bound < 0) {
        fail(where, at, 'must be a number of at least 0', bound, 'give a share between 0 and 1, or milliseconds');
      }
    }
  }
  const { drift, driftMaxAgeDays } = policies;
  if (drift !== undefined && !(drift > 0 && drift <= 1)) {
    fail(where, `${prop}.drift`, 'must be above 0 and at most 1', drift, 'give the distance, of which 0 is none');
  }
  if (driftMaxAgeDays !== undefined && !(driftMaxAgeDays > 0 && Number.isFinite(driftMaxAgeDays))) {
    fail(where, `${prop}.driftMaxAgeDays`, 'must be greater than 0', driftMaxAgeDays, 'give days');
  }
  checkFairness(where, prop, policies);
  for (const name of ['severity', 'dependencySeverity'] as const) {
    const severity = policies[name];
    if (severity !== undefined && !SEVERITIES.includes(severity)) {
      fail(where, `${prop}.${name}`, 'must be a severity', severity, `use ${oneOf(SEVERITIES, severity)}`);
    }
  }
  for (const name of ['dependencies', 'protectedAttributes'] as const) {
    const at = policies[name]?.findIndex((text) => text.trim() === '') ?? -1;
    if (at >= 0) fail(where, `${prop}.${name}[${at}]`, 'must be a name', policies[name]?.[at], 'leave it out');
  }
  const range = policies.dependencies?.findIndex((text) => !/^[^=<>~!, ]+(==[^=<>~!, ]+)?$/.test(text)) ?? -1;
  if (range >= 0) {
    const at = `${prop}.dependencies[${range}]`;
    fail(
      where,
      at,
      'must be a library, or one version of it',
      policies.dependencies?.[range],
      'write xgboost or xgboost==2.1.4',
    );
  }
}

const SEVERITIES = ['negligible', 'low', 'medium', 'high', 'critical'];

function checkFairness(where: IConstruct | string, prop: string, policies: ModelPolicies): void {
  for (const name of ['fairness', 'leastDisparateImpact'] as const) {
    const bound = policies[name];
    if (bound !== undefined && !(bound >= 0 && bound <= 1)) {
      fail(
        where,
        `${prop}.${name}`,
        'must be between 0 and 1',
        bound,
        `give ${name === 'fairness' ? 0 : 1} where groups must be alike`,
      );
    }
  }
  const most = policies.mostDisparateImpact;
  if (most !== undefined && !(most >= 1 && Number.isFinite(most))) {
    fail(where, `${prop}.mostDisparateImpact`, 'must be at least 1', most, 'give 1 where groups must be alike');
  }
}
