export * from './api-gateway';
export { ApiRoute, ApiRouteOptions } from './api-route';
export * from './exposure';
