export { ArgoCdDeliveryProps, Delivery } from './delivery';
export * from './environment';
export * from './platform-app';
export * from './platform-testing';
export * from './synthesis-report';
