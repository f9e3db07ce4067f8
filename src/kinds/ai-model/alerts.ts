import { AlertSeverity } from '../../constructs/monitoring/alert-rules';
import { promSelector } from '../../contracts/quoting';

/** A rule of Prometheus: an alert or a recorded series. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: { readonly [name: string]: string };
  readonly annotations?: { readonly [name: string]: string };
}

/** A group of a PrometheusRule. */
export interface PrometheusRuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly labels?: { readonly [name: string]: string };
  readonly rules: readonly Rule[];
}

/** The labels by which the series of a model are known. */
export interface ModelIdentity {
  readonly namespace: string;
  readonly modelName: string;
  readonly modelVersion: string;
}

/** Matchers of a model's series, of one version. */
export function matchers(model: ModelIdentity, more: { readonly [label: string]: string } = {}): string {
  return promSelector({
    namespace: model.namespace,
    model_name: model.modelName,
    model_version: model.modelVersion,
    ...more,
  });
}

/** Matchers of a model's series, of all versions. */
export function matchersOfAllVersions(model: ModelIdentity): string {
  return promSelector({ namespace: model.namespace, model_name: model.modelName });
}

/** Seconds as a duration of PromQL, to the millisecond, in the largest units that give whole numbers. */
export function promDuration(seconds: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const;
  let rest = Math.round(seconds * 1000);
  return units
    .map(([unit, milliseconds]) => {
      const whole = Math.floor(rest / milliseconds);
      rest -= whole * milliseconds;
      return whole > 0 ? `${whole}${unit}` : '';
    })
    .join('');
}

/**
 * A bound as Prometheus writes it into the label `le`: the shortest decimal as Go's %g has it, with `.0` where that is whole.
 * Prometheus 3 brings what it scrapes to this form; client libraries write it.
 */
export function leLabel(bound: number): string {
  if (!Number.isFinite(bound)) return bound > 0 ? '+Inf' : '-Inf';
  const [mantissa, exponent] = bound.toExponential().split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 6) {
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const shortest = String(bound);
  return shortest.includes('.') ? shortest : `${shortest}.0`;
}

/** What a model promises. */
interface ModelObjectives {
  readonly latencyP50Seconds?: number;
  readonly latencyP95Seconds?: number;
  readonly latencyP99Seconds?: number;
  readonly throughput?: number;
  readonly errorRatio: number;
}

/** Labels that tell models and their versions apart. */
export const MODEL = 'namespace, model_name, model_version';
/** A model in the text of an alert. */
export const MODEL_NAME = '{{ $labels.model_name }} {{ $labels.model_version }} in {{ $labels.namespace }}';

/** Failed requests in half an hour below which their share says nothing. */
const FEWEST_ERRORS = 5;

/**
 * The alerts of one model: it is gone, it fails, it is slower than its author promised.
 *
 * `platform-alerts.ts` has the bound on latency that holds for all models, kube-prometheus-stack the alerts on crash loops, pods
 * that are not scheduled and autoscalers at their maximum. Series are matched by namespace and model, not by version, so that
 * the version which is being replaced is watched too.
 */
export function modelAlerts(model: ModelIdentity, objectives: ModelObjectives): Rule[] {
  const selector = matchersOfAllVersions(model);
  const { latencyP50Seconds, latencyP95Seconds, latencyP99Seconds, throughput, errorRatio } = objectives;
  return [
    {
      alert: 'ModelDown',
      expr: `sum by (namespace, model_name) (up${selector}) == 0 or absent(up${selector})`,
      for: '10m',
      labels: { severity: AlertSeverity.CRITICAL },
      annotations: {
        summary: 'No replica of model {{ $labels.model_name }} in {{ $labels.namespace }} answers',
        description:
          'No replica could be scraped for 10 minutes. See the conditions of the AIModel, then the events and logs of its pods: ' +
          'an image or model that cannot be loaded, no node with a free GPU, or a network policy that keeps Prometheus out.',
      },
    },
    {
      alert: 'ModelErrors',
      expr: `${errorShare(selector)} > ${errorRatio}\nand on (${MODEL}) (${errors(selector, '30m', 'increase')}) >= ${FEWEST_ERRORS}`,
      for: '5m',
      labels: { severity: AlertSeverity.CRITICAL },
      annotations: {
        summary: `{{ $value | humanizePercentage }} of the requests to model ${MODEL_NAME} fail`,
        description:
          'Compare the start with the last change of the version: if they agree, set rollbackTo in the AIModel. Otherwise look into the ' +
          'logs of its pods for requests that do not fit the signature of the model, and for memory or GPU errors.',
      },
    },
    ...latencyAlert(selector, 0.5, latencyP50Seconds),
    ...latencyAlert(selector, 0.95, latencyP95Seconds),
    ...latencyAlert(selector, 0.99, latencyP99Seconds),
    ...(throughput === undefined ? [] : [throughputAlert(selector, throughput)]),
  ];
}

/** What a quantile of the times is called in the text of an alert, and the field that its bound is from. */
const QUANTILES: { readonly [quantile: number]: { readonly share: string; readonly field: string } } = {
  0.5: { share: 'half of the requests', field: 'latencyP50' },
  0.95: { share: 'one request in 20', field: 'latencyP95' },
  0.99: { share: 'one request in 100', field: 'latencyP99' },
};

function latencyAlert(selector: string, quantile: number, seconds: number | undefined): Rule[] {
  if (seconds === undefined) return [];
  const { share, field } = QUANTILES[quantile];
  return [
    {
      alert: 'ModelLatencyAboveTarget',
      expr: `(\n${latency(selector, quantile)}\n) > ${seconds}`,
      for: '10m',
      labels: { severity: AlertSeverity.WARNING, quantile: String(quantile) },
      annotations: {
        summary: `Model ${MODEL_NAME} takes {{ $value | humanizeDuration }} for ${share}, and promises ${seconds}s`,
        description:
          'If all replicas are busy (inference_queue_depth, GPU use), raise autoscaling.maxReplicas. If a new version is slower, roll back or ' +
          `correct metrics.${field}, which is where the bound comes from.`,
      },
    },
  ];
}

/** Above the throughput that a replica was measured with, requests wait. */
function throughputAlert(selector: string, throughput: number): Rule {
  const replicas = `count by (${MODEL}) (up${selector} == 1)`;
  return {
    alert: 'ModelAboveThroughput',
    expr: `(\n${requests(selector, '5m', 'rate')}\n) / on (${MODEL}) ${replicas} > ${throughput}`,
    for: '15m',
    labels: { severity: AlertSeverity.WARNING },
    annotations: {
      summary: `Each replica of model ${MODEL_NAME} is asked {{ $value | humanize }} times a second, and can answer ${throughput} times`,
      description:
        'Raise serving.replicas or autoscaling.maxReplicas, or correct metrics.throughput, which is where the bound comes from.',
    },
  };
}

// Servers name their series differently; the first that a model has counts. `../metrics/custom-metrics.ts` says whose they are;
// TensorFlow Serving's begin with a colon.

type Change = 'rate' | 'increase';

function total(series: string, selector: string, window: string, change: Change): string {
  return `sum by (${MODEL}) (${change}(${series}${selector}[${window}]))`;
}

export function requests(selector: string, window: string, change: Change): string {
  return [
    total('inference_requests_total', selector, window, change),
    total('request_predict_seconds_count', selector, window, change),
    `(${total('nv_inference_request_success', selector, window, change)} + ${errorsOfTriton(selector, window, change)})`,
    total(':tensorflow:serving:request_count', selector, window, change),
  ].join('\nor\n');
}

/** KServe's Python servers count no errors. */
function errors(selector: string, window: string, change: Change): string {
  return [
    total('inference_errors_total', selector, window, change),
    errorsOfTriton(selector, window, change),
    total(':tensorflow:serving:request_count', selector.replace('}', ',status!="OK"}'), window, change),
  ].join('\nor\n');
}

function errorsOfTriton(selector: string, window: string, change: Change): string {
  return total('nv_inference_request_failure', selector, window, change);
}

function errorShare(selector: string): string {
  return `(${errors(selector, '5m', 'rate')})\n/ on (${MODEL})\n(${requests(selector, '5m', 'rate')})`;
}

/** Triton has no histogram of latencies by default: its mean is used. TensorFlow Serving has microseconds. */
function latency(selector: string, share: number): string {
  const quantile = (series: string): string =>
    `histogram_quantile(${share}, sum by (${MODEL}, le) (rate(${series}_bucket${selector}[5m])))`;
  const duration = total('nv_inference_request_duration_us', selector, '5m', 'rate');
  const count = total('nv_inference_request_success', selector, '5m', 'rate');
  return [
    quantile('inference_latency_seconds'),
    quantile('request_predict_seconds'),
    `${duration} / ${count} / 1e6`,
    `${quantile(':tensorflow:serving:request_latency')} / 1e6`,
  ].join('\nor\n');
}
