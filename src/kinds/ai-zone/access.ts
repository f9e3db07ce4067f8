import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { PLATFORM_GROUP, RESERVED_LABELS } from '../../contracts/names';
import { AIZonePlan, zoneLabels } from './plan';

const RBAC = 'rbac.authorization.k8s.io';

/** Who has which of the personas' ClusterRoles in a zone: the groups are `<zone>-<suffix>`. */
export const ZONE_ROLES = [
  { suffix: 'data-scientists', role: 'nstarx:data-scientist', uses: true },
  { suffix: 'ml-engineers', role: 'nstarx:ml-engineer', uses: true },
  { suffix: 'model-reviewers', role: 'nstarx:model-reviewer', uses: false },
] as const;

/**
 * What users may do in a zone: the roles of the platform in its namespace, and the use of the zone. Those of the zones above have
 * the same roles here.
 */
export function addRoles(scope: Construct, { zone, namespace, inheritance }: AIZonePlan): void {
  const labels = zoneLabels(zone, 'access');
  const groups = (suffix: string): object[] =>
    inheritance.zones.map((name) => ({ apiGroup: RBAC, kind: 'Group', name: `${name}-${suffix}` }));
  for (const { suffix, role } of ZONE_ROLES) {
    new ApiObject(scope, suffix, {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: `zone-${suffix}`, namespace, labels },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
      subjects: groups(suffix),
    });
  }
  const name = `nstarx:zone:${zone}`;
  // a zone is in no namespace, so its use is granted in the whole cluster, by its name
  new ApiObject(scope, 'UseRole', {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name, labels },
    rules: [{ apiGroups: [PLATFORM_GROUP], resources: ['aizones'], resourceNames: [zone], verbs: ['get', 'use'] }],
  });
  new ApiObject(scope, 'Use', {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
    subjects: ZONE_ROLES.filter(({ uses }) => uses).flatMap(({ suffix }) => groups(suffix)),
  });
}

/**
 * The Capsule Tenant of a zone, whose owners make further namespaces by themselves, where Capsule lets these own tenants. They share
 * one quota, as large as the zone's.
 *
 * @param labels of every namespace of the tenant
 */
export function addTenant(
  scope: Construct,
  { zone, namespace, spec, settings }: AIZonePlan,
  labels: { [key: string]: string },
  bounds: { [key: string]: string },
): void {
  const owners = `${zone}-owners`;
  if (!(settings.selfServiceGroups ?? []).includes(owners)) return;
  const nodeSelector = spec.resources?.compute?.nodeSelector;
  const storageClass = spec.resources?.storage?.class;
  new ApiObject(scope, 'Tenant', {
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: namespace, labels: zoneLabels(zone, 'tenant') },
    spec: {
      owners: [{ kind: 'Group', name: owners }],
      preventDeletion: !(spec.allowCascadingDeletion ?? false),
      forceTenantPrefix: true,
      // what Capsule sets itself is let through
      namespaceOptions: { additionalMetadataList: [{ labels }], forbiddenLabels: { deniedRegex: RESERVED_LABELS } },
      ...(nodeSelector ? { nodeSelector } : {}),
      ...(storageClass !== undefined ? { storageClasses: { default: storageClass } } : {}),
      // shared by all of the tenant's namespaces
      rules: [{ quota: [{ name: 'zone', hard: bounds }] }],
    },
  });
}
