export * from './data-pipeline-operator';
