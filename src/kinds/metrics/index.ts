export * from './custom-metrics';
export * from '../ai-model/model-autoscaler';
export * from './platform-alerts';
export * from './platform-dashboards';
export * from './platform-monitors';
