/**
 * ServiceAccounts of the engines, the same in every namespace. What they may do is more than the programs of tenants may, so no spec
 * names them: the operators do where an engine needs one.
 */
export const SPARK_ACCOUNT = 'spark';
export const FLINK_ACCOUNT = 'flink';
export const ARGO_ACCOUNT = 'argo-workflow';
export const ARGO_RESOURCES_ACCOUNT = 'argo-workflow-resources';
export const TRAINER_ACCOUNT = 'trainer';
export const EVENT_SOURCE_ACCOUNT = 'event-source';
export const RUN_REQUESTER_ACCOUNT = 'run-requester';

/** All of them. */
export const ENGINE_ACCOUNTS: readonly string[] = [
  ARGO_ACCOUNT,
  ARGO_RESOURCES_ACCOUNT,
  EVENT_SOURCE_ACCOUNT,
  FLINK_ACCOUNT,
  RUN_REQUESTER_ACCOUNT,
  SPARK_ACCOUNT,
  TRAINER_ACCOUNT,
];
