export * from './model-deployment-objects';
export * from './model-deployment-settings';
