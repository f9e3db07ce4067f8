import { Finding, ICheck } from './check';
import { ExistingObjects, ObjectName } from './existing-objects';
import { ManifestGraph } from './manifest-graph';
import { referencesOf } from './references';

/** What to do when an object of a kind is missing. */
const MENDS: { [kind: string]: string } = {
  Namespace: 'add a namespace to the tenancy, or have Terraform make it with environment.requireNamespace()',
  Secret: 'deliver it with an ExternalSecret or a Certificate, or mark the reference optional',
  ConfigMap: 'add it, or mark the reference optional',
  ServiceAccount: 'add it, or leave the name out for the account named default',
  PriorityClass: 'add it, or use system-cluster-critical or system-node-critical',
  StorageClass: 'use the cluster.defaultStorageClass, or add the class',
  ClusterRole: 'add it, or use cluster-admin, admin, edit or view',
};

/**
 * Whatever a manifest refers to by name exists: another manifest makes it, a controller makes it of one, or it exists before.
 *
 * What Helm charts make in the namespaces that Terraform makes is not known, so it is taken to exist; so are storage classes
 * while none are known.
 */
export class ReferencesCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const existing = new ExistingObjects(graph);
    return graph.manifests.flatMap((manifest) =>
      referencesOf(manifest)
        .filter((reference) => !existing.mayExist(reference))
        .map((reference) => ({
          path: manifest.path,
          message: `${manifest.kind} ${manifest.name}: refers to ${shown(reference)}, which nothing creates; ${MENDS[reference.kind] ?? 'add it, or correct the name'}`,
        })),
    );
  }
}

function shown({ kind, namespace, name }: ObjectName): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${name} in namespace ${namespace}`;
}
