export * from './pipeline-operator';
