import { DriftMethod } from '../../api/generated/shared';
import { Rule } from './alert-promql';

/** The series that the rules of drift record, as level:metric:operation. */
export const DRIFT_SERIES = {
  /** Share of the training data up to the bound `le`; `previous_le` is the bound before. */
  baselineCumulative: 'model_feature:baseline:cumulative_share',
  /** Share of the training data in the bucket. */
  baseline: 'model_feature:baseline:share',
  /** Values up to the bound `le` in the window. */
  count: 'model_feature:observed:increase',
  /** Share of the values in the window up to the bound `le`. */
  cumulative: 'model_feature:observed:cumulative_share',
  /** Share of the values in the window in the bucket. */
  observed: 'model_feature:observed:share',
  /** The measure `method` of a feature. */
  score: 'model_feature:drift:score',
  /** The greatest over the features. */
  max: 'model:drift:max',
  /** Drift from which it is reported. */
  threshold: 'model:drift:threshold',
} as const;

/** Labels that tell the features of all models apart. */
export const FEATURE = 'namespace, model_name, model_version, feature';

/**
 * Least share of a bucket in the population stability index, for both distributions: the logarithm of an empty bucket is
 * infinite. One in ten thousand is what the index is customarily computed with.
 */
export const EMPTY_BUCKET_SHARE = 1e-4;

/** Far below any share that a histogram can have. Keeps `0 * log2(0 / m)`, whose limit is 0, from being NaN. */
const TINY = 1e-15;

/**
 * From the server's histogram to the share of each bucket in the window.
 *
 * A feature is left out, rather than compared wrongly, where the server's buckets are not those of the baseline, or the window
 * has too few values. Buckets that the baseline lacks are passed over: a cumulative histogram may be finer.
 */
export function observedShareRules(selector: string, window: string, minimumObservations: number): Rule[] {
  const { baselineCumulative, baseline, count, cumulative, observed } = DRIFT_SERIES;
  // Prometheus 2 kept a bound as the server wrote it, so "5" is brought to the form of the baseline, "5.0"
  const increase = `label_replace(increase(model_feature_bucket${selector}[${window}]), "le", "$1.0", "le", "(-?[0-9]+)")`;
  const all = `${count}${selector.replace('}', ', le="+Inf"}')}`;
  const shares = bucketShares(`${cumulative}${selector}`);
  return [
    {
      record: count,
      expr: [
        `sum by (${FEATURE}, le) (${increase})`,
        `* on (${FEATURE}, le) group_left (previous_le)`,
        `(${baselineCumulative}${selector} >= bool 0)`,
      ].join('\n'),
    },
    {
      record: cumulative,
      expr: [
        `${count}${selector} / on (${FEATURE}) group_left () ${all}`,
        `and on (${FEATURE}) (${all} >= ${minimumObservations})`,
        `and on (${FEATURE}) (count by (${FEATURE}) (${count}${selector}) == count by (${FEATURE}) (${baselineCumulative}${selector}))`,
      ].join('\n'),
    },
    { record: baseline, expr: bucketShares(`${baselineCumulative}${selector}`) },
    {
      record: observed,
      // increase() extrapolates each bucket for itself, so the shares may miss 1 by a little
      expr: `${shares}\n/ on (${FEATURE}) group_left () sum by (${FEATURE}) (\n${shares}\n)`,
    },
  ];
}

/** The difference of each cumulative share to that of the bucket before, whose bound is in `previous_le`. */
function bucketShares(cumulative: string): string {
  const previous = `label_replace(${cumulative}, "previous_le", "$1", "le", "(.+)")`;
  return [
    'clamp_min(',
    `  ${cumulative} - on (${FEATURE}, previous_le) group_left () ${previous}`,
    // the first bucket has none before it
    `  or ${cumulative}, 0`,
    ')',
  ].join('\n');
}

/** What each measure is, of the series that a selector finds; 0 for equal distributions. */
export const DRIFT_FORMULAS: { readonly [method in DriftMethod]: (selector: string) => string } = {
  // max |Q(x) - P(x)| over the bounds
  [DriftMethod.KOLMOGOROV_SMIRNOV]: (selector) =>
    `max by (${FEATURE}) (clamp_max(abs(${DRIFT_SERIES.cumulative}${selector} - ${DRIFT_SERIES.baselineCumulative}${selector}), 1))`,
  // sum of (q - p) ln(q / p)
  [DriftMethod.POPULATION_STABILITY_INDEX]: (selector) => {
    const q = `clamp_min(${DRIFT_SERIES.observed}${selector}, ${EMPTY_BUCKET_SHARE})`;
    const p = `clamp_min(${DRIFT_SERIES.baseline}${selector}, ${EMPTY_BUCKET_SHARE})`;
    return `sum by (${FEATURE}) ((${q} - ${p}) * ln(${q} / ${p}))`;
  },
  // 1/2 sum of p log2(p / m) + q log2(q / m), with m = (p + q) / 2
  [DriftMethod.JENSEN_SHANNON]: (selector) => {
    const q = `${DRIFT_SERIES.observed}${selector}`;
    const p = `${DRIFT_SERIES.baseline}${selector}`;
    const middle = `clamp_min((${p} + ${q}) / 2, ${TINY})`;
    const part = (share: string): string => `${share} * log2(clamp_min(${share}, ${TINY}) / ${middle})`;
    return `clamp(sum by (${FEATURE}) (${part(p)} + ${part(q)}) / 2, 0, 1)`;
  },
};
