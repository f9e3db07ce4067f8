import { NamespaceQuota } from '../tenancy/namespace-quota';

/** How many objects of the platform's kinds a tenant may have. */
const OBJECT_COUNTS: { readonly [resource: string]: number } = {
  'aimodels.nstarx.io': 100,
  'mlworkflows.nstarx.io': 500,
  'datapipelines.nstarx.io': 200,
  'featurestores.nstarx.io': 100,
  'abtests.nstarx.io': 100,
};

const DEFAULT: NamespaceQuota = {
  cpu: 1000,
  memoryGiB: 10 * 1024,
  gpus: 20,
  storageGiB: 10 * 1024,
  pods: 1000,
  extra: { persistentvolumeclaims: '100', services: '50' },
};

/** A tenant's quota with bounds for the platform's kinds, unless it has its own. */
export function tenantQuota(quota: NamespaceQuota = DEFAULT): NamespaceQuota {
  const added = Object.entries(OBJECT_COUNTS).filter(([resource]) => !(`count/${resource}` in (quota.extra ?? {})));
  return { ...quota, objectCounts: { ...Object.fromEntries(added), ...quota.objectCounts } };
}
