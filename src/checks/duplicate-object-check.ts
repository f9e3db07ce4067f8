import { Finding, ICheck } from './check';
import { Manifest, ManifestGraph } from './manifest-graph';

/** No two constructs make the same object: whichever is applied last would win, and its file would replace the other's. */
export class DuplicateObjectCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const first = new Map<string, Manifest>();
    const findings: Finding[] = [];
    for (const manifest of graph.manifests) {
      const { path, kind, group, namespace, name } = manifest;
      const key = `${kind}.${group}/${namespace ?? ''}/${name}`;
      const other = first.get(key);
      if (!other) {
        first.set(key, manifest);
        continue;
      }
      const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
      findings.push({ path, message: `${kind} ${name}: is made by ${other.path} too${where}; rename one of them` });
    }
    return findings;
  }
}
