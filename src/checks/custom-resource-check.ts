import { Finding, ICheck } from './check';
import { asText, at } from './json';
import { KubernetesSchema } from './kubernetes-schema';
import { ManifestGraph } from './manifest-graph';

/** Every custom resource is of a kind that a component, or a CustomResourceDefinition of the graph, defines. */
export class CustomResourceCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const isServed = servedKinds(graph);
    return graph.manifests.flatMap(({ path, kind, group, name }) => {
      if (isServed(kind, group)) return [];
      return [
        {
          path,
          message: `${kind} ${name}: no component defines the kind ${kind}.${group}; ${fixFor(group)}`,
        },
      ];
    });
  }
}

/** Says which kinds the API server knows once all is applied: its own, those of components, and those that the graph defines. */
export function servedKinds(graph: ManifestGraph): (kind: string, group: string) => boolean {
  const schema = KubernetesSchema.of(graph.context.kubernetesVersion);
  const defined = new Set(graph.context.customResources);
  for (const { json } of graph.ofKind('CustomResourceDefinition', 'apiextensions.k8s.io')) {
    defined.add(`${asText(at(json, 'spec', 'names', 'kind')) ?? ''}.${asText(at(json, 'spec', 'group')) ?? ''}`);
  }
  return (kind, group) => schema.isBuiltIn(group) || defined.has(`${kind}.${group}`);
}

function fixFor(group: string): string {
  return PLATFORM_GROUPS.includes(group)
    ? 'make a NeuralPlatform in the environment, which does'
    : 'require the component that does with ComponentRegistry.of(this).require(…), or add its CustomResourceDefinition';
}

/** The groups of the platform's own kinds. */
export const PLATFORM_GROUPS: readonly string[] = ['nstarx.io', 'mlifecycle.io'];

/** The group of the kinds that manifests refer to by name. */
const GROUP_OF_KIND: { [kind: string]: string } = {
  AIModel: 'nstarx.io',
  AIZone: 'nstarx.io',
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

/** The group that a kind has when none is named. */
export function defaultGroup(kind: string): string {
  return GROUP_OF_KIND[kind] ?? '';
}
