import { ApiObject } from 'cdk8s';
import { IConstruct } from 'constructs';

/** An object of the Kubernetes API as it will be written. */
export interface Manifest {
  /** Path of the construct that made it. */
  readonly path: string;
  /** API group, empty for the core group. */
  readonly group: string;
  /** Kind. */
  readonly kind: string;
  /** Name. */
  readonly name: string;
  /**
   * Namespace.
   *
   * @default - the object has none: it is cluster-scoped
   */
  readonly namespace?: string;
  /** The object, as it is written to YAML. */
  readonly json: { [key: string]: unknown };
  /** The construct that made it. */
  readonly source: ApiObject;
}

/** What exists in the cluster before the manifests are applied. */
export interface ManifestGraphContext {
  /** Namespaces that Terraform makes. */
  readonly namespaces: string[];
  /** Kinds that the components define, as `Kind.group`. */
  readonly customResources: string[];
}

/** Every Kubernetes object of one environment, rendered once. */
export class ManifestGraph {
  /** Renders every object below a construct. */
  public static of(
    scope: IConstruct,
    context: ManifestGraphContext = { namespaces: [], customResources: [] },
  ): ManifestGraph {
    const manifests: Manifest[] = [];
    for (const construct of scope.node.findAll()) {
      if (ApiObject.isApiObject(construct)) manifests.push(manifestOf(construct));
    }
    return new ManifestGraph(manifests, context);
  }

  private readonly byKind = new Map<string, Manifest[]>();

  private constructor(
    /** All objects, in the order of the tree. */
    public readonly manifests: Manifest[],
    /** What exists in the cluster before the manifests are applied. */
    public readonly context: ManifestGraphContext,
  ) {
    for (const manifest of manifests) {
      const key = `${manifest.kind}.${manifest.group}`;
      const list = this.byKind.get(key);
      if (list) list.push(manifest);
      else this.byKind.set(key, [manifest]);
    }
  }

  /** All objects of a kind. The group of the core API is empty. */
  public ofKind(kind: string, group: string): Manifest[] {
    return this.byKind.get(`${kind}.${group}`) ?? [];
  }
}

function manifestOf(source: ApiObject): Manifest {
  const json = source.toJson() as { [key: string]: unknown };
  const metadata = (json.metadata ?? {}) as { name?: string; namespace?: string };
  return {
    path: source.node.path,
    group: source.apiGroup === 'core' ? '' : source.apiGroup,
    kind: source.kind,
    name: metadata.name ?? source.name,
    namespace: metadata.namespace,
    json,
    source,
  };
}
