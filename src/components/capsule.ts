import { Component } from '../contracts/component';
import { certManager } from './cert-manager';

/** Namespace of Capsule. */
export const CAPSULE_NAMESPACE = 'capsule-system';

/** Options of Capsule. */
export interface CapsuleOptions {
  /** Groups of the identity provider whose members own tenants. Capsule checks what these users write. */
  readonly ownerGroups: string[];
}

/**
 * Capsule, with which the owners of a tenant make its namespaces by themselves.
 *
 * Source: https://github.com/projectcapsule/capsule/tree/main/charts/capsule
 */
export function capsule(options: CapsuleOptions): Component {
  return new Component('capsule', {
    chart: { repository: 'oci://ghcr.io/projectcapsule/charts', name: 'capsule', version: '0.14.0' },
    namespace: CAPSULE_NAMESPACE,
    requires: [certManager()],
    customResources: [
      'CapsuleConfiguration',
      'CustomQuota',
      'GlobalCustomQuota',
      'GlobalResourceQuota',
      'GlobalTenantResource',
      'QuantityLedger',
      'ResourcePool',
      'ResourcePoolClaim',
      'RuleStatus',
      'Tenant',
      'TenantOwner',
      'TenantResource',
    ].map((kind) => `${kind}.capsule.clastix.io`),
    clusterScopedResources: [
      'CapsuleConfiguration.capsule.clastix.io',
      'GlobalCustomQuota.capsule.clastix.io',
      'GlobalResourceQuota.capsule.clastix.io',
      'GlobalTenantResource.capsule.clastix.io',
      'ResourcePool.capsule.clastix.io',
      'Tenant.capsule.clastix.io',
      'TenantOwner.capsule.clastix.io',
    ],
    values: {
      tls: { enableController: false, create: false },
      certManager: { generateCertificates: true },
      manager: {
        options: { users: options.ownerGroups.map((name) => ({ kind: 'Group', name })) },
        resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
      },
    },
  });
}
