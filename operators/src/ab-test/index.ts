export * from './ab-test-operator';
