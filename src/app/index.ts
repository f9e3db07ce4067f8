export { EnvironmentCapacity, PoolCapacity } from './capacity';
export { ArgoCdApplication } from './argo-cd-application';
export { ArgoCdDeliveryProps } from './argo-cd-applications';
export * from './delivery';
export * from './environment';
export * from './model-delivery/model-delivery-props';
export * from './model-delivery/model-delivery-workflow';
export { EnvironmentReport, SynthesisReport } from './output';
export * from './platform-app';
