import { isBuiltIn } from './api-groups';
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
