export { EnvironmentCapacity, PoolCapacity } from './capacity';
export { ArgoCdDeliveryProps } from './argo-cd-applications';
export * from './delivery';
export * from './environment';
export { EnvironmentReport, SynthesisReport } from './output';
export * from './platform-app';
