export * from './model-deployment-operator';
