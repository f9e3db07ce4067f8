import { fail } from '../../contracts/errors';

/** How the values of one feature are spread over the buckets of a histogram. */
export interface DriftFeature {
  /** Name of the feature, as in the label `feature` of the server's histogram. */
  readonly name: string;
  /** Upper bounds of the buckets, ascending, without the infinite one. A bound belongs to the bucket below it. */
  readonly bounds: number[];
  /** Values in each bucket, not cumulated; one more than bounds, for what is above the last. */
  readonly counts: number[];
}

/** The histograms of the data that a model was trained on. */
export interface DriftBaseline {
  /** Rows that were read. */
  readonly rows: number;
  /** The features that are compared. */
  readonly features: DriftFeature[];
  /**
   * Names of features that found no room; the first ones, where there are many.
   *
   * @default - every feature found room
   */
  readonly dropped?: string[];
}

/** What is in the termination message of a baseline job: a baseline, or why there is none. */
export interface BaselineReading {
  /**
   * The baseline.
   *
   * @default - there is none, see reason
   */
  readonly baseline?: DriftBaseline;
  /**
   * Why there is no baseline, as the end of a sentence.
   *
   * @default - there is one
   */
  readonly reason?: string;
}

/** Form of the message; `FORMAT` in programs/model-jobs/src/drift_baseline.py. */
const FORMAT = 1;
const MOST_FEATURES = 256;
const MOST_BOUNDS = 64;
const LONGEST_NAME = 128;

/**
 * Reads what `drift_baseline.py` wrote, or the JSON of a DriftBaseline with `"format": 1`. Throws nothing, whatever the text is.
 */
export function parseBaseline(text: string): BaselineReading {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return { reason: text === '' ? 'the message is empty' : 'the message is not JSON: it may have been cut off' };
  }
  if (!isRecord(given)) return { reason: 'the message is no JSON object' };
  if (typeof given.error === 'string') return { reason: given.error.slice(0, 512) };
  if (given.format !== FORMAT) return { reason: `the message is not of format ${FORMAT}` };
  const { rows, features, dropped } = given;
  if (!isCount(rows)) return { reason: 'rows is no whole number' };
  if (!Array.isArray(features)) return { reason: 'features is no list' };
  const read: DriftFeature[] = [];
  for (const [index, one] of (features as unknown[]).entries()) {
    if (!Array.isArray(one) && !isRecord(one)) return { reason: `features[${index}] is no list` };
    const [name, bounds, counts] = Array.isArray(one) ? (one as unknown[]) : [one.name, one.bounds, one.counts];
    const feature = { name, bounds, counts } as DriftFeature;
    const problem = problemOfFeature(feature);
    if (problem) return { reason: `features[${index}].${problem.prop} ${problem.rule}` };
    read.push(feature);
  }
  const problem = problemOfList(read);
  if (problem) return { reason: `features ${problem}` };
  const names = Array.isArray(dropped) ? dropped.filter((name) => typeof name === 'string') : [];
  return { baseline: { rows, features: read, ...(names.length > 0 ? { dropped: names } : {}) } };
}

/** @throws InvalidInputError when the baseline cannot be made rules of */
export function checkBaseline(where: string, baseline: DriftBaseline): void {
  baseline.features.forEach((feature, index) => {
    const problem = problemOfFeature(feature);
    if (problem) fail(where, `baseline.features[${index}].${problem.prop}`, problem.rule, problem.given, problem.mend);
  });
  const problem = problemOfList(baseline.features);
  const names = baseline.features.map(({ name }) => name);
  if (problem) fail(where, 'baseline.features', problem, names, 'give the features of one histogram each');
}

interface Problem {
  readonly prop: string;
  readonly rule: string;
  readonly given: unknown;
  readonly mend: string;
}

/** What is wrong with a feature, which may have come from a file. */
function problemOfFeature({ name, bounds, counts }: DriftFeature): Problem | undefined {
  if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME) {
    const rule = `must be a text of at most ${LONGEST_NAME} characters`;
    return { prop: 'name', rule, given: name, mend: 'use the name in the label feature' };
  }
  const ascending = (bound: unknown, index: number): boolean =>
    Number.isFinite(bound) && (index === 0 || bounds[index - 1] < (bound as number));
  if (!Array.isArray(bounds) || bounds.length < 1 || bounds.length > MOST_BOUNDS || !bounds.every(ascending)) {
    const rule = `must be 1 to ${MOST_BOUNDS} ascending numbers`;
    return { prop: 'bounds', rule, given: bounds, mend: 'give the upper bounds of the buckets' };
  }
  if (!Array.isArray(counts) || counts.length !== bounds.length + 1 || !counts.every(isCount)) {
    const rule = `must be ${bounds.length + 1} whole numbers`;
    return { prop: 'counts', rule, given: counts, mend: 'give one for each bound, and one for what is above the last' };
  }
  if (counts.every((count) => count === 0)) {
    return { prop: 'counts', rule: 'must not all be 0', given: counts, mend: 'leave out a feature that has no values' };
  }
  return undefined;
}

function problemOfList(features: readonly DriftFeature[]): string | undefined {
  if (features.length < 1 || features.length > MOST_FEATURES) return `must be 1 to ${MOST_FEATURES}`;
  return new Set(features.map(({ name }) => name)).size === features.length ? undefined : 'must have different names';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
