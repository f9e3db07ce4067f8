export { ArgoCdDeliveryProps, Delivery } from './delivery';
export * from './environment';
export * from './platform-app';
export * from './synthesis-report';
