export * from './neural-namespaces';
export * from './neural-operators-props';
export * from './neural-platform';
