import { isPinned, parseImage } from '../contracts/image-reference';
import { Finding, ICheck } from './check';
import { asText } from './json';
import { ManifestGraph } from './manifest-graph';
import { containersOf } from './pod-template';

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
