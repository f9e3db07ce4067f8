export * from './aws-provider';
export { type AwsProviderProps, FlowLogs, NodeScaling } from './settings';
