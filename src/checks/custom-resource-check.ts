import { Finding, ICheck } from './check';
import { asText, at } from './json';
import { ManifestGraph } from './manifest-graph';

/** Every custom resource is of a kind that a component, or a CustomResourceDefinition of the graph, defines. */
export class CustomResourceCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const defined = new Set(graph.context.customResources);
    for (const { json } of graph.ofKind('CustomResourceDefinition', 'apiextensions.k8s.io')) {
      defined.add(`${asText(at(json, 'spec', 'names', 'kind')) ?? ''}.${asText(at(json, 'spec', 'group')) ?? ''}`);
    }
    return graph.manifests.flatMap(({ path, kind, group, name }) => {
      if (isBuiltIn(group) || defined.has(`${kind}.${group}`)) return [];
      return [
        {
          path,
          message: `${kind} ${name}: no component defines the kind ${kind}.${group}; require the component that does with ComponentRegistry.of(this).require(…), or add its CustomResourceDefinition`,
        },
      ];
    });
  }
}

/** The API groups that Kubernetes itself serves; the core group is empty. Other groups come from CustomResourceDefinitions. */
const BUILT_IN_GROUPS = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** The group of the kinds that manifests refer to by name. */
const GROUP_OF_KIND: { [kind: string]: string } = {
  ClusterIssuer: 'cert-manager.io',
  ClusterRole: 'rbac.authorization.k8s.io',
  ClusterSecretStore: 'external-secrets.io',
  Deployment: 'apps',
  Issuer: 'cert-manager.io',
  PriorityClass: 'scheduling.k8s.io',
  ReplicaSet: 'apps',
  Role: 'rbac.authorization.k8s.io',
  SecretStore: 'external-secrets.io',
  StatefulSet: 'apps',
  StorageClass: 'storage.k8s.io',
};

/** Whether Kubernetes itself serves an API group. */
export function isBuiltIn(group: string): boolean {
  return BUILT_IN_GROUPS.has(group);
}

/** The group that a kind has when none is named. */
export function defaultGroup(kind: string): string {
  return GROUP_OF_KIND[kind] ?? '';
}

/** `apps/v1` is the group `apps`; `v1` is the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
