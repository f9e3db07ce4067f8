import { Finding, ICheck } from './check';
import { asText, at, JsonObject } from './json';
import { ManifestGraph, ObjectOfGraph, manifestsAndBootstrap } from './manifest-graph';

/** A kind of which one object is the default. */
interface DefaultKind {
  readonly kind: string;
  readonly group: string;
  /** Whether an object is the default. */
  readonly isDefault: (json: JsonObject) => boolean;
  /** What it is the default of: there is one for each. */
  readonly of: (json: JsonObject) => string;
  /** What happens with two of them. */
  readonly effect: string;
  /** How an object is no longer the default. */
  readonly fix: string;
}

/** Each with what two defaults lead to, by the documentation of Kubernetes and of the snapshot controller, as of November 2026. */
const DEFAULT_KINDS: DefaultKind[] = [
  annotated(
    'StorageClass.storage.k8s.io',
    'storageclass.kubernetes.io/is-default-class',
    'a claim that names no class gets the newest of the two',
  ),
  annotated(
    'IngressClass.networking.k8s.io',
    'ingressclass.kubernetes.io/is-default-class',
    'the API server refuses each Ingress that names no class',
  ),
  {
    ...annotated(
      'VolumeSnapshotClass.snapshot.storage.k8s.io',
      'snapshot.storage.kubernetes.io/is-default-class',
      'no snapshot is made that names no class',
    ),
    of: (json) => `driver ${asText(json.driver) ?? ''}`,
    fix: 'leave the annotation snapshot.storage.kubernetes.io/is-default-class out of one of them (VolumeSnapshotClass: isDefault: false)',
  },
  {
    kind: 'PriorityClass',
    group: 'scheduling.k8s.io',
    isDefault: (json) => json.globalDefault === true,
    of: () => 'cluster',
    effect: 'the API server refuses the second',
    fix: 'leave globalDefault out of one of them',
  },
];

/** What is the default of a cluster, or of a driver, is one object. */
export class DefaultClassCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const all = manifestsAndBootstrap(graph);
    return DEFAULT_KINDS.flatMap((kind) => findingsOf(kind, all, graph.context.defaultStorageClass));
  }
}

function findingsOf(kind: DefaultKind, all: readonly ObjectOfGraph[], defaultStorageClass?: string): Finding[] {
  const ofCluster = kind.kind === 'StorageClass' ? defaultStorageClass : undefined;
  const defaults = all.filter((one) => one.kind === kind.kind && one.group === kind.group && kind.isDefault(one.json));
  const first = new Map<string, { readonly name: string; readonly path?: string }>();
  if (ofCluster !== undefined) {
    first.set('cluster', { name: ofCluster, path: defaults.find(({ name }) => name === ofCluster)?.path });
  }
  return defaults.flatMap(({ path, name, json }) => {
    const what = kind.of(json);
    const other = first.get(what);
    if (other === undefined) first.set(what, { name, path });
    // one name is one object: the check of duplicates has that
    if (other === undefined || other.name === name) return [];
    const who = other.path === undefined ? 'which the cluster has' : `which ${other.path} makes`;
    return {
      path,
      message: `${kind.kind} ${name}: is the default of the ${what} beside ${other.name}, ${who}, so that ${kind.effect}; ${kind.fix}`,
    };
  });
}

function annotated(kindAndGroup: string, annotation: string, effect: string): DefaultKind {
  const [, kind, group] = /^(\w+)\.(.*)$/.exec(kindAndGroup) ?? ['', '', ''];
  return {
    kind,
    group,
    isDefault: (json) => at(json, 'metadata', 'annotations', annotation) === 'true',
    of: () => 'cluster',
    effect,
    fix: `leave the annotation ${annotation} out of one of them`,
  };
}
