import { isPinned, parseImage } from '../contracts/image-reference';
import { Finding, ICheck } from './check';
import { asObjects, asText, at, JsonObject } from './json';
import { containersOf, ManifestGraph } from './manifest-graph';

/** Every container's image has a digest, or a tag other than `latest`; otherwise two pods may run different code. */
export class ImageTagCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    return graph.podTemplates().flatMap(({ manifest, spec }) =>
      containersOf(spec).flatMap((container) => {
        const problem = problemOf(asText(container.image));
        if (problem === undefined) return [];
        return [
          {
            path: manifest.path,
            message: `${manifest.kind} ${manifest.name}: container ${String(container.name)} ${problem}`,
          },
        ];
      }),
    );
  }
}

function problemOf(image: string | undefined): string | undefined {
  if (image === undefined) return 'has no image; name one with its version, such as registry.example/team/api:1.2.3';
  const reference = parseImage(image);
  if (!reference) return `has the malformed image ${image}; write it like registry.example/team/api:1.2.3`;
  if (isPinned(reference)) return undefined;
  const how = reference.tag === undefined ? 'without a tag' : `with the tag ${reference.tag}`;
  return `has the image ${image} ${how}, whose content changes; pin a version, such as ${reference.repository}:1.2.3, or a digest`;
}

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
