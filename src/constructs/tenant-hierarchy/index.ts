export * from './capsule-tenant';
export * from './deletion-protection';
export * from './tenant';
export * from './tenant-hierarchy';
