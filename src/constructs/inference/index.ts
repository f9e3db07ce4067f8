export * from './inference-deployment';
export * from './inference-settings';
