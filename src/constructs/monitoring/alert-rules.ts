import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { checked, checkedEnum } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { INamespace, namespaceNameOf } from '../../contracts/namespace';
import { runbookUrl } from '../../contracts/runbooks';

/** How urgent an alert is. */
export enum AlertSeverity {
  /** Someone is to be woken. */
  CRITICAL = 'critical',
  /** Someone is to look during working hours. */
  WARNING = 'warning',
}
checkedEnum('AlertSeverity', AlertSeverity);

/** An alert. */
export interface Alert {
  /** Name in upper camel case. */
  readonly name: string;
  /** PromQL; the alert is on for each series that it gives. */
  readonly expression: string;
  /** One human-readable sentence; may use `{{ $labels.… }}` and `{{ $value }}`. */
  readonly summary: string;
  /**
   * How urgent it is.
   *
   * @default AlertSeverity.WARNING
   */
  readonly severity?: AlertSeverity;
  /**
   * Minutes that the expression must hold.
   *
   * @default 5
   */
  readonly forMinutes?: number;
  /**
   * URL of what to do about it.
   *
   * @default - none
   */
  readonly runbookUrl?: string;
}

/** What a service that answers requests promises: rate, errors, duration (RED). */
export interface ServiceObjectives {
  /** PromQL matchers of the service's series, such as `job="ml-backend"`. */
  readonly selector: string;
  /**
   * Largest share of requests that may fail, between 0 and 1.
   *
   * @default 0.05
   */
  readonly errorRatio?: number;
  /**
   * Largest 95th percentile of the duration, in seconds.
   *
   * @default 1
   */
  readonly latencySeconds?: number;
  /**
   * Smallest number of requests a second; below it the service counts as cut off.
   *
   * @default - no bound
   */
  readonly minimumRate?: number;
  /**
   * Counter of requests, with a label for the status code.
   *
   * @default 'http_requests_total'
   */
  readonly requestsMetric?: string;
  /**
   * Label of the counter that holds the status code.
   *
   * @default 'status'
   */
  readonly statusLabel?: string;
  /**
   * Histogram of durations in seconds, without `_bucket`.
   *
   * @default 'http_request_duration_seconds'
   */
  readonly durationMetric?: string;
  /**
   * URL of what to do about the alerts.
   *
   * @default - what docs/runbooks.md says of any service
   */
  readonly runbookUrl?: string;
}

/** Options of alert rules. */
export interface AlertRulesProps {
  /** Namespace that the alerts are about. */
  readonly namespace: INamespace;
  /**
   * Name of the PrometheusRule.
   *
   * @default - the construct's id
   */
  readonly name?: string;
}

/**
 * Alerts, as a PrometheusRule. Those of `forService` follow the RED method. Each has the labels that `AlertRouting` looks at, `severity` and
 * `namespace`: that of the series, or where the expression has none, that of the rules.
 *
 * @example
 * const alerts = new AlertRules(chart, 'checkout', { namespace: platform.teams.core });
 * alerts.forService('Checkout', { selector: 'job="checkout"', latencySeconds: 0.5 });
 * alerts.add({
 *   name: 'QueueGrows',
 *   expression: 'deriv(checkout_queue_length[10m]) > 1',
 *   summary: 'Orders wait longer and longer',
 *   severity: AlertSeverity.CRITICAL,
 * });
 */
@checked('AlertRules')
export class AlertRules extends Construct {
  /** The PrometheusRule. */
  public readonly rule: ApiObject;
  private readonly namespaceName: string;
  private readonly alerts: Alert[] = [];

  public constructor(scope: Construct, id: string, props: AlertRulesProps) {
    super(scope, id);
    this.namespaceName = namespaceNameOf(this, props.namespace);
    const name = props.name ?? id;
    this.rule = new ApiObject(this, 'Resource', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name, namespace: this.namespaceName },
      spec: {
        groups: [
          {
            name: `${this.namespaceName}.${name}`,
            rules: Lazy.any({
              produce: () => this.alerts.map((alert) => alertRule(this.namespaceName, alert)),
            }) as unknown,
          },
        ],
      },
    });
    this.node.addValidation({
      validate: () => (this.alerts.length > 0 ? [] : ['has no alert: call add() or forService(), or leave it out']),
    });
  }

  /**
   * Adds an alert.
   *
   * @throws InvalidInputError when the name is none, is taken, or the expression is empty
   */
  public add(alert: Alert): void {
    if (!/^[A-Z][A-Za-z0-9]*$/.test(alert.name)) {
      fail(this, 'name', 'must be in upper camel case', alert.name, "name it like 'HighErrorRatio'");
    }
    if (this.alerts.some((one) => one.name === alert.name)) {
      fail(this, 'name', 'must be unique in its rules', alert.name, 'give it another name');
    }
    if (alert.expression.trim() === '') {
      fail(this, 'expression', 'must be PromQL', alert.expression, 'write what is to be true');
    }
    const minutes = alert.forMinutes ?? 5;
    if (!Number.isInteger(minutes) || minutes < 0) {
      fail(this, 'forMinutes', 'must be a whole number of at least 0', minutes, 'give minutes');
    }
    this.alerts.push(alert);
  }

  /**
   * Adds the alerts of a service: too many errors, too slow, and where a smallest rate is given, too few requests.
   *
   * @param prefix start of the alerts' names, in upper camel case
   * @throws InvalidInputError when an objective is out of bounds
   */
  public forService(prefix: string, objectives: ServiceObjectives): void {
    const errorRatio = objectives.errorRatio ?? 0.05;
    if (!(errorRatio > 0 && errorRatio < 1)) {
      fail(this, 'errorRatio', 'must be between 0 and 1', errorRatio, 'write 5 % as 0.05');
    }
    const latency = objectives.latencySeconds ?? 1;
    if (!(latency > 0)) fail(this, 'latencySeconds', 'must be greater than 0', latency, 'give seconds');
    const matchers = `namespace="${this.namespaceName}",${objectives.selector}`;
    const requests = objectives.requestsMetric ?? 'http_requests_total';
    const status = objectives.statusLabel ?? 'status';
    const all = `sum(rate(${requests}{${matchers}}[5m]))`;
    const bucket = `${objectives.durationMetric ?? 'http_request_duration_seconds'}_bucket`;
    this.add({
      name: `${prefix}Errors`,
      expression: `sum(rate(${requests}{${matchers},${status}=~"5.."}[5m])) / ${all} > ${errorRatio}`,
      summary: `{{ $value | humanizePercentage }} of the requests fail`,
      severity: AlertSeverity.CRITICAL,
      runbookUrl: objectives.runbookUrl ?? runbookUrl('ServiceErrors'),
    });
    this.add({
      name: `${prefix}Slow`,
      expression: `histogram_quantile(0.95, sum by (le) (rate(${bucket}{${matchers}}[5m]))) > ${latency}`,
      summary: `One request in 20 takes longer than {{ $value | humanizeDuration }}`,
      forMinutes: 10,
      runbookUrl: objectives.runbookUrl ?? runbookUrl('ServiceSlow'),
    });
    if (objectives.minimumRate === undefined) return;
    if (!(objectives.minimumRate > 0)) {
      fail(this, 'minimumRate', 'must be greater than 0', objectives.minimumRate, 'leave it out for no bound');
    }
    this.add({
      name: `${prefix}Traffic`,
      // no series at all is no traffic either
      expression: `(${all} or vector(0)) < ${objectives.minimumRate}`,
      summary: 'Only {{ $value | humanize }} requests arrive a second',
      forMinutes: 15,
      runbookUrl: objectives.runbookUrl ?? runbookUrl('ServiceTraffic'),
    });
  }
}

/** An alert as a PrometheusRule has it. */
export function alertRule(namespace: string, alert: Alert): { [key: string]: unknown } {
  return {
    alert: alert.name,
    expr: alert.expression,
    for: `${alert.forMinutes ?? 5}m`,
    labels: {
      severity: alert.severity ?? AlertSeverity.WARNING,
      // a sum over everything has no namespace, and would be routed to no team
      namespace: `{{ or $labels.namespace "${namespace}" }}`,
    },
    annotations: { summary: alert.summary, ...(alert.runbookUrl ? { runbook_url: alert.runbookUrl } : {}) },
  };
}
