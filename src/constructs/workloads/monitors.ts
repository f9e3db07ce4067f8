/** How a workload's metrics are scraped. */
const INTERVAL = '30s';

/** The spec of a ServiceMonitor for the Services with some labels, in its own namespace. */
export function serviceMonitorSpec(
  matchLabels: { [key: string]: string },
  port: string,
  path: string,
): { [key: string]: unknown } {
  return { selector: { matchLabels }, endpoints: [{ port, path, interval: INTERVAL }] };
}

/** The spec of a PodMonitor for the pods with some labels, in its own namespace. */
export function podMonitorSpec(
  matchLabels: { [key: string]: string },
  port: string,
  path: string,
): { [key: string]: unknown } {
  return { selector: { matchLabels }, podMetricsEndpoints: [{ port, path, interval: INTERVAL }] };
}
