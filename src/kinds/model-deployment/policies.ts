import { IConstruct } from 'constructs';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { fail } from '../../contracts/errors';
import { lookup } from '../../contracts/lookup';
import { ModelPolicies } from './settings';

/** What a manifest says of its model, in the spelling of the documents. */
export interface ModelEvidence {
  readonly metrics: { readonly [figure: string]: number };
  readonly fairness?: Fairness;
  readonly drift?: Drift;
  readonly dependencies?: readonly Dependency[];
}

interface Fairness {
  readonly [figure: string]: unknown;
  readonly protected_attributes?: readonly string[];
}

interface Drift {
  readonly score: number;
  readonly method?: string;
  readonly measuredAt?: string;
}

interface Dependency {
  readonly name: string;
  readonly version: string;
}

/** What a policy said of a manifest. */
export interface PolicyResult {
  readonly name: string;
  readonly passed: boolean;
  /** Why not. */
  readonly message?: string;
}

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
        fail(where, at, 'must be a number of at least 0', bound, 'figures are between 0 and 1, times in milliseconds');
      }
    }
  }
  const { drift, driftMaxAgeDays } = policies;
  if (drift !== undefined && !(drift > 0 && drift <= 1)) {
    fail(where, `${prop}.drift`, 'must be above 0 and at most 1', drift, 'equal distributions have a drift of 0');
  }
  if (driftMaxAgeDays !== undefined && !(driftMaxAgeDays > 0 && Number.isFinite(driftMaxAgeDays))) {
    fail(where, `${prop}.driftMaxAgeDays`, 'must be greater than 0', driftMaxAgeDays, 'give days');
  }
}

/** The least figures of the zero-touch document. */
const LEAST = { accuracy: 0.85, f1_score: 0.8 };
/** The greatest drift of the zero-touch document, which no model may have. */
const MOST_DRIFT = 0.3;
const DAY = 86_400_000;

/**
 * The policy gate of the zero-touch document: least figures, an evaluation of fairness, drift, the allowlist of libraries.
 *
 * @param now RFC 3339
 */
export function policyResults(evidence: ModelEvidence, policies: ModelPolicies, now: string): PolicyResult[] {
  const { metrics, fairness, drift, dependencies } = evidence;
  const { protected_attributes: attributes, ...distances } = fairness ?? {};
  const figures = numbersOf({ ...metrics, ...distances });
  const results: PolicyResult[] = [];
  const say = (name: string, why: string | undefined): void => {
    results.push({
      name: name.replace(/_/g, '-'),
      passed: why === undefined,
      ...(why === undefined ? {} : { message: why }),
    });
  };
  for (const [figure, least] of Object.entries(numbersOf({ ...LEAST, ...policies.least }))) {
    const value = lookup(figures, figure);
    say(
      figure,
      value !== undefined && value >= least ? undefined : `${figure} must be at least ${least}, got ${given(value)}`,
    );
  }
  for (const [figure, most] of Object.entries(numbersOf(policies.most ?? {}))) {
    const value = lookup(figures, figure);
    say(
      figure,
      value !== undefined && value <= most ? undefined : `${figure} must be at most ${most}, got ${given(value)}`,
    );
  }
  say('fairness', fairnessProblem(fairness, attributes ?? [], policies));
  say('drift', driftProblem(drift, policies, now));
  if (policies.dependencies) say('dependencies', dependencyProblem(dependencies, policies.dependencies));
  return results;
}

function numbersOf(figures: object): { readonly [figure: string]: number } {
  const entries = Object.entries(figures) as [string, unknown][];
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

function given(value: number | undefined): string {
  return value === undefined ? 'none: add it to the manifest' : String(value);
}

function fairnessProblem(
  fairness: Fairness | undefined,
  attributes: readonly string[],
  { protectedAttributes = [] }: ModelPolicies,
): string | undefined {
  if (!fairness) return 'spec.fairness must be there: compare the groups of persons that the model decides about';
  const missing = protectedAttributes.filter((attribute) => !attributes.includes(attribute));
  return missing.length === 0 ? undefined : `spec.fairness.protected_attributes must name ${missing.join(', ')}`;
}

function driftProblem(
  drift: Drift | undefined,
  { drift: most = MOST_DRIFT, driftMethod, driftMaxAgeDays }: ModelPolicies,
  now: string,
): string | undefined {
  if (!drift) return 'spec.drift must be there: compare the data of today with that of the training';
  if (!(drift.score < most)) return `spec.drift.score must be below ${most}, got ${drift.score}`;
  if (driftMethod !== undefined && drift.method !== driftMethod) {
    return `spec.drift.method must be ${driftMethod}, which the bound is of, got ${drift.method ?? 'none'}`;
  }
  if (driftMaxAgeDays === undefined) return undefined;
  const age = (Date.parse(now) - Date.parse(drift.measuredAt ?? '')) / DAY;
  return age <= driftMaxAgeDays
    ? undefined
    : `spec.drift.measuredAt must be at most ${driftMaxAgeDays} days ago, got ${drift.measuredAt ?? 'none'}`;
}

/** A name allows every version, `name==version` one. */
function dependencyProblem(
  dependencies: readonly Dependency[] | undefined,
  allowed: readonly string[],
): string | undefined {
  if (!dependencies) return 'spec.dependencies must be there: list the libraries of the service';
  const refused = dependencies.filter(
    ({ name, version }) => !allowed.includes(name) && !allowed.includes(`${name}==${version}`),
  );
  if (refused.length === 0) return undefined;
  const names = refused.slice(0, 8).map(({ name, version }) => `${name}==${version}`);
  const more = refused.length > 8 ? ` and ${refused.length - 8} more` : '';
  return `spec.dependencies must be on the platform's list, which lacks ${names.join(', ')}${more}`;
}
