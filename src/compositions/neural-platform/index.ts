export * from './engine-selection';
export * from './neural-namespaces';
export * from './neural-platform';
