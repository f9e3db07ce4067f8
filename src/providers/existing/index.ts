export * from './existing-cluster-provider';
