export * from './ml-workflow-operator';
