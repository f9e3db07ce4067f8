import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { checkReferences, findEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { runbookUrl } from '../../contracts/runbooks';
import { isHighlyAvailable, Tier } from '../../contracts/tier';
import { IServiceWorkload } from '../../contracts/workload';
import { Alert, alertRule, AlertSeverity } from './alert-rules';
import { RequestMetrics } from './request-metrics';

/** What a service promises. */
export interface ServiceLevelObjectivesProps {
  /** The service. Prometheus has to scrape it by its Service, as it does where the workload has a `metricsPort`. */
  readonly service: IServiceWorkload;
  /**
   * Name of the PrometheusRule.
   *
   * @default - the name of the service, with -objectives
   */
  readonly name?: string;
  /**
   * Share of the requests that are answered without a failure of the service, in percent, over 30 days.
   *
   * @default - 99.9 in staging and production, 99 elsewhere
   */
  readonly availabilityPercent?: number;
  /**
   * How long a request takes at most, in milliseconds. It must be the bound of a bucket of the metrics: no other can be told.
   *
   * @default - no objective of latency
   */
  readonly latencyMilliseconds?: number;
  /**
   * Share of the requests that take no longer, in percent, over 30 days.
   *
   * @default 95
   */
  readonly latencyPercent?: number;
  /**
   * Requests a second that all pods together can answer, by a load test. From 80 % of it on, there is a warning.
   *
   * @default - not known
   */
  readonly requestsPerSecond?: number;
  /**
   * Mean time that routing adds to a request at most, in milliseconds. For metrics of Envoy.
   *
   * @default - no objective
   */
  readonly routingOverheadMilliseconds?: number;
  /**
   * Share of the requested CPU that is meant to be in use, in percent.
   *
   * @default 70
   */
  readonly cpuPercent?: number;
  /**
   * Share of the requested memory that is meant to be in use, in percent.
   *
   * @default 80
   */
  readonly memoryPercent?: number;
  /**
   * The metrics of the service.
   *
   * @default RequestMetrics.histogram()
   */
  readonly metrics?: RequestMetrics;
}

/**
 * What a service promises, as a PrometheusRule: series that say how it keeps it, and alerts when it will not.
 *
 * Alerts are by burn rate, that is how fast the failures that 30 days allow are used up: critical at 14.4 times over an hour or 6 times over six hours, a warning at once over three days; each also over a
 * short window, so that it ends soon after its cause, and from five failed or late requests on. Source: https://sre.google/workbook/alerting-on-slos/
 *
 * The series are named `service:…` and have the labels `namespace` and `service`; docs/constructs/service-levels.md lists them.
 *
 * @example
 * const search = new ServiceWorkload(chart, 'search', {
 *   namespace: platform.teams.core,
 *   image: 'ghcr.io/acme/search:1.4.2',
 *   metricsPort: 8080,
 * });
 * new ServiceLevelObjectives(chart, 'search-objectives', {
 *   service: search,
 *   availabilityPercent: 99.5,
 *   latencyMilliseconds: 500,
 *   requestsPerSecond: 200,
 * });
 */
@checked('ServiceLevelObjectives')
export class ServiceLevelObjectives extends Construct {
  /** The PrometheusRule. */
  public readonly rule: ApiObject;

  /** @throws InvalidInputError when an objective is out of bounds, or one that the metrics cannot tell */
  public constructor(scope: Construct, id: string, props: ServiceLevelObjectivesProps) {
    super(scope, id);
    checkReferences(this, props);
    const { serviceName: service } = props.service;
    const { namespaceName: namespace } = props.service.namespace;
    const objectives = this.objectivesOf(props);
    const recorded = recordingRules(objectives).map(({ record, expr }) => ({
      record,
      expr,
      labels: { namespace, service },
    }));
    const alerts = alertsOf(objectives).map((alert) => alertRule(namespace, alert));
    const name = props.name ?? `${service}-objectives`;
    this.rule = new ApiObject(this, 'Resource', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name, namespace },
      spec: {
        groups: [
          // rules of a group are evaluated in order, each sees what those before it recorded
          { name: `${namespace}.${name}`, rules: [...recorded, ...alerts] },
        ],
      },
    });
  }

  private objectivesOf(props: ServiceLevelObjectivesProps): Objectives {
    const tier = findEnvironment(this)?.tier ?? Tier.DEVELOPMENT;
    const metrics = props.metrics ?? RequestMetrics.histogram();
    const availabilityPercent = props.availabilityPercent ?? (isHighlyAvailable(tier) ? 99.9 : 99);
    const latencyPercent = props.latencyPercent ?? 95;
    this.checkPercent('availabilityPercent', availabilityPercent);
    this.checkPercent('latencyPercent', latencyPercent);
    if (props.latencyPercent !== undefined && props.latencyMilliseconds === undefined) {
      fail(
        this,
        'latencyPercent',
        'must come with latencyMilliseconds',
        props.latencyPercent,
        'give how long requests take at most as well',
      );
    }
    this.checkBucket(props.latencyMilliseconds, metrics);
    this.checkPositive('requestsPerSecond', props.requestsPerSecond);
    this.checkPositive('routingOverheadMilliseconds', props.routingOverheadMilliseconds);
    const selector = `namespace="${props.service.namespace.namespaceName}",service="${props.service.serviceName}"`;
    if (props.routingOverheadMilliseconds !== undefined && metrics._overhead(selector, '5m') === undefined) {
      fail(
        this,
        'routingOverheadMilliseconds',
        'must come with the metrics of a proxy',
        props.routingOverheadMilliseconds,
        'give metrics: RequestMetrics.envoy(), or leave it out where the service does not route',
      );
    }
    const { cpuPercent = 70, memoryPercent = 80 } = props;
    checkWhole(this, 'cpuPercent', cpuPercent, 1, 1000, 'give percent of the CPU that is reserved');
    checkWhole(this, 'memoryPercent', memoryPercent, 1, 1000, 'give percent of the memory that is reserved');
    return {
      selector,
      namespace: props.service.namespace.namespaceName,
      service: props.service.serviceName,
      metrics,
      availabilityPercent,
      latencyMilliseconds: props.latencyMilliseconds,
      latencyPercent,
      requestsPerSecond: props.requestsPerSecond,
      routingOverheadMilliseconds: props.routingOverheadMilliseconds,
      cpuPercent,
      memoryPercent,
    };
  }

  /** Six times what may fail has to be well below everything, or no alert could be on. */
  private checkPercent(prop: string, percent: number): void {
    if (percent >= 90 && percent <= 99.999) return;
    const fix =
      percent > 99.999
        ? 'give less: no failure at all cannot be promised'
        : 'give more: below, hardly any failure would be too many, and AlertRules says so better';
    fail(this, prop, 'must be between 90 and 99.999', percent, fix);
  }

  private checkBucket(milliseconds: number | undefined, { _buckets: buckets }: RequestMetrics): void {
    if (milliseconds === undefined || buckets.includes(milliseconds)) return;
    fail(
      this,
      'latencyMilliseconds',
      `must be the bound of a bucket (${buckets.join(', ')})`,
      milliseconds,
      'give one of these, or let the service count by a bucket there and say so: metrics: RequestMetrics.histogram({ bucketsMilliseconds: [...] })',
    );
  }

  private checkPositive(prop: string, value: number | undefined): void {
    if (value === undefined || (value > 0 && Number.isFinite(value))) return;
    fail(this, prop, 'must be greater than 0', value, 'leave it out where it is not known');
  }
}

interface Objectives {
  /** PromQL matchers of the series of the service. */
  readonly selector: string;
  readonly namespace: string;
  readonly service: string;
  readonly metrics: RequestMetrics;
  readonly availabilityPercent: number;
  readonly latencyMilliseconds?: number;
  readonly latencyPercent: number;
  readonly requestsPerSecond?: number;
  readonly routingOverheadMilliseconds?: number;
  readonly cpuPercent: number;
  readonly memoryPercent: number;
}

interface Recorded {
  readonly record: string;
  readonly expr: string;
}

/** Windows of the alerts. */
const WINDOWS = ['30m', '1h', '6h', '3d'];

/**
 * What a service did. Long windows are sums over the rates of five minutes: three days of raw histograms would be read anew at each evaluation.
 */
function recordingRules(objectives: Objectives): Recorded[] {
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
          { record: 'service:timed_requests:rate5m', expr: metrics._timed(selector, '5m') },
          {
            record: 'service:slow_requests:rate5m',
            // never below 0, where a scrape falls between the count and its buckets
            expr: `clamp_min(${metrics._timed(selector, '5m')} - ${metrics._within(selector, latencyMilliseconds, '5m')}, 0)`,
          },
          ...ratios('service:slow_requests', 'service:timed_requests', selector),
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
function utilization({ namespace, service, cpuPercent, memoryPercent }: Objectives): Recorded[] {
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

function alertsOf(objectives: Objectives): Alert[] {
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
          : `${scraped} or (service:timed_requests:rate5m{${selector}} unless on (namespace, service) service:slow_requests:rate5m{${selector}})`,
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
