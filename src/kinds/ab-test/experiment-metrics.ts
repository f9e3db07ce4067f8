import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ABTestMetricType } from '../../api/generated/ab-test';

/** A variant, as its metrics know it. */
export interface MeasuredVariant {
  /** Name of the variant. */
  readonly name: string;
  /** Label `model_name` of its pods. */
  readonly modelName: string;
  /** Label `model_version` of its pods. */
  readonly modelVersion: string;
}

/** Options of an experiment's metrics. */
export interface ExperimentMetricsProps {
  /** Name of the experiment. */
  readonly name: string;
  /** Name of the run: another one when what is measured changes. */
  readonly runName: string;
  /** Namespace of the objects. */
  readonly namespace: string;
  /** The variants. */
  readonly variants: MeasuredVariant[];
  /** Name of the metric that decides. */
  readonly metric: string;
  /** What is compared. */
  readonly type: ABTestMetricType;
  /**
   * The percentile, for that type.
   *
   * @default - none
   */
  readonly percentile?: number;
  /** Names of the metrics that are guarded. */
  readonly guardrails: string[];
  /** Seconds that the experiment takes at most. */
  readonly seconds: number;
  /** Address of Prometheus. */
  readonly prometheusUrl: string;
  /**
   * Whether measuring has ended.
   *
   * @default false
   */
  readonly ended?: boolean;
}

/** Errors in a row, 10 seconds apart, after which nothing would be measured any more: more than a test will ever see. */
const ERRORS = 1_000_000;
/** Minutes between two windows of a mean or percentile. */
const WINDOW = '15m';

/**
 * What is measured of an experiment: recording rules, which begin with it, so that what was before does not count; and an
 * AnalysisRun of Argo Rollouts, which asks Prometheus each minute and shows the figures in its status.
 *
 * Requests are those that the model servers count (`inference_requests_total`, KServe's, Triton's and TensorFlow Serving's own). The metric that decides
 * and the guardrails are read from series with the labels `namespace` and `variant`, or else `model_name` and `model_version`.
 */
export class ExperimentMetrics extends Construct {
  /** The PrometheusRule. */
  public readonly rule: ApiObject;
  /** The AnalysisRun. */
  public readonly analysis: ApiObject;
  private readonly props: ExperimentMetricsProps;

  public constructor(scope: Construct, id: string, props: ExperimentMetricsProps) {
    super(scope, id);
    this.props = props;
    const { name, runName, namespace, prometheusUrl } = props;
    const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'ml-platform' };
    this.rule = new ApiObject(this, 'Rule', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: `${name}-ab-test`, namespace, labels },
      spec: {
        groups: [
          {
            name: `${namespace}.${name}.ab-test`,
            interval: '1m',
            rules: props.variants.flatMap((variant) => this.recordings(variant)),
          },
        ],
      },
    });
    this.analysis = new ApiObject(this, 'Resource', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisRun',
      metadata: { name: runName, namespace, labels },
      spec: {
        ...(props.ended ? { terminate: true } : {}),
        metrics: props.variants.flatMap(({ name: variant }) =>
          Object.entries(this.queries(variant)).map(([figure, query]) => ({
            name: `${figure}/${variant}`,
            interval: '1m',
            // Prometheus may be away for a while; it is asked again after 10 seconds
            consecutiveErrorLimit: ERRORS,
            provider: { prometheus: { address: prometheusUrl, query } },
          })),
        ),
      },
    });
  }

  private recordings(variant: MeasuredVariant): object[] {
    const { name, metric, type, percentile } = this.props;
    const labels = { ab_test: name, ab_test_run: this.props.runName, variant: variant.name };
    const record = (figure: string, sources: string[]) => ({
      record: `ab_test:${figure}`,
      labels,
      expr: sources.join('\nor\n'),
    });
    const byModel = this.modelMatchers(variant);
    const both = (expression: (matchers: string) => string): string[] =>
      [this.variantMatchers(variant.name), byModel].map(expression);
    const requests = record('requests:increase1m', [
      `60 * sum(rate(inference_requests_total{${byModel}}[5m]))`,
      `60 * sum(rate(request_predict_seconds_count{${byModel}}[5m]))`,
      `60 * sum(rate(nv_inference_request_success{${byModel}}[5m]))`,
      `60 * sum(rate(:tensorflow:serving:request_count{${byModel}}[5m]))`,
    ]);
    if (type === ABTestMetricType.RATIO) {
      return [
        requests,
        record(
          'successes:increase1m',
          both((matchers) => `60 * sum(rate(${metric}{${matchers}}[5m]))`),
        ),
      ];
    }
    const value =
      type === ABTestMetricType.MEAN
        ? (matchers: string) =>
            `sum(rate(${metric}_sum{${matchers}}[${WINDOW}])) / sum(rate(${metric}_count{${matchers}}[${WINDOW}]))`
        : (matchers: string) =>
            `histogram_quantile(${(percentile ?? 95) / 100}, sum by (le) (rate(${metric}_bucket{${matchers}}[${WINDOW}])))`;
    // no requests in the window is no value, not NaN
    return [
      requests,
      record(
        'value:window',
        both((matchers) => `(${value(matchers)}) >= -Inf`),
      ),
    ];
  }

  /** The figures of a variant, by name. */
  private queries(variant: string): { [figure: string]: string } {
    const matchers = `ab_test_run="${this.props.runName}",variant="${variant}"`;
    const range = `[${this.props.seconds}s]`;
    // windows that do not overlap, so that their values are independent
    const windows = `ab_test:value:window{${matchers}}[${this.props.seconds}s:${WINDOW}]`;
    return {
      samples: `sum(sum_over_time(ab_test:requests:increase1m{${matchers}}${range}))`,
      ...(this.props.type === ABTestMetricType.RATIO
        ? { successes: `sum(sum_over_time(ab_test:successes:increase1m{${matchers}}${range}))` }
        : {
            windows: `sum(count_over_time(${windows}))`,
            mean: `avg(avg_over_time(${windows}))`,
            deviation: `avg(stddev_over_time(${windows}))`,
          }),
      ...Object.fromEntries(
        this.props.guardrails.map((name) => [
          `guardrail:${name}`,
          [this.variantMatchers(variant), this.modelMatchersOf(variant)]
            .map((labels) => `max(${name}{${labels}})`)
            .join(' or '),
        ]),
      ),
    };
  }

  private variantMatchers(variant: string): string {
    return `namespace="${this.props.namespace}",variant="${variant}"`;
  }

  private modelMatchersOf(variant: string): string {
    const found = this.props.variants.find(({ name }) => name === variant);
    return found ? this.modelMatchers(found) : this.variantMatchers(variant);
  }

  private modelMatchers({ modelName, modelVersion }: MeasuredVariant): string {
    return `namespace="${this.props.namespace}",model_name="${modelName}",model_version="${modelVersion}"`;
  }
}
