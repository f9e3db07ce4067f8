import { runbookUrl } from '../../contracts/runbooks';
import { Alert, AlertSeverity } from './alert-rules';
import { Objectives } from './objectives';

/** What a service promises, and what its series are. */
export interface MeasuredService extends Objectives {
  /** PromQL matchers of the series of the service. */
  readonly selector: string;
  readonly namespace: string;
  readonly service: string;
}

/** A rule that records a series. */
export interface Recorded {
  readonly record: string;
  readonly expr: string;
}

/** Windows of the alerts. */
const WINDOWS = ['30m', '1h', '6h', '3d'];

/**
 * What a service did. Long windows are sums over the rates of five minutes: three days of raw histograms would be read anew at each evaluation.
 */
export function recordingRules(objectives: MeasuredService): Recorded[] {
  const { selector, metrics, latencyMilliseconds, latencyPercent, requestsPerSecond } = objectives;
  const requests = metrics._requests(selector, '5m');
  const overhead = metrics._overhead(selector, '5m');
  const constant = (record: string, value: number): Recorded => ({ record, expr: `vector(${value})` });
  return [
    { record: 'service:requests:rate5m', expr: requests },
    // no request has failed yet where there is no series
    { record: 'service:request_errors:rate5m', expr: `${metrics._failed(selector, '5m')} or 0 * ${requests}` },
    ...ratios('service:request_errors', 'service:requests', selector),
    constant('service:availability:target_ratio', share(objectives.availabilityPercent)),
    ...(latencyMilliseconds === undefined
      ? []
      : [
          { record: 'service:slow_requests:rate5m', expr: metrics._slow(selector, latencyMilliseconds, '5m') },
          ...ratios('service:slow_requests', 'service:requests', selector),
          constant('service:latency:target_seconds', latencyMilliseconds / 1000),
          constant('service:latency:target_ratio', share(latencyPercent)),
        ]),
    { record: 'service:latency:seconds', expr: metrics._quantile(selector, latencyPercent, '5m') },
    ...(requestsPerSecond === undefined ? [] : [constant('service:requests:capacity', requestsPerSecond)]),
    ...(overhead === undefined ? [] : [{ record: 'service:routing_overhead:mean5m_seconds', expr: overhead }]),
    ...utilization(objectives),
  ];
}

/** The share of some of the requests, over each window. */
function ratios(some: string, all: string, selector: string): Recorded[] {
  return [
    { record: `${some}:ratio_rate5m`, expr: `${some}:rate5m{${selector}} / ${all}:rate5m{${selector}}` },
    ...WINDOWS.map((window) => ({
      record: `${some}:ratio_rate${window}`,
      expr: `sum_over_time(${some}:rate5m{${selector}}[${window}]) / sum_over_time(${all}:rate5m{${selector}}[${window}])`,
    })),
  ];
}

/** What the pods of the Deployment use of what they have requested, and what they are meant to. */
function utilization({ namespace, service, cpuPercent, memoryPercent }: MeasuredService): Recorded[] {
  const pods = `namespace="${namespace}",pod=~"${service}-[a-z0-9]+-[a-z0-9]{5}",container!=""`;
  const requested = (resource: string): string =>
    `sum(kube_pod_container_resource_requests{${pods},resource="${resource}"})`;
  return [
    {
      record: 'service:cpu:utilization_ratio',
      expr: `sum(rate(container_cpu_usage_seconds_total{${pods}}[5m])) / ${requested('cpu')}`,
    },
    { record: 'service:cpu:target_ratio', expr: `vector(${share(cpuPercent)})` },
    {
      record: 'service:memory:utilization_ratio',
      expr: `sum(container_memory_working_set_bytes{${pods}}) / ${requested('memory')}`,
    },
    { record: 'service:memory:target_ratio', expr: `vector(${share(memoryPercent)})` },
  ];
}

/** When a service does not keep what it promises, or will not. */
export function alertsOf(objectives: MeasuredService): Alert[] {
  const { selector, availabilityPercent, latencyPercent, latencyMilliseconds, requestsPerSecond } = objectives;
  const { routingOverheadMilliseconds: overhead } = objectives;
  const errors = { series: 'service:request_errors', selector, budget: allowed(availabilityPercent) };
  const slow = { series: 'service:slow_requests', selector, budget: allowed(latencyPercent) };
  const late = `take longer than ${latencyMilliseconds} ms`;
  const scraped = `absent(up{${selector}})`;
  const alerts: Alert[] = [
    {
      name: 'ServiceErrorBudgetBurnsFast',
      expression: fast(errors),
      summary:
        '{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} fail: what 30 days allow is used up in days',
      severity: AlertSeverity.CRITICAL,
      forMinutes: 2,
    },
    {
      name: 'ServiceErrorBudgetBurnsSlowly',
      expression: slowly(errors),
      summary:
        '{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} failed in three days: more than is allowed',
      forMinutes: 15,
    },
    {
      name: 'ServiceNotMeasured',
      // durations without a bucket at the bound are as good as none
      expression:
        latencyMilliseconds === undefined
          ? scraped
          : `${scraped} or (service:requests:rate5m{${selector}} unless on (namespace, service) service:slow_requests:rate5m{${selector}})`,
      summary: 'Prometheus does not see how {{ $labels.service }} keeps its objectives',
      forMinutes: 30,
    },
  ];
  if (latencyMilliseconds !== undefined) {
    alerts.push(
      {
        name: 'ServiceLatencyBudgetBurnsFast',
        expression: fast(slow),
        summary: `{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} ${late}: what 30 days allow is used up in days`,
        severity: AlertSeverity.CRITICAL,
        forMinutes: 2,
      },
      {
        name: 'ServiceLatencyBudgetBurnsSlowly',
        expression: slowly(slow),
        summary: `{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} in three days ${late}: more than is allowed`,
        forMinutes: 15,
      },
    );
  }
  if (requestsPerSecond !== undefined) {
    alerts.push({
      name: 'ServiceNearCapacity',
      expression: `service:requests:rate5m{${selector}} > ${round(requestsPerSecond * NEAR)}`,
      summary: `{{ $labels.service }} is asked {{ $value | humanize }} times a second, and can answer ${requestsPerSecond}`,
      forMinutes: 10,
    });
  }
  if (overhead !== undefined) {
    alerts.push({
      name: 'RoutingOverheadHigh',
      expression: `service:routing_overhead:mean5m_seconds{${selector}} > ${overhead / 1000}`,
      summary: `{{ $labels.service }} adds {{ $value | humanizeDuration }} to a request, more than ${overhead} ms`,
      forMinutes: 10,
    });
  }
  return alerts.map((alert) => ({ ...alert, runbookUrl: runbookUrl(alert.name) }));
}

/** From this share of the capacity on, there is a warning. */
const NEAR = 0.8;

/** Single failures at night are no trend, whatever their share. */
const FEWEST = 5;

interface Budget {
  readonly series: string;
  readonly selector: string;
  /** The share that may fail. */
  readonly budget: number;
}

/** 2 % of what 30 days allow in an hour, or 5 % in six. */
function fast(budget: Budget): string {
  return `(${burns(budget, '1h', '5m', 14.4)}) or (${burns(budget, '6h', '30m', 6)})`;
}

/** 10 % of what 30 days allow in three. */
function slowly(budget: Budget): string {
  return burns(budget, '3d', '6h', 1);
}

function burns({ series, selector, budget }: Budget, long: string, short: string, factor: number): string {
  const bound = round(budget * factor);
  const above = (window: string): string => `${series}:ratio_rate${window}{${selector}} > ${bound}`;
  // how many there were: the rates of five minutes, each once
  const count = `300 * sum_over_time(${series}:rate5m{${selector}}[${long}:5m]) >= ${FEWEST}`;
  return `${above(long)} and ${above(short)} and ${count}`;
}

function share(percent: number): number {
  return round(percent / 100);
}

function allowed(percent: number): number {
  return round(1 - percent / 100);
}

/** Without the last digits of binary fractions: 0.001 and not 0.0009999999999999. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
