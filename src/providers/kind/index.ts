export * from './kind-provider';
