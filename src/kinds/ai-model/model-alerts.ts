import { DriftMethod } from '../../api/generated/shared';
import { AlertSeverity } from '../../constructs/monitoring/alert-rules';
import { DRIFT_SERIES, FEATURE } from './drift-formulas';
import { DriftSettings, worstFeatures } from './drift-rules';
import { matchers, matchersOfAllVersions, ModelIdentity, promDuration, Rule } from './alert-promql';

/** What a model promises. */
export interface ModelObjectives {
  readonly latencyP95Seconds?: number;
  readonly errorRatio: number;
}

const MODEL = 'namespace, model_name, model_version';
const NAME = '{{ $labels.model_name }} {{ $labels.model_version }} in {{ $labels.namespace }}';

/** Failed requests in half an hour below which their share says nothing. */
const FEWEST_ERRORS = 5;

/**
 * The alerts of one model: it is gone, it fails, it is slower than its author promised.
 *
 * `platform-alerts.ts` has the bound on latency that holds for all models, kube-prometheus-stack the alerts on crash loops, pods
 * that are not scheduled and autoscalers at their maximum. Series are matched by namespace and model, not by version, so that
 * the version which is being replaced is watched too.
 */
export function servingAlerts(model: ModelIdentity, objectives: ModelObjectives): Rule[] {
  const selector = matchersOfAllVersions(model);
  const { latencyP95Seconds, errorRatio } = objectives;
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
        summary: `{{ $value | humanizePercentage }} of the requests to model ${NAME} fail`,
        description:
          'Compare the start with the last change of the version: if they agree, set rollbackTo in the AIModel. Otherwise look into the ' +
          'logs of its pods for requests that do not fit the signature of the model, and for memory or GPU errors.',
      },
    },
    ...(latencyP95Seconds === undefined ? [] : [latencyAlert(selector, latencyP95Seconds)]),
  ];
}

function latencyAlert(selector: string, latencyP95Seconds: number): Rule {
  return {
    alert: 'ModelLatencyAboveTarget',
    expr: `(\n${latency(selector)}\n) > ${latencyP95Seconds}`,
    for: '10m',
    labels: { severity: AlertSeverity.WARNING },
    annotations: {
      summary: `Model ${NAME} takes {{ $value | humanizeDuration }} for one request in 20, and promises ${latencyP95Seconds}s`,
      description:
        'If all replicas are busy (inference_queue_depth, GPU use), raise autoscaling.maxReplicas. If a new version is slower, roll back or ' +
        'correct metrics.latencyP95, which is where the bound comes from.',
    },
  };
}

/** Alerts on drift, and on drift that nobody measures. */
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
        summary: `What model ${NAME} is asked is no longer what it was trained on: ${DRIFT_NAMES[method]} {{ $value | printf "%.2f" }}`,
        description:
          `Features that changed most: ${worstFeatures(method)}over the last ${window}. Look for a source that changed first (units, ` +
          'missing values, a new client). If the world did change, train again and give the new version its own baseline.',
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
        summary: `{{ $value }} features of model ${NAME} are not watched for drift, though it is asked`,
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

// Servers name their series differently; the first that a model has counts. `../metrics/custom-metrics.ts` says whose they are;
// TensorFlow Serving's begin with a colon.

type Change = 'rate' | 'increase';

function total(series: string, selector: string, window: string, change: Change): string {
  return `sum by (${MODEL}) (${change}(${series}${selector}[${window}]))`;
}

function requests(selector: string, window: string, change: Change): string {
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
    total(':tensorflow:serving:request_count', selector.replace('}', ', status!="OK"}'), window, change),
  ].join('\nor\n');
}

function errorsOfTriton(selector: string, window: string, change: Change): string {
  return total('nv_inference_request_failure', selector, window, change);
}

function errorShare(selector: string): string {
  return `(${errors(selector, '5m', 'rate')})\n/ on (${MODEL})\n(${requests(selector, '5m', 'rate')})`;
}

/** Triton has no histogram of latencies unless told to: its mean stands in. TensorFlow Serving has microseconds. */
function latency(selector: string): string {
  const quantile = (series: string): string =>
    `histogram_quantile(0.95, sum by (${MODEL}, le) (rate(${series}_bucket${selector}[5m])))`;
  const duration = total('nv_inference_request_duration_us', selector, '5m', 'rate');
  const count = total('nv_inference_request_success', selector, '5m', 'rate');
  return [
    quantile('inference_latency_seconds'),
    quantile('request_predict_seconds'),
    `${duration} / ${count} / 1e6`,
    `${quantile(':tensorflow:serving:request_latency')} / 1e6`,
  ].join('\nor\n');
}
