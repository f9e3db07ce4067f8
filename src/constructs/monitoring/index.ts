export * from './alert-rules';
export * from './monitoring';
export * from './workload-monitor';
