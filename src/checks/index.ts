export * from './check';
export * from './manifest-graph';
export * from './platform-checks';
export { PodTemplate } from './pod-template';
