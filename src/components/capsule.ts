import { Component } from '../contracts/component';
import { FootprintExpression, FootprintWebhook } from '../contracts/footprint';
import { KUBECTL_IMAGE } from '../contracts/images';
import { certManager } from './cert-manager';
import { chartFootprint, valuesBelow } from './chart-footprint';

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
    footprint: FOOTPRINT,
    highAvailabilityValues: { replicaCount: 2 },
    values: {
      tls: { enableController: false, create: false },
      certManager: { generateCertificates: true },
      manager: {
        options: { users: options.ownerGroups.map((name) => ({ kind: 'Group', name })) },
        resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
      },
      global: {
        jobs: {
          kubectl: {
            // the chart's own image moves with the minor version of the cluster
            image: KUBECTL_IMAGE,
            resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
          },
        },
      },
    },
  });
}

const CONTROLLER = 'capsule-controller-manager';

/** The namespaces that owners of tenants made. */
const IN_TENANTS: FootprintExpression[] = [{ key: 'capsule.clastix.io/tenant', operator: 'Exists' }];

/** A webhook that the controller makes from the CapsuleConfiguration of the chart. */
function webhook(hook: string, judges: string[], others: Partial<FootprintWebhook> = {}): FootprintWebhook {
  const at = `webhooks.hooks.${hook}`;
  return {
    name: `${hook}.projectcapsule.dev`,
    failurePolicy: 'Fail',
    failurePolicyAt: `${at}.failurePolicy`,
    enabledAt: `${at}.enabled`,
    namespaceSelectorAt: `${at}.namespaceSelector`,
    objectSelectorAt: `${at}.objectSelector`,
    judges,
    servedBy: CONTROLLER,
    ...others,
  };
}

/**
 * What the chart brings, and the values that change it. The webhooks are those of
 * https://github.com/projectcapsule/capsule/blob/main/charts/capsule/templates/configuration.yaml.
 */
const FOOTPRINT = chartFootprint('capsule', {
  references: [{ kind: 'Secret', nameAt: 'manager.options.tracing.basicAuth.existingSecret' }],
  workloads: {
    [CONTROLLER]: valuesBelow('', {
      replicasAt: 'replicaCount',
      resourcesAt: 'manager.resources',
      imageAt: 'manager.image',
      podLabels: { 'app.kubernetes.io/name': 'capsule' },
    }),
    'capsule-crds': valuesBelow('global.jobs.kubectl', { replicasAt: undefined, imageAt: 'global.jobs.kubectl.image' }),
  },
  moreWebhooks: [
    webhook('namespaces', ['/namespaces']),
    webhook('tenants', ['capsule.clastix.io/tenants']),
    webhook('owners', ['capsule.clastix.io/tenantowners']),
    webhook('resourcepools.pools', ['capsule.clastix.io/resourcepools']),
    webhook('resourcepools.claims', ['capsule.clastix.io/resourcepoolclaims']),
    webhook('customquotas', ['capsule.clastix.io/customquotas']),
    webhook('globalcustomquotas', ['capsule.clastix.io/globalcustomquotas']),
    webhook('rulestatus', ['capsule.clastix.io/rulestatuses']),
    webhook('config', ['capsule.clastix.io/capsuleconfigurations'], { failurePolicy: 'Ignore' }),
    webhook('managed', ['*/*'], {
      scope: 'Namespaced',
      objectSelector: [{ key: 'projectcapsule.dev/managed-by', operator: 'In', values: ['controller'] }],
    }),
    webhook('replications', ['*/*'], {
      objectSelector: [{ key: 'projectcapsule.dev/created-by', operator: 'In', values: ['replications'] }],
    }),
    webhook('generic', ['*/*'], { scope: 'Namespaced', namespaceSelector: IN_TENANTS }),
    webhook('globalresourcequotas', ['*/*'], { scope: 'Namespaced', namespaceSelector: IN_TENANTS }),
    webhook('metadata', ['*/*'], { scope: 'Namespaced', namespaceSelector: IN_TENANTS, failurePolicy: 'Ignore' }),
    webhook('pods', ['/pods'], { namespaceSelector: IN_TENANTS }),
    webhook('services', ['/services'], { namespaceSelector: IN_TENANTS }),
    webhook('serviceaccounts', ['/serviceaccounts'], { namespaceSelector: IN_TENANTS }),
    webhook('persistentvolumeclaims', ['/persistentvolumeclaims'], { namespaceSelector: IN_TENANTS }),
    webhook('ingresses', ['networking.k8s.io/ingresses'], { namespaceSelector: IN_TENANTS }),
    webhook('gateways', ['gateway.networking.k8s.io/gateways'], { namespaceSelector: IN_TENANTS }),
    webhook('devices', ['resource.k8s.io/resourceclaims', 'resource.k8s.io/resourceclaimtemplates'], {
      namespaceSelector: IN_TENANTS,
    }),
  ],
});
