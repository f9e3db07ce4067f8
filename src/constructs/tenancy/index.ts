export { ContainerDefaults, NamespaceQuota } from './namespace-quota';
export * from './namespace';
export * from './network-flow';
export * from './standard-teams';
export * from './team';
