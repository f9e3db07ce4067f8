import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import tCdf from '@stdlib/stats-base-dists-t-cdf';
import { lookup } from '../../../src/contracts/lookup';

/** What was measured of a variant. */
export interface Measured {
  /** Requests that it has had. */
  readonly samples: number;
  /** Type ratio: the successes among the requests. */
  readonly successes?: number;
  /** Other types: the figure in windows of time. */
  readonly windows?: Windows;
  /** Figures of the guardrails, by name. */
  readonly guardrails: Readonly<Record<string, number>>;
}

/** The rules of a test, as its spec has them. */
export interface Rules {
  readonly variants: readonly { readonly name: string; readonly control?: boolean }[];
  readonly metric: { readonly type: string; readonly goal: string; readonly minimumEffect: number };
  readonly guardrails: readonly { readonly name: string; readonly min?: number; readonly max?: number }[];
  readonly significance: { readonly level: number; readonly power: number; readonly minimumSamples: number };
}

/** How a test stands. */
export type Decision =
  | { readonly state: 'running'; readonly why: string; readonly pValue?: number }
  | { readonly state: 'aborted'; readonly why: string }
  | { readonly state: 'won'; readonly winner: string; readonly why: string; readonly pValue: number }
  | { readonly state: 'inconclusive'; readonly why: string; readonly pValue?: number };

/**
 * Decides a test from what was measured: a broken guardrail ends it; a difference that is beyond the boundary, in the direction of
 * the goal and at least the smallest effect gives a winner; the end of the time without one leaves it inconclusive.
 *
 * @param elapsed share of the time that is over
 */
export function decide(
  rules: Rules,
  measured: Readonly<Record<string, Measured | undefined>>,
  elapsed: number,
): Decision {
  const control = rules.variants.find((variant) => variant.control) ?? rules.variants[0];
  const others = rules.variants.filter((variant) => variant !== control);
  const broken = others.flatMap(({ name }) => brokenGuardrails(rules, name, lookup(measured, name)));
  if (broken.length > 0) return { state: 'aborted', why: broken.join('; ') };

  const base = lookup(measured, control.name);
  const needed = samplesNeeded(rules, base, others.length);
  const short = rules.variants.filter(({ name }) => (lookup(measured, name)?.samples ?? 0) < needed);
  const bound = boundary(rules.significance.level, elapsed, others.length);
  const results = others.map(({ name }) => ({ name, ...difference(rules, base, lookup(measured, name)) }));
  const pValue = smallest(results.map((result) => result.pValue));
  if (short.length === 0) {
    const better = results
      .filter(({ score, effect }) => score >= bound && effect >= Math.max(rules.metric.minimumEffect, Number.MIN_VALUE))
      .sort((a, b) => b.effect - a.effect);
    if (better.length > 0) {
      const [best] = better;
      const why = `${best.name} is better than ${control.name} by ${percent(best.effect)} (score ${best.score.toFixed(2)}, needed ${bound.toFixed(2)})`;
      return { state: 'won', winner: best.name, why, pValue: best.pValue ?? 1 };
    }
    if (results.every(({ score }) => score <= -bound)) {
      const why = `${control.name} is better than every other variant`;
      return {
        state: 'won',
        winner: control.name,
        why,
        pValue: Math.max(...results.map((result) => result.pValue ?? 1)),
      };
    }
  }
  if (elapsed >= 1) {
    const why =
      short.length > 0
        ? `the time is over, and ${short.map(({ name }) => name).join(', ')} had fewer than ${needed} requests`
        : 'the time is over, and no variant is significantly better';
    return { state: 'inconclusive', why, ...(pValue === undefined ? {} : { pValue }) };
  }
  const why =
    short.length > 0
      ? `waiting for ${needed} requests of each variant`
      : `no difference beyond ${bound.toFixed(2)} standard errors yet`;
  return { state: 'running', why, ...(pValue === undefined ? {} : { pValue }) };
}

/** The figure of a variant: its share, or the mean of its windows. */
export function figureOf(measured: Measured | undefined): number | undefined {
  if (!measured) return undefined;
  if (measured.windows) return measured.windows.count > 0 ? measured.windows.mean : undefined;
  return measured.successes === undefined || measured.samples <= 0 ? undefined : measured.successes / measured.samples;
}

/** Score and relative effect of a variant against the control; positive is better. */
function difference(
  rules: Rules,
  control: Measured | undefined,
  other: Measured | undefined,
): { readonly score: number; readonly effect: number; readonly pValue?: number } {
  const comparison = compare(control, other);
  const [before, after] = [figureOf(control), figureOf(other)];
  if (!comparison || before === undefined || after === undefined) return { score: 0, effect: 0 };
  const direction = rules.metric.goal === 'minimize' ? -1 : 1;
  const effect = before === 0 ? Math.sign(after) : (after - before) / Math.abs(before);
  return { score: direction * comparison.score, effect: direction * effect, pValue: comparison.pValue };
}

function compare(control: Measured | undefined, other: Measured | undefined): Comparison | undefined {
  if (!control || !other) return undefined;
  if (control.windows && other.windows) return compareMeans(control.windows, other.windows);
  const [a, b] = [proportion(control), proportion(other)];
  return a && b && compareProportions(a, b);
}

/** A counter of successes may run ahead of that of requests by a scrape. */
function proportion({ successes, samples }: Measured): Proportion | undefined {
  return successes === undefined ? undefined : { successes: Math.min(successes, samples), samples };
}

function samplesNeeded(rules: Rules, control: Measured | undefined, comparisons: number): number {
  const { level, power, minimumSamples } = rules.significance;
  const share = rules.metric.type === 'ratio' ? figureOf(control) : undefined;
  if (share === undefined) return minimumSamples;
  return Math.max(minimumSamples, neededSamples(share, rules.metric.minimumEffect, level / comparisons, power));
}

function brokenGuardrails(rules: Rules, variant: string, measured: Measured | undefined): string[] {
  return rules.guardrails.flatMap(({ name, min, max }) => {
    const value = lookup(measured?.guardrails, name);
    if (value === undefined || Number.isNaN(value)) return [];
    if (max !== undefined && value > max) return [`${name} of ${variant} is ${value}, above ${max}`];
    if (min !== undefined && value < min) return [`${name} of ${variant} is ${value}, below ${min}`];
    return [];
  });
}

function smallest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

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
