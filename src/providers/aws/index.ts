export * from './aws-provider';
export * from './node-scaling';
