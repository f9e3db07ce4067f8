import { contentHash } from '../contracts/content-hash';

/** Longest name that Helm takes. */
const LONGEST = 53;

/** What Helm takes as a name; Terraform takes it as that of a resource too. */
const RELEASE = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/**
 * Names of the Helm releases of charts, by the paths of the charts below their environment (`vision/jobs`). A path whose parts, with hyphens
 * between, are a name has that one; others get a hash of the path behind what is left of it, and so does the second of two.
 *
 * @param taken names that something else has
 */
export function releaseNames(paths: readonly string[], taken: (name: string) => boolean): Map<string, string> {
  const names = new Map<string, string>();
  const given = new Set<string>();
  // those that are a name as they are come first, so that no nested chart takes it from them
  const inOrder = [...new Set(paths)].sort((a, b) => a.split('/').length - b.split('/').length);
  for (const path of inOrder) {
    const plain = path.replaceAll('/', '-');
    const isName = RELEASE.test(plain) && plain.length <= LONGEST;
    const name = isName && !taken(plain) && !given.has(plain) ? plain : hashed(path);
    given.add(name);
    names.set(path, name);
  }
  return names;
}

function hashed(path: string): string {
  const hash = contentHash(path);
  const text = path.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const start = text.slice(0, LONGEST - 1 - hash.length).replace(/^-+|-+$/g, '');
  return `${start === '' ? 'chart' : start}-${hash}`;
}
