import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import {
  METACONTROLLER_NAMESPACE,
  METACONTROLLER_ROLE_LABEL,
  METACONTROLLER_SERVICE_ACCOUNT,
} from '../../components/metacontroller';
import { childRules, relatedKinds } from './composite-controller';
import { GrantedRule, OperatorDefinition } from '../../api/operator-definition';

const READ = ['get', 'list', 'watch'];
/** Children are applied by patches; an update adopts one or releases it. */
const MANAGE = [...READ, 'create', 'update', 'patch', 'delete'];

/** What Metacontroller needs for itself. */
const OWN_RULES: readonly GrantedRule[] = [
  {
    apiGroups: ['metacontroller.k8s.io'],
    resources: ['compositecontrollers', 'decoratorcontrollers', 'controllerrevisions'],
    verbs: READ,
  },
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: READ },
  { apiGroups: [''], resources: ['namespaces'], verbs: READ },
  // it reads the hooks' certificates and tokens through a cache of the whole cluster; see docs/decisions/0010
  { apiGroups: [''], resources: ['secrets'], verbs: READ },
  { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];

/** Which of its pods works; leases elsewhere are none of its business. */
const LEASE_RULES: readonly GrantedRule[] = [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
];

/** The ClusterRole with what Metacontroller needs for itself. */
export function ownRole(scope: Construct, id: string): ApiObject {
  return role(scope, id, 'nstarx:metacontroller', OWN_RULES);
}

/** The Role with what Metacontroller needs in its own namespace, and its binding. */
export function leaseRole(scope: Construct, id: string): ApiObject {
  const apiGroup = 'rbac.authorization.k8s.io';
  const metadata = {
    name: 'nstarx:leader-election',
    namespace: METACONTROLLER_NAMESPACE,
    labels: { 'app.kubernetes.io/part-of': 'ml-platform' },
  };
  new ApiObject(scope, `${id}-binding`, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup, kind: 'Role', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', name: METACONTROLLER_SERVICE_ACCOUNT, namespace: METACONTROLLER_NAMESPACE }],
  });
  return new ApiObject(scope, id, { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules: LEASE_RULES });
}

/** The ClusterRole with what Metacontroller needs for an operator: made from the rules that the operator itself is made from. */
export function operatorRole(
  scope: Construct,
  id: string,
  definition: OperatorDefinition,
  groups: readonly string[],
): ApiObject {
  const { parent } = definition;
  const children = childRules(definition, groups);
  const isChild = (kind: { apiVersion: string; resource: string }): boolean =>
    children.some(({ apiVersion, resource }) => apiVersion === kind.apiVersion && resource === kind.resource);
  const related = relatedKinds(definition, groups).filter((kind) => !isChild(kind));
  return role(scope, id, `nstarx:operator:${definition.name}`, [
    // the finalizer of an object is written with the object; its subresource is asked of who makes owned objects, where the
    // cluster enforces that
    { apiGroups: [parent.group], resources: [parent.plural], verbs: [...READ, 'update'] },
    {
      apiGroups: [parent.group],
      resources: [`${parent.plural}/status`, `${parent.plural}/finalizers`],
      verbs: ['update'],
    },
    ...byGroup(children).map((rule) => ({ ...rule, verbs: MANAGE })),
    ...byGroup(related).map((rule) => ({ ...rule, verbs: READ })),
    ...(definition.grants ?? []),
  ]);
}

function byGroup(kinds: readonly { readonly apiVersion: string; readonly resource: string }[]) {
  const groups = new Map<string, Set<string>>();
  for (const { apiVersion, resource } of kinds) {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    groups.set(group, (groups.get(group) ?? new Set()).add(resource));
  }
  return [...groups].map(([group, resources]) => ({ apiGroups: [group], resources: [...resources].sort() }));
}

function role(scope: Construct, id: string, name: string, rules: readonly GrantedRule[]): ApiObject {
  return new ApiObject(scope, id, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name,
      labels: { 'app.kubernetes.io/part-of': 'ml-platform', [METACONTROLLER_ROLE_LABEL]: 'true' },
    },
    rules,
  });
}
