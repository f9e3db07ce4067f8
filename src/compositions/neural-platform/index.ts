export * from './neural-namespaces';
export * from './neural-platform';
