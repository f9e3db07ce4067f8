export * from './api-gateway';
export * from './api-gateway-props';
export { ApiRoute, ApiRouteOptions } from './api-route';
export * from './exposure';
