export * from './workflow-operator';
