import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { AIZoneSpec, ZoneIsolation } from '../../api/generated/ai-zone';
import { PLATFORM_GROUP } from '../../contracts/names';
import { zoneLabels } from './zone-labels';
import { ZONE_ROLES } from './zone-roles';

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io/v1';

/**
 * What people may do in a zone: the roles of the platform in its namespace, and the use of the zone.
 *
 * @param zones the zone and those above it, whose people have the same roles here
 * @internal
 */
export function addRoles(scope: Construct, zone: string, namespace: string, zones: string[]): void {
  const labels = zoneLabels(zone, 'access');
  const groups = (suffix: string): object[] =>
    zones.map((name) => ({ apiGroup: RBAC, kind: 'Group', name: `${name}-${suffix}` }));
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
 * Refuses Pods of a zone with nodes of its own that could run on other ones. The zone cannot keep others off its nodes: that
 * takes taints.
 *
 * @internal
 */
export function addNodePolicy(scope: Construct, zone: string, namespace: string, spec: AIZoneSpec): void {
  const nodeSelector = spec.resources?.compute?.nodeSelector ?? {};
  if (spec.isolation !== ZoneIsolation.NODE || Object.keys(nodeSelector).length === 0) return;
  const name = `zone-nodes-${zone}.${PLATFORM_GROUP}`;
  const labels = zoneLabels(zone, 'nodes');
  const wished = Object.entries(nodeSelector).sort();
  const holds = wished.map(([key, value]) => `object.spec.?nodeSelector[?${cel(key)}].orValue('') == ${cel(value)}`);
  new ApiObject(scope, 'NodePolicy', {
    apiVersion: ADMISSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name, labels },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      validations: [
        {
          expression: holds.join(' && '),
          message:
            `the Pods of zone ${zone} run on its own nodes: set the nodeSelector ` +
            wished.map(([key, value]) => `${key}=${value}`).join(', '),
          reason: 'Invalid',
        },
      ],
    },
  });
  new ApiObject(scope, 'NodePolicyBinding', {
    apiVersion: ADMISSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name, labels },
    spec: {
      policyName: name,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
    },
  });
}

/** Labels have no character that a string of CEL would have to escape. */
function cel(text: string): string {
  return `'${text}'`;
}

/**
 * The Capsule Tenant of a zone, whose owners make further namespaces by themselves. They share one quota, as large as the zone's.
 *
 * @internal
 */
export function addTenant(
  scope: Construct,
  zone: string,
  namespace: string,
  spec: AIZoneSpec,
  labels: { [key: string]: string },
  hard: { [key: string]: string },
): void {
  const nodeSelector = spec.resources?.compute?.nodeSelector;
  const storageClass = spec.resources?.storage?.class;
  new ApiObject(scope, 'Tenant', {
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: namespace, labels: zoneLabels(zone, 'tenant') },
    spec: {
      owners: [{ kind: 'Group', name: ownersOf(zone) }],
      preventDeletion: !(spec.allowCascadingDeletion ?? false),
      forceTenantPrefix: true,
      namespaceOptions: { additionalMetadataList: [{ labels }] },
      ...(nodeSelector ? { nodeSelector } : {}),
      ...(storageClass !== undefined ? { storageClasses: { default: storageClass } } : {}),
      // shared by all of the tenant's namespaces
      rules: [{ quota: [{ name: 'zone', hard }] }],
    },
  });
}

/**
 * Group whose members own the Capsule Tenant of a zone.
 *
 * @internal
 */
export function ownersOf(zone: string): string {
  return `${zone}-owners`;
}
