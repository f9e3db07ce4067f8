import { DriftMethod } from '../../api/generated/shared';
import { fail } from '../../contracts/errors';
import { checkBaseline, DriftBaseline, DriftFeature } from './drift-baseline';
import { DRIFT_FORMULAS, DRIFT_SERIES, observedShareRules } from './drift-formulas';
import { leLabel, matchers, ModelIdentity, promDuration, PrometheusRuleGroup, Rule } from './alert-promql';

/** A threshold that follows what is usual for the model. */
export interface AdaptiveThresholdProps {
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
export interface DriftSettings {
  readonly baseline: DriftBaseline;
  readonly method: DriftMethod;
  readonly threshold: number;
  readonly windowSeconds: number;
  readonly minimumObservations: number;
  readonly forMinutes: number;
  readonly adaptive?: Required<Omit<AdaptiveThresholdProps, 'maximum'>> & Pick<AdaptiveThresholdProps, 'maximum'>;
}

/** Seconds between two evaluations: a recorded series is lost to queries after five minutes. */
export const EVALUATION_SECONDS = 60;

/** @throws InvalidInputError when a number is out of bounds or the baseline is none */
export function driftSettings(where: string, props: DriftRuleProps): DriftSettings {
  const atLeast = (prop: string, value: number, least: number, mend: string): number => {
    if (Number.isFinite(value) && value >= least) return value;
    fail(where, `drift.${prop}`, `must be at least ${least}`, value, mend);
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
export function worstFeatures(method: DriftMethod): string {
  const labels = ['namespace', 'model_name', 'model_version'];
  const query = `topk(3, ${DRIFT_SERIES.score}{${labels.map((label) => `${label}=%q`).join(',')},method="${method}"})`;
  const values = labels.map((label) => `$labels.${label}`).join(' ');
  return `{{ range printf \`${query}\` ${values} | query }}{{ .Labels.feature }} ({{ printf "%.2f" .Value }}) {{ end }}`;
}
