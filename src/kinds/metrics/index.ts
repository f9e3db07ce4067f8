export { CustomMetrics, CustomMetricsProps } from './custom-metrics';
export { PlatformDashboards } from './dashboards';
export { ModelAutoscaler, ModelAutoscalerProps } from './model-autoscaler';
export * from './monitoring';
