export * from './cron-job-workload';
export { BatchWorkloadProps, JobWorkload, JobWorkloadProps, TrainingJob, TrainingJobProps } from './job-workload';
export { JobTemplate, JobTemplateProps } from './job-template';
export * from './probe';
export * from './service-workload';
export * from './volume';
export * from './workload';
