import { metacontroller } from '../../../src/components/metacontroller';
import type { KubernetesObject } from '../types';

const RBAC = 'rbac.authorization.k8s.io';

/** What the chart of Metacontroller makes: a role that is the sum of others, for its account. */
export function chartRoles(): KubernetesObject[] {
  const { values } = metacontroller({ controllerSelector: 'a=b' });
  const metadata = { name: 'metacontroller' };
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata,
      aggregationRule: (values.clusterRole as { readonly aggregationRule: object }).aggregationRule,
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'metacontroller' },
      subjects: [{ kind: 'ServiceAccount', name: 'metacontroller', namespace: 'metacontroller' }],
    },
  ];
}
