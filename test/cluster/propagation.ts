import { randomBytes } from 'node:crypto';

import { isAllowed } from './access';
import type { RestClient } from './client';
import { until } from '../support/waiting';
import type { KubernetesObject } from './types';

const WAIT_MS = 60_000;
const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';
const NAMESPACE = 'default';

/**
 * Waits until these objects hold, where the API server takes note of their kind a moment after it has stored them:
 * roles and their bindings, and admission policies. The API server reads each kind in the order of its changes, so when
 * it acts on a later object, it has seen these.
 */
export async function untilEffective(client: RestClient, objects: readonly KubernetesObject[]): Promise<void> {
  const groups = new Set(objects.map(({ apiVersion }) => apiVersion.split('/')[0]));
  if (groups.has(RBAC)) {
    await untilAggregated(client);
    await untilRolesHold(client);
  }
  if (objects.some(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'))) {
    await untilPoliciesHold(client);
  }
}

/** Waits until the control plane has given each aggregated ClusterRole the rules of those that it selects. */
async function untilAggregated(client: RestClient): Promise<void> {
  await until('aggregated ClusterRoles to be filled in', WAIT_MS, async () => {
    const { items } = await client.send<{ readonly items: ClusterRole[] }>('GET', `/apis/${RBAC}/v1/clusterroles`);
    return items.every((role) => {
      const rules = new Set((role.rules ?? []).map((rule) => JSON.stringify(rule)));
      return items
        .filter((other) => other !== role && selects(role, other))
        .every((other) => (other.rules ?? []).every((rule) => rules.has(JSON.stringify(rule))));
    });
  });
}

async function untilRolesHold(client: RestClient): Promise<void> {
  const name = canaryName();
  const user = { apiGroup: RBAC, kind: 'User', name };
  const resource = { group: 'canary.example.com', resource: 'canaries' };
  const canaries: [path: string, object: Record<string, unknown>][] = [];
  for (const [prefix, role] of [
    ['', 'ClusterRole'],
    [`namespaces/${NAMESPACE}/`, 'Role'],
  ]) {
    const plural = `/apis/${RBAC}/v1/${prefix}${role.toLowerCase()}`;
    const roleRef = { apiGroup: RBAC, kind: role, name };
    // each of the two gives another verb, so that each is seen by itself
    const rules = [{ apiGroups: [resource.group], resources: [resource.resource], verbs: [role] }];
    canaries.push([`${plural}s`, { kind: role, rules }]);
    canaries.push([`${plural}bindings`, { kind: `${role}Binding`, roleRef, subjects: [user] }]);
  }
  await withCanaries(client, `${RBAC}/v1`, name, canaries, () =>
    until('roles to hold', WAIT_MS, async () => {
      const answers = ['ClusterRole', 'Role'].map((verb) =>
        isAllowed(client, { user: name, verb, ...resource, namespace: NAMESPACE }),
      );
      return (await Promise.all(answers)).every(Boolean);
    }),
  );
}

async function untilPoliciesHold(client: RestClient): Promise<void> {
  const name = canaryName();
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
  const spec = {
    matchConstraints: { resourceRules: [{ ...rule, resourceNames: [name] }] },
    validations: [{ expression: 'false', message: name }],
  };
  const policies = `/apis/${ADMISSION}/v1/validatingadmissionpolicies`;
  const bindings = `/apis/${ADMISSION}/v1/validatingadmissionpolicybindings`;
  const canaries: [string, Record<string, unknown>][] = [
    [policies, { kind: 'ValidatingAdmissionPolicy', spec }],
    [bindings, { kind: 'ValidatingAdmissionPolicyBinding', spec: { policyName: name, validationActions: ['Deny'] } }],
  ];
  await withCanaries(client, `${ADMISSION}/v1`, name, canaries, () =>
    until('admission policies to hold', WAIT_MS, async () => {
      const { code, body } = await client.request('POST', `/api/v1/namespaces/${NAMESPACE}/configmaps`, {
        body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }),
        query: { dryRun: 'All' },
      });
      return code >= 400 && JSON.stringify(body).includes(name);
    }),
  );
}

/** Makes objects of one API version at these paths, and takes them away when `work` is done. */
async function withCanaries(
  client: RestClient,
  apiVersion: string,
  name: string,
  canaries: readonly [path: string, object: Record<string, unknown>][],
  work: () => Promise<void>,
): Promise<void> {
  try {
    for (const [path, object] of canaries) {
      await client.send('POST', path, { body: JSON.stringify({ apiVersion, metadata: { name }, ...object }) });
    }
    await work();
  } finally {
    for (const [path] of canaries) {
      await client.request('DELETE', `${path}/${name}`);
    }
  }
}

function canaryName(): string {
  return `canary-${randomBytes(5).toString('hex')}`;
}

interface ClusterRole extends KubernetesObject {
  readonly rules?: readonly object[];
  readonly aggregationRule?: {
    readonly clusterRoleSelectors: readonly { readonly matchLabels?: Readonly<Record<string, string>> }[];
  };
}

/** Whether an aggregated role takes over the rules of another. Selectors by expression are not known here. */
function selects({ aggregationRule }: ClusterRole, { metadata }: ClusterRole): boolean {
  return (aggregationRule?.clusterRoleSelectors ?? []).some(
    ({ matchLabels }) =>
      matchLabels && Object.entries(matchLabels).every(([key, value]) => metadata.labels?.[key] === value),
  );
}
