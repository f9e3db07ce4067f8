export * from './custom-metrics';
export * from './model-autoscaler';
export * from './platform-alerts';
export * from './platform-dashboards';
export * from './platform-monitors';
