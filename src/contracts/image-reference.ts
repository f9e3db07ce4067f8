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
const REFERENCE = new RegExp(
  `^((?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@([A-Za-z0-9+._-]+:[0-9a-fA-F]{32,}))?$`,
);

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
