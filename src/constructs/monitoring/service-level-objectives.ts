import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked } from '../../contracts/checked';
import { checkReferences } from '../../contracts/environment-scope';
import { IServiceWorkload } from '../../contracts/workload';
import { alertRule } from './alert-rules';
import { objectivesOf, ServiceLevelOptions } from './objectives';
import { RequestMetrics } from './request-metrics';
import { alertsOf, recordingRules } from './service-level-rules';

/** What a service promises. */
export interface ServiceLevelObjectivesProps extends ServiceLevelOptions {
  /** The service. Its metrics need the labels `namespace` and `service`, as they have where the workload has a `metricsPort`, and those of `ApiGateway`. */
  readonly service: IServiceWorkload;
  /**
   * Name of the PrometheusRule.
   *
   * @default - the name of the service, with -objectives
   */
  readonly name?: string;
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
  readonly requestMetrics?: RequestMetrics;
}

/**
 * What a service promises, as a PrometheusRule: series that say how it keeps it, and alerts when it will not.
 *
 * Alerts are by burn rate, that is how fast the failures that 30 days allow are used up: critical at 14.4 times over an hour or 6 times over six hours, a warning at once over three days; each also over a
 * short window, so that it ends soon after its cause, and from five failed or late requests on. Source: https://sre.google/workbook/alerting-on-slos/
 *
 * A `Microservice` and an `ApiGateway` that are given objectives make their own.
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
    const measured = {
      ...objectivesOf(this, props),
      namespace,
      service,
      selector: `namespace="${namespace}",service="${service}"`,
    };
    const recorded = recordingRules(measured).map(({ record, expr }) => ({
      record,
      expr,
      labels: { namespace, service },
    }));
    const alerts = alertsOf(measured).map((alert) => alertRule(namespace, alert));
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
}
