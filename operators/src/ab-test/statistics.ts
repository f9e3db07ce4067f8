import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import tCdf from '@stdlib/stats-base-dists-t-cdf';

/** A share of successes. */
export interface Proportion {
  readonly successes: number;
  readonly samples: number;
}

/** Values of time windows: how many, their mean and their standard deviation. */
export interface Windows {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
}

/** How two variants differ. */
export interface Comparison {
  /** Standard score of the difference; positive when the second is greater. */
  readonly score: number;
  /** Chance of a difference at least as great in either direction, if there were none. */
  readonly pValue: number;
}

/** Two-sided test of two proportions with a pooled variance. Undefined where nothing can be said: no samples, or no variance. */
export function compareProportions(control: Proportion, other: Proportion): Comparison | undefined {
  if (control.samples <= 0 || other.samples <= 0) return undefined;
  const pooled = (control.successes + other.successes) / (control.samples + other.samples);
  const variance = pooled * (1 - pooled) * (1 / control.samples + 1 / other.samples);
  if (!(variance > 0)) return undefined;
  const score = (other.successes / other.samples - control.successes / control.samples) / Math.sqrt(variance);
  return { score, pValue: 2 * normalCdf(-Math.abs(score), 0, 1) };
}

/** Welch's two-sided t-test. Undefined where nothing can be said: fewer than two windows, or no variance. */
export function compareMeans(control: Windows, other: Windows): Comparison | undefined {
  if (control.count < 2 || other.count < 2) return undefined;
  const errors = [control, other].map(({ count, deviation }) => deviation ** 2 / count);
  const variance = errors[0] + errors[1];
  if (!(variance > 0)) return undefined;
  const degrees = variance ** 2 / (errors[0] ** 2 / (control.count - 1) + errors[1] ** 2 / (other.count - 1));
  const statistic = (other.mean - control.mean) / Math.sqrt(variance);
  const pValue = 2 * tCdf(-Math.abs(statistic), degrees);
  // the normal score that is as unlikely, so that both tests have one boundary
  const score = Math.sign(statistic) * -normalQuantile(Math.max(pValue / 2, Number.MIN_VALUE), 0, 1);
  return { score, pValue };
}

/**
 * The standard score from which a difference counts, when it is looked at again and again while the test runs.
 *
 * Under no difference the score times the square root of the share of the information is a Brownian motion, which leaves ±c at some
 * time with a chance below 4(1 − Φ(c)) (reflection principle). With c = Φ⁻¹(1 − level/4) a look at every moment finds a difference
 * that is not there with a chance of at most `level`. This is the boundary of O'Brien and Fleming: hard to cross at the start, near
 * the usual one at the end.
 *
 * @param level accepted chance of a false difference
 * @param information share of the test that is over, above 0 and at most 1
 * @param comparisons variants that are compared with the control; the level is shared among them (Bonferroni)
 */
export function boundary(level: number, information: number, comparisons: number): number {
  const share = Math.min(1, Math.max(information, 1e-6));
  return normalQuantile(1 - level / comparisons / 4, 0, 1) / Math.sqrt(share);
}

/**
 * Samples that each variant needs so that a relative difference of a share is found with a chance of `power`.
 *
 * @returns 0 when there is no smallest difference to find, or no share is known yet
 */
export function neededSamples(share: number, relativeEffect: number, level: number, power: number): number {
  const difference = Math.abs(share * relativeEffect);
  if (!(difference > 0) || share >= 1) return 0;
  const other = Math.min(1 - 1e-9, share + difference);
  const scores = normalQuantile(1 - level / 2, 0, 1) + normalQuantile(Math.min(power, 1 - 1e-9), 0, 1);
  const variance = share * (1 - share) + other * (1 - other);
  return Math.ceil((scores ** 2 * variance) / difference ** 2);
}
