export * from './aws-provider';
export { type AwsProviderProps, NodeScaling } from './settings';
