import { GPU_PRODUCT_LABEL, NODE_POOL_LABEL, PLATFORM_GROUP } from './names';

/** Labels of nodes that the spec of a tenant may select by: what a machine is and where it stands, not whose it is. */
export const SELECTABLE_NODE_LABELS: readonly string[] = [
  'eks.amazonaws.com/capacityType',
  'karpenter.sh/capacity-type',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  NODE_POOL_LABEL,
  GPU_PRODUCT_LABEL,
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
];

/**
 * Labels of nodes that no pod in a tenant's namespace selects by, as a regular expression that both JavaScript and CEL (RE2) read: they
 * name one node, or nodes that the control plane or an administrator keeps.
 */
export const KEPT_NODE_LABELS =
  '^(kubernetes[.]io/hostname|node-role[.]kubernetes[.]io/.*|node-restriction[.]kubernetes[.]io/.*|' +
  'node[.]kubernetes[.]io/exclude-from-external-load-balancers)$';

/** Label of a namespace whose pods may be placed into a zone: `zone.nstarx.io/<zone>: use`. Only who writes namespaces sets it. */
export const ZONE_GRANT = `zone.${PLATFORM_GROUP}/`;

/** Label of a namespace whose pods may have a PriorityClass above the tenants': `priority.nstarx.io/<class>: use`. */
export const PRIORITY_GRANT = `priority.${PLATFORM_GROUP}/`;

/** Value of such a label. */
export const GRANTED = 'use';

/** PriorityClasses that every author of a spec may name. Others take the verb `use` on the class. */
export const TENANT_PRIORITY_CLASSES: readonly string[] = ['nstarx-batch-training', 'nstarx-production-inference'];

/** The highest priority that pods of tenants have: that of `production-serving`. What the platform and Kubernetes run on is above. */
export const HIGHEST_TENANT_PRIORITY = 100_000;

/** The affinity of replicas that had better not be on one node: those with these labels. */
export function preferOtherNodes(matchLabels: { readonly [label: string]: string }): object {
  const podAffinityTerm = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels } };
  return {
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] },
  };
}
