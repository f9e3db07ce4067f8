export { ContainerDefaults, NamespaceQuota } from './namespace-quota';
export * from './network-flow';
export * from './standard-teams';
export { Team, TeamProps } from './team';
export * from './team-roles';
export * from './tenant-namespace';
