import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ChildRule, GrantedRule, OperatorDefinition, RelatedKind, REVISIONS } from '../../api/operator-definition';
import { apiVersionOf } from '../../api/schema/schema';
import {
  METACONTROLLER_NAMESPACE,
  METACONTROLLER_ROLE_LABEL,
  METACONTROLLER_SERVICE_ACCOUNT,
} from '../../contracts/metacontroller';

/** Where Metacontroller calls a hook server, and how both prove who they are. */
export interface HookEndpoint {
  /** URL of the hook server, without a path: `https://operators.nstarx-system.svc:8443`. */
  readonly url: string;
  /** The Secret whose `ca.crt` has the certificate of the authority that the server's certificate is from. */
  readonly caSecret?: { readonly name: string; readonly namespace: string };
  /** The Secret whose `tls.crt` and `tls.key` Metacontroller proves itself with. */
  readonly clientSecret?: { readonly name: string; readonly namespace: string };
  /** The Secret whose key `token` has a bearer token. */
  readonly tokenSecret?: { readonly name: string; readonly namespace: string };
  /** Seconds after which a call is given up. @default 10 */
  readonly timeoutSeconds?: number;
}

/** The manifest of a CompositeController. */
export interface CompositeController {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: { readonly [key: string]: string } };
  readonly spec: { readonly [field: string]: unknown };
}

/** The label by which Metacontroller knows the controllers that are its own; every object of an environment has a part-of label. */
export const CONTROLLER_LABELS = { 'nstarx.io/component': 'operator' } as const;

/** The hooks of an operator: the paths of the hook server. */
export function hookPath(operator: string, hook: 'sync' | 'customize' | 'finalize'): string {
  return `/hooks/${operator}/${hook}`;
}

/**
 * The CompositeController of an operator.
 *
 * Source: https://metacontroller.github.io/metacontroller/api/compositecontroller.html
 *
 * @param groups API groups of third parties that the cluster serves; Metacontroller does not start a controller with a kind that
 * is not served
 * @param kinds kinds of these groups that it serves, as `Kind.group`; without, all of them
 */
export function compositeController(
  definition: OperatorDefinition,
  endpoint: HookEndpoint,
  groups: readonly string[],
  kinds?: readonly string[],
): CompositeController {
  const { name, parent, related } = definition;
  const children = childRules(definition, groups, kinds);
  const webhook = (hook: 'sync' | 'customize' | 'finalize') => ({
    version: 'v2',
    webhook: {
      url: `${endpoint.url}${hookPath(name, hook)}`,
      timeout: `${endpoint.timeoutSeconds ?? 10}s`,
      ...(endpoint.caSecret ? { caBundle: { secretRef: { ...endpoint.caSecret, key: 'ca.crt' } } } : {}),
      ...(endpoint.clientSecret ? { clientTLS: { secretRef: endpoint.clientSecret } } : {}),
      ...(endpoint.tokenSecret
        ? { authorization: { type: 'Bearer', secretRef: { ...endpoint.tokenSecret, key: 'token' } } }
        : {}),
    },
  });
  return {
    apiVersion: 'metacontroller.k8s.io/v1alpha1',
    kind: 'CompositeController',
    metadata: { name: `nstarx-${name}`, labels: { ...CONTROLLER_LABELS, 'app.kubernetes.io/name': name } },
    spec: {
      generateSelector: true,
      // what failed while the hook server was unavailable is tried again at least this often; the backoff goes up to 16 minutes
      resyncPeriodSeconds: 300,
      parentResource: {
        apiVersion: apiVersionOf(parent),
        resource: parent.plural,
        // a status that is written must not call the hook again
        ignoreStatusChanges: true,
      },
      childResources: children.map(({ apiVersion, resource, method }) => ({
        apiVersion,
        resource,
        updateStrategy: { method: method ?? 'InPlace' },
      })),
      hooks: {
        sync: webhook('sync'),
        ...(related.length > 0 ? { customize: webhook('customize') } : {}),
        ...(definition.finalizes ? { finalize: webhook('finalize') } : {}),
      },
    },
  };
}

/**
 * The kinds that an operator makes in a cluster that serves these groups of third parties.
 *
 * @param kinds kinds of these groups that it serves, as `Kind.group`: several components may have kinds in one group, as Argo CD,
 * Rollouts and Workflows do. Without, all of the groups
 */
export function childRules(
  { children }: OperatorDefinition,
  groups: readonly string[],
  kinds?: readonly string[],
): ChildRule[] {
  return [...children.filter((rule) => isServed(rule, groups, kinds)), REVISIONS];
}

/** The kinds that an operator reads in such a cluster. */
export function relatedKinds(
  { related }: OperatorDefinition,
  groups: readonly string[],
  kinds?: readonly string[],
): RelatedKind[] {
  return related.filter((kind) => isServed(kind, groups, kinds));
}

/** Groups that are there without a component: Kubernetes' own, and the platform's. Others end with .k8s.io too. */
const ALWAYS_SERVED: readonly string[] = [
  '',
  'admissionregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'mlifecycle.io',
  'networking.k8s.io',
  'nstarx.io',
  'policy',
  'rbac.authorization.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
];

function isServed(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  groups: readonly string[],
  kinds?: readonly string[],
): boolean {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (ALWAYS_SERVED.includes(group)) return true;
  return groups.includes(group) && (kinds?.includes(`${kind}.${group}`) ?? true);
}

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
  kinds?: readonly string[],
): ApiObject {
  const { parent } = definition;
  const children = childRules(definition, groups, kinds);
  const isChild = (kind: { apiVersion: string; resource: string }): boolean =>
    children.some(({ apiVersion, resource }) => apiVersion === kind.apiVersion && resource === kind.resource);
  const related = relatedKinds(definition, groups, kinds).filter((kind) => !isChild(kind));
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
