export * from './http-route';
export * from './platform-gateway';
