import { Finding, ICheck } from './check';
import { asObjects, at, JsonObject } from './json';
import { ManifestGraph } from './manifest-graph';

/**
 * Every container reserves CPU and memory and has a limit for its memory, by itself or through its pod, so that the
 * scheduler and the quotas know what it takes and it cannot take its node's memory from others.
 */
export class ResourcesCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    return graph.podTemplates().flatMap(({ manifest, spec }) =>
      // an ephemeral container cannot have resources
      [...asObjects(spec.initContainers), ...asObjects(spec.containers)].flatMap((container) => {
        const missing = missingIn(container, spec);
        if (missing.length === 0) return [];
        return [
          {
            path: manifest.path,
            message: `${manifest.kind} ${manifest.name}: container ${String(container.name)} has no ${missing.join(', ')}; set ${missing.length > 1 ? 'them' : 'it'} in its resources`,
          },
        ];
      }),
    );
  }
}

function missingIn(container: JsonObject, pod: JsonObject): string[] {
  const given = (list: string, name: string): boolean =>
    [container, pod].some((owner) => {
      const value = at(owner, 'resources', list, name);
      return value !== undefined && value !== null;
    });
  return [
    // a limit without a request is the request too
    ...(given('requests', 'cpu') || given('limits', 'cpu') ? [] : ['requests.cpu']),
    ...(given('requests', 'memory') || given('limits', 'memory') ? [] : ['requests.memory']),
    ...(given('limits', 'memory') ? [] : ['limits.memory']),
  ];
}
