export * from './check';
export * from './manifest-graph';
