import { IConstruct } from 'constructs';
import { fail } from './errors';

/** The parts of a container image's name. */
export interface ImageReference {
  /** Registry and repository. */
  readonly repository: string;
  /**
   * The tag.
   *
   * @default - none: `latest` is pulled
   */
  readonly tag?: string;
  /**
   * The digest.
   *
   * @default - none
   */
  readonly digest?: string;
}

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const DOMAIN = '(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?';
const TAG = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const DIGEST = '[A-Za-z0-9+._-]+:[0-9a-fA-F]{32,}';

/** A container image, as a regular expression that JavaScript and CEL (RE2) read. */
export const IMAGE_PATTERN = `^((?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*)(?::(${TAG}))?(?:@(${DIGEST}))?$`;

const REFERENCE = new RegExp(IMAGE_PATTERN);

/**
 * Takes an image's name apart (https://github.com/distribution/reference).
 *
 * @returns undefined when it is malformed
 */
export function parseImage(image: string): ImageReference | undefined {
  const match = REFERENCE.exec(image);
  return match ? { repository: match[1], tag: match[2], digest: match[3] } : undefined;
}

/** Whether two pulls of an image can be told to give the same: it has a digest, or a tag other than `latest`. */
export function isPinned(image: ImageReference): boolean {
  return image.digest !== undefined || (image.tag !== undefined && image.tag !== 'latest');
}

/**
 * Refuses what is no container image, or one of which two pulls may give different code.
 *
 * @returns the image
 */
export function pinnedImage(where: IConstruct | string, prop: string, image: string): string {
  const reference = parseImage(image);
  if (!reference) {
    const fix = "write it like 'registry.example/team/api:1.2.3'";
    fail(where, prop, 'must be the name of a container image', image, fix);
  }
  if (!isPinned(reference)) {
    const fix = `pin a version, such as '${reference.repository}:1.2.3'; otherwise two pods of one workload may run different code`;
    fail(where, prop, 'must have a digest, or a tag other than latest', image, fix);
  }
  return image;
}
