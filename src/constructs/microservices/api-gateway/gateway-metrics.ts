import { clusterName } from './api-route';
import { STAT_PREFIX } from './envoy/http-listeners';

/** What Envoy counts of the requests to a gateway, or of those to one service behind it. Durations are in milliseconds. */
export interface EnvoyMetrics {
  /** PromQL matchers of the series. */
  readonly matchers: string;
  /** Counter of answers; those to health checks do not count. */
  readonly requests: string;
  /** Label of the counter with the first digit of the status. */
  readonly statusClassLabel: string;
  /** Histogram of the time from a request's first byte to its answer's last, without `_bucket`. */
  readonly duration: string;
}

/**
 * Metrics of all requests to a gateway, as its clients see them.
 *
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_conn_man/stats
 *
 * @param selector PromQL matchers of the gateway's series, such as `namespace="shop",pod=~"api-gateway-.*"`
 */
export function gatewayMetrics(selector: string): EnvoyMetrics {
  return {
    matchers: `${selector},envoy_http_conn_manager_prefix="${STAT_PREFIX}"`,
    requests: 'envoy_http_downstream_rq_xx',
    statusClassLabel: 'envoy_response_code_class',
    duration: 'envoy_http_downstream_rq_time',
  };
}

/**
 * Metrics of the requests that a gateway sends to a service, each attempt for itself.
 *
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/upstream/cluster_manager/cluster_stats
 *
 * @param selector PromQL matchers of the gateway's series
 */
export function upstreamMetrics(selector: string, namespace: string, service: string): EnvoyMetrics {
  return {
    matchers: `${selector},envoy_cluster_name="${clusterName(namespace, service)}"`,
    requests: 'envoy_cluster_upstream_rq_xx',
    statusClassLabel: 'envoy_response_code_class',
    duration: 'envoy_cluster_upstream_rq_time',
  };
}

/**
 * PromQL for the mean milliseconds that the gateway itself takes for a request: the time of clients less that of services. What a client takes to
 * send a request and to read its answer is in it.
 *
 * @param selector PromQL matchers of the gateway's series
 * @param window range of time, such as `5m`
 */
export function routingOverhead(selector: string, window: string): string {
  const { matchers, duration } = gatewayMetrics(selector);
  const sum = (series: string, those: string): string => `sum(rate(${series}{${those}}[${window}]))`;
  // names of clusters that are services have an underscore
  const services = `${selector},envoy_cluster_name=~".+_.+"`;
  const upstream = sum(`${upstreamMetrics(selector, '', '').duration}_sum`, services);
  return `(${sum(`${duration}_sum`, matchers)} - ${upstream}) / ${sum(`${duration}_count`, matchers)}`;
}
