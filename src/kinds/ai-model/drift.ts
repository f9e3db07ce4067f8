import { IConstruct } from 'constructs';
import { AIModelSpec, DriftDetection } from '../../api/generated/ai-model';
import { DriftMethod } from '../../api/generated/shared';
import { AlertSeverity } from '../../constructs/monitoring/alert-rules';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';
import {
  leLabel,
  matchers,
  MODEL,
  ModelIdentity,
  MODEL_NAME,
  promDuration,
  PrometheusRuleGroup,
  requests,
  Rule,
} from './alerts';
import { checkBaseline, watchesDrift } from './drift-baseline';
import { DriftBaseline, DriftFeature } from './plan';

/** A threshold that follows what is usual for the model. */
interface AdaptiveThresholdProps {
  /**
   * Standard deviations above the mean of the model's own drift at which drift is reported.
   *
   * @default 3
   */
  readonly deviations?: number;
  /**
   * Seconds of history that the mean is taken of, without the last drift window. With less than a seventh of it, the threshold
   * is the fixed one. Prometheus must keep it that long.
   *
   * @default 604800
   */
  readonly historySeconds?: number;
  /**
   * Threshold that is never exceeded, however much the model drifts for how long.
   *
   * @default - none: what lasts becomes usual
   */
  readonly maximum?: number;
}

/** How the drift of a model is measured and when it is reported. */
export interface DriftRuleProps {
  /** The data that the model was trained on. */
  readonly baseline: DriftBaseline;
  /**
   * The measure that is compared with the threshold. All are recorded.
   *
   * @default DriftMethod.POPULATION_STABILITY_INDEX
   */
  readonly method?: DriftMethod;
  /**
   * Drift from which it is reported; with `adaptive` the least.
   *
   * @default 0.3
   */
  readonly threshold?: number;
  /**
   * Seconds of requests that are compared with the baseline. At least 300, so that it has some scrapes.
   *
   * @default 3600
   */
  readonly windowSeconds?: number;
  /**
   * Values of a feature in the window below which it is not compared: chance alone would look like drift.
   *
   * @default 200
   */
  readonly minimumObservations?: number;
  /**
   * Minutes that drift lasts before it is reported.
   *
   * @default 15
   */
  readonly forMinutes?: number;
  /**
   * Have the threshold follow what is usual for the model.
   *
   * @default - the threshold is fixed
   */
  readonly adaptive?: AdaptiveThresholdProps;
}

/** The props with their defaults. */
interface DriftSettings {
  readonly baseline: DriftBaseline;
  readonly method: DriftMethod;
  readonly threshold: number;
  readonly windowSeconds: number;
  readonly minimumObservations: number;
  readonly forMinutes: number;
  readonly adaptive?: Required<Omit<AdaptiveThresholdProps, 'maximum'>> & Pick<AdaptiveThresholdProps, 'maximum'>;
}

/** How drift is measured; undefined until the baseline is known. */
export function driftRuleProps(spec: AIModelSpec, baseline: DriftBaseline | undefined): DriftRuleProps | undefined {
  const drift = spec.monitoring?.drift;
  if (!drift || !watchesDrift(spec) || !baseline) return undefined;
  return {
    baseline,
    method: drift.method,
    threshold: drift.threshold,
    windowSeconds: driftWindow(drift),
    adaptive: drift.adaptive && {
      deviations: drift.adaptive.deviations,
      historySeconds: durationSeconds(drift.adaptive.history ?? '7d'),
      maximum: drift.adaptive.maximum,
    },
  };
}

/**
 * Seconds of requests that are compared at once. The rules compare all the time, so the interval can only mean that; below five
 * minutes there would be too few scrapes in it.
 */
export function driftWindow({ interval }: DriftDetection): number {
  return Math.max(300, durationSeconds(interval ?? '1h'));
}

/** Seconds between two evaluations: a recorded series is lost to queries after five minutes. */
const EVALUATION_SECONDS = 60;

/** @throws InvalidInputError when a number is out of bounds or the baseline is none */
export function driftSettings(where: IConstruct | string, props: DriftRuleProps): DriftSettings {
  const atLeast = (prop: string, value: number, least: number, fix: string): number => {
    if (Number.isFinite(value) && value >= least) return value;
    fail(where, `drift.${prop}`, `must be at least ${least}`, value, fix);
  };
  checkBaseline(where, props.baseline);
  const threshold = atLeast('threshold', props.threshold ?? 0.3, 0, 'equal distributions have a drift of 0');
  const windowSeconds = atLeast('windowSeconds', props.windowSeconds ?? 3600, 300, 'compare more requests at once');
  const adaptive = props.adaptive && {
    deviations: atLeast('adaptive.deviations', props.adaptive.deviations ?? 3, 0, 'give standard deviations'),
    historySeconds: atLeast(
      'adaptive.historySeconds',
      props.adaptive.historySeconds ?? 604_800,
      windowSeconds,
      'look further back than one window',
    ),
    maximum:
      props.adaptive.maximum === undefined
        ? undefined
        : atLeast('adaptive.maximum', props.adaptive.maximum, threshold, 'the threshold is the least one'),
  };
  return {
    baseline: props.baseline,
    method: props.method ?? DriftMethod.POPULATION_STABILITY_INDEX,
    threshold,
    windowSeconds,
    minimumObservations: atLeast('minimumObservations', props.minimumObservations ?? 200, 1, 'compare something'),
    forMinutes: atLeast('forMinutes', props.forMinutes ?? 15, 0, 'give minutes'),
    adaptive,
  };
}

/**
 * The recording rules of a model's drift: its baseline as constants, what was observed, the three measures per feature, the
 * greatest of each over the features, and the threshold. docs/operators/drift.md has the formulas.
 *
 * Rules of a group are evaluated one after the other, so each sees what those above it recorded.
 */
export function driftRules(model: ModelIdentity, settings: DriftSettings): PrometheusRuleGroup {
  const selector = matchers(model);
  return {
    name: 'drift',
    interval: promDuration(EVALUATION_SECONDS),
    labels: { namespace: model.namespace, model_name: model.modelName, model_version: model.modelVersion },
    rules: [
      ...settings.baseline.features.flatMap(baselineRules),
      ...observedShareRules(selector, promDuration(settings.windowSeconds), settings.minimumObservations),
      ...Object.values(DriftMethod).map((method) => ({
        record: DRIFT_SERIES.score,
        expr: DRIFT_FORMULAS[method](selector),
        labels: { method },
      })),
      {
        record: DRIFT_SERIES.max,
        expr: `max by (namespace, model_name, model_version, method) (${DRIFT_SERIES.score}${selector})`,
      },
      {
        record: DRIFT_SERIES.threshold,
        expr: thresholdExpression(model, settings),
        labels: { method: settings.method },
      },
    ],
  };
}

/** A constant for each bucket of a feature: the share of the training data up to its bound. */
function baselineRules({ name, bounds, counts }: DriftFeature): Rule[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const edges = [-Infinity, ...bounds, Infinity].map(leLabel);
  let below = 0;
  return counts.map((count, index) => {
    below += count;
    return {
      record: DRIFT_SERIES.baselineCumulative,
      expr: `vector(${below / total})`,
      labels: { feature: name, le: edges[index + 1], previous_le: edges[index] },
    };
  });
}

function thresholdExpression(
  model: ModelIdentity,
  { method, threshold, windowSeconds, adaptive }: DriftSettings,
): string {
  if (!adaptive) return `vector(${threshold})`;
  // the last window is left out, so that drift does not raise the threshold which it is compared with
  const drift = `${DRIFT_SERIES.max}${matchers(model, { method })}`;
  const history = `${drift}[${promDuration(adaptive.historySeconds)}] offset ${promDuration(windowSeconds)}`;
  const enough = Math.max(2, Math.ceil(adaptive.historySeconds / EVALUATION_SECONDS / 7));
  const usual = `avg_over_time(${history}) + ${adaptive.deviations} * stddev_over_time(${history})`;
  const raised = `clamp_min(${usual}, ${threshold})`;
  return [
    adaptive.maximum === undefined ? raised : `clamp_max(${raised}, ${adaptive.maximum})`,
    `and count_over_time(${history}) >= ${enough}`,
    // on (): only where there is no other
    `or on () vector(${threshold})`,
  ].join('\n');
}

/** Names of the features whose drift is greatest, as a template of an annotation. */
function worstFeatures(method: DriftMethod): string {
  const labels = ['namespace', 'model_name', 'model_version'];
  const query = `topk(3, ${DRIFT_SERIES.score}{${labels.map((label) => `${label}=%q`).join(',')},method="${method}"})`;
  const values = labels.map((label) => `$labels.${label}`).join(' ');
  return `{{ range printf \`${query}\` ${values} | query }}{{ .Labels.feature }} ({{ printf "%.2f" .Value }}) {{ end }}`;
}

/** The series that the rules of drift record, as level:metric:operation. */
const DRIFT_SERIES = {
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
const FEATURE = 'namespace, model_name, model_version, feature';

/**
 * Least share of a bucket in the population stability index, for both distributions: the logarithm of an empty bucket is
 * infinite. One in ten thousand is what the index is customarily computed with.
 */
const EMPTY_BUCKET_SHARE = 1e-4;

/** Far below any share that a histogram can have. Keeps `0 * log2(0 / m)`, whose limit is 0, from being NaN. */
const TINY = 1e-15;

/**
 * From the server's histogram to the share of each bucket in the window.
 *
 * A feature is left out, rather than compared wrongly, where the server's buckets are not those of the baseline, or the window
 * has too few values. Buckets that the baseline lacks are passed over: a cumulative histogram may be finer.
 */
function observedShareRules(selector: string, window: string, minimumObservations: number): Rule[] {
  const { baselineCumulative, baseline, count, cumulative, observed } = DRIFT_SERIES;
  // Prometheus 2 kept a bound as the server wrote it, so "5" is brought to the form of the baseline, "5.0"
  const increase = `label_replace(increase(model_feature_bucket${selector}[${window}]), "le", "$1.0", "le", "(-?[0-9]+)")`;
  const all = `${count}${selector.replace('}', ',le="+Inf"}')}`;
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
const DRIFT_FORMULAS: { readonly [method in DriftMethod]: (selector: string) => string } = {
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

/** Alerts on drift, and on drift that is not measured. */
export function driftAlerts(model: ModelIdentity, settings: DriftSettings): Rule[] {
  const { method, windowSeconds, minimumObservations, forMinutes } = settings;
  const selector = matchers(model);
  const ofMethod = matchers(model, { method });
  const window = promDuration(windowSeconds);
  return [
    {
      alert: 'ModelDrift',
      expr: `${DRIFT_SERIES.max}${ofMethod} > ${DRIFT_SERIES.threshold}${ofMethod}`,
      for: promDuration(forMinutes * 60) || '0s',
      labels: { severity: AlertSeverity.WARNING },
      annotations: {
        summary: `What model ${MODEL_NAME} is asked is no longer what it was trained on: ${DRIFT_NAMES[method]} {{ $value | printf "%.2f" }}`,
        description:
          `Features that changed most: ${worstFeatures(method)}over the last ${window}. Look for a source that changed first (units, ` +
          'missing values, a new client). If the population did change, train again and give the new version its own baseline.',
      },
    },
    {
      alert: 'ModelDriftNotMeasured',
      // requests may lack a feature, so only twice as many are surely enough
      expr: [
        `count by (${MODEL}) (`,
        `  count by (${FEATURE}) (${DRIFT_SERIES.baselineCumulative}${selector})`,
        `  unless on (${FEATURE}) ${DRIFT_SERIES.score}${ofMethod}`,
        ')',
        `and on (${MODEL}) (${requests(selector, window, 'increase')}) >= ${2 * minimumObservations}`,
      ].join('\n'),
      for: '1h',
      labels: { severity: AlertSeverity.WARNING },
      annotations: {
        summary: `{{ $value }} features of model ${MODEL_NAME} are not watched for drift, though it is asked`,
        description:
          'The server must export the histogram model_feature with the label feature, and its buckets must include the bounds of the ' +
          'baseline (label le of model_feature:baseline:cumulative_share).',
      },
    },
  ];
}

const DRIFT_NAMES: { readonly [method in DriftMethod]: string } = {
  [DriftMethod.KOLMOGOROV_SMIRNOV]: 'Kolmogorov-Smirnov statistic',
  [DriftMethod.POPULATION_STABILITY_INDEX]: 'population stability index',
  [DriftMethod.JENSEN_SHANNON]: 'Jensen-Shannon divergence',
};
