import { Finding, ICheck } from './check';
import { Manifest, ManifestGraph } from './manifest-graph';

/**
 * No two constructs make the same object: whichever is applied last would win, and its file would replace the other's. What two equal
 * constructs make is one finding.
 */
export class DuplicateObjectCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const first = new Map<string, Manifest>();
    const pairs = new Map<string, Pair>();
    for (const manifest of graph.manifests) {
      const { kind, group, namespace, name } = manifest;
      const key = `${kind}.${group}/${namespace ?? ''}/${name}`;
      const other = first.get(key);
      if (!other) {
        first.set(key, manifest);
        continue;
      }
      const [path, otherPath] = makers(manifest.path, other.path);
      const pair = pairs.get(`${path} ${otherPath}`);
      if (pair) pair.objects.push(manifest);
      else pairs.set(`${path} ${otherPath}`, { path, otherPath, objects: [manifest], other });
    }
    return [...pairs.values()].map(findingOf);
  }
}

/** Two constructs that make the same objects. */
interface Pair {
  readonly path: string;
  readonly otherPath: string;
  readonly objects: Manifest[];
  /** What made the first of the objects before. */
  readonly other: Manifest;
}

function findingOf({ path, otherPath, objects, other }: Pair): Finding {
  const [{ path: exact, kind, name, namespace }] = objects;
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
  if (objects.length === 1) {
    return { path: exact, message: `${kind} ${name}: is made by ${other.path} too${where}; rename one of them` };
  }
  // the ids of the two may be equal too
  const below = commonPath(objects.map((object) => object.path.slice(path.length)));
  return {
    path: path + below,
    message: `makes ${objects.length} objects that ${otherPath}${below} makes too, such as ${kind} ${name}${where}; remove one of the two, or give what it makes other names`,
  };
}

/** Paths of the topmost constructs that differ, where two paths end alike: those of two equal constructs. */
function makers(path: string, other: string): [string, string] {
  const [one, two] = [path.split('/'), other.split('/')];
  while (one.length > 1 && two.length > 1 && one[one.length - 1] === two[two.length - 1]) {
    one.pop();
    two.pop();
  }
  return [one.join('/'), two.join('/')];
}

/** What paths have in common at their beginning, in whole ids. */
function commonPath(paths: string[]): string {
  const [first, ...others] = paths.map((path) => path.split('/'));
  const differs = first.findIndex((id, at) => others.some((other) => other[at] !== id));
  return (differs < 0 ? first : first.slice(0, differs)).join('/');
}
