export * from './dependency';
export * from './external-service';
export * from './microservice';
export * from './microservices';
export * from './service-classes';
export * from './topic';
