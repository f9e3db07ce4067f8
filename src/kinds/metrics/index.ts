export { CustomMetrics, CustomMetricsProps } from './custom-metrics';
export { PlatformDashboards } from './dashboards';
export * from './monitoring';
