export { Tenant, TenantProps } from './tenant';
export * from './tenant-hierarchy';
