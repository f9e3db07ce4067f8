import { leLabel } from '../../../src/kinds/ai-model/alerts';
import { modelAlertRules, ModelAlertRulesProps } from '../../../src/kinds/ai-model/monitoring';
import { runPromtool, PromtoolResult } from '../promtool';

export const MODEL = { namespace: 'ml', modelName: 'churn', modelVersion: '1.4.0' };
export const MODEL_LABELS = 'namespace="ml",model_name="churn",model_version="1.4.0"';

/** What promtool is given of a PrometheusRule: its spec. */
export interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly { readonly alert?: string }[] }[];
}

/** The rules of the model `churn`. */
export function rulesOf(props: Partial<ModelAlertRulesProps>): Rules {
  return modelAlertRules('churn', { name: 'churn-alerts', ...MODEL, ...props }).spec as Rules;
}

/** Samples of a counter, one a minute, as `promtool test rules` writes them. */
export interface Series {
  readonly series: string;
  readonly values: string;
}

/** The series that a server exports of one feature, each from its cumulated count: `values` writes the samples of one bucket. */
export function featureSeries(
  feature: string,
  bounds: readonly number[],
  counts: readonly number[],
  values: (cumulated: number) => string,
  labels = 'pod="churn-0"',
): Series[] {
  let cumulated = 0;
  return [...bounds, Infinity].map((bound, index) => {
    cumulated += counts[index];
    return {
      series: `model_feature_bucket{${MODEL_LABELS},${labels},feature="${feature}",le="${leLabel(bound)}"}`,
      values: values(cumulated),
    };
  });
}

/** Expected samples of an expression at a time. */
export interface Expectation {
  readonly expr: string;
  readonly eval_time: string;
  readonly exp_samples?: readonly { readonly labels: string; readonly value: number }[];
}

/** Expected alerts of a name at a time. */
export interface AlertExpectation {
  readonly alertname: string;
  readonly eval_time: string;
  readonly exp_alerts?: readonly {
    readonly exp_labels: { readonly [label: string]: string };
    readonly exp_annotations?: { readonly [name: string]: string };
  }[];
}

/** Evaluates the rules every minute over the series. Figures must agree to the last bit but one. */
export async function evaluate(
  rules: Rules,
  series: readonly Series[],
  promql_expr_test: readonly Expectation[],
  alert_rule_test: readonly AlertExpectation[] = [],
): Promise<PromtoolResult> {
  return runPromtool(['test', 'rules', 'test.yml'], {
    'rules.yml': rules,
    'test.yml': {
      rule_files: ['rules.yml'],
      evaluation_interval: '1m',
      fuzzy_compare: true,
      tests: [{ interval: '1m', input_series: series, promql_expr_test, alert_rule_test }],
    },
  });
}
