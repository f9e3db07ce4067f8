import { ApiObject } from 'cdk8s';
import { IConstruct } from 'constructs';
import { checked } from '../contracts/checked';
import { GpuCapability, NodeCapability } from '../contracts/cluster';
import { FootprintWorkload } from '../contracts/footprint';
import { withOrigin } from '../contracts/origin';
import { asLabels, asObject, asObjects, asText, at, JsonObject } from './json';
import { addToList } from './lists';
import { groupOf } from './kubernetes-schema';

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

/** The pods that an object makes. */
export interface PodTemplate {
  /** The object. */
  readonly manifest: Manifest;
  /** Namespace of the pods. */
  readonly namespace: string;
  /** Labels of the pods. */
  readonly labels: { [key: string]: string };
  /** Annotations of the pods. */
  readonly annotations: { [key: string]: string };
  /** The PodSpec. */
  readonly spec: { [key: string]: unknown };
}

/** An object that exists in the cluster before the manifests are applied. */
export interface ExistingObject {
  /** Kind, such as `StorageClass`. */
  readonly kind: string;
  /** Name. */
  readonly name: string;
  /**
   * API group.
   *
   * @default - the group in which Kubernetes has that kind, otherwise the core group
   */
  readonly group?: string;
  /**
   * Namespace.
   *
   * @default - the object is cluster-scoped
   */
  readonly namespace?: string;
}

/** What exists in the cluster before the manifests are applied. */
export interface ManifestGraphContext {
  /** Namespaces that Terraform makes, and those that were imported. What others put into them is not known here. */
  readonly namespaces: string[];
  /** Kinds that the components define, as `Kind.group`. */
  readonly customResources: string[];
  /**
   * Those of the custom resources of which objects have no namespace.
   *
   * @default - none
   */
  readonly clusterScopedResources?: string[];
  /**
   * Labels of these namespaces, by name; among them the Pod Security level.
   *
   * @default - none
   */
  readonly namespaceLabels?: { [namespace: string]: { [label: string]: string } };
  /**
   * Manifests that Terraform applies. They may hold Terraform tokens, but not in kind, name and namespace.
   *
   * @default - none
   */
  readonly manifests?: { [key: string]: unknown }[];
  /**
   * Other objects that manifests may refer to: storage classes, priority classes, objects that charts make.
   *
   * @default - none
   */
  readonly objects?: ExistingObject[];
  /**
   * The StorageClass that the cluster has as its default, or gets from the program.
   *
   * @default - not known
   */
  readonly defaultStorageClass?: string;
  /**
   * Namespaces of the metrics scraper.
   *
   * @default - the namespaces with the label `nstarx.io/scraper: "true"`
   */
  readonly scraperNamespaces?: string[];
  /**
   * Name of the environment. The objects get the labels `app.kubernetes.io/managed-by` and `app.kubernetes.io/part-of`, unless they
   * have them, and `nstarx.io/environment`.
   *
   * @default - none: the objects are as their constructs made them
   */
  readonly environment?: string;
  /**
   * Whether objects of an environment get the annotation `nstarx.io/construct-path`.
   *
   * @default true
   */
  readonly constructPaths?: boolean;
  /**
   * Minor version of Kubernetes, such as `1.35`.
   *
   * @default - the newest that the checks know
   */
  readonly kubernetesVersion?: string;
  /**
   * Values of charts, by component.
   *
   * @default - none
   */
  readonly chartValues?: { [component: string]: { [key: string]: unknown } };
  /**
   * GPUs of the nodes, one entry for each pool.
   *
   * @default - not known: what asks for GPUs is not judged
   */
  readonly gpus?: GpuCapability[];
  /**
   * Sizes of the nodes, one entry for each pool.
   *
   * @default - not known: pods that fit no node are not found
   */
  readonly nodes?: NodeCapability[];
  /**
   * Pods that the cluster itself brings.
   *
   * @default - none
   */
  readonly addOns?: FootprintWorkload[];
}

const BUILT_IN_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Every Kubernetes object of one environment, rendered once. */
@checked('ManifestGraph')
export class ManifestGraph {
  /** Renders every object below a construct. */
  public static of(
    scope: IConstruct,
    context: ManifestGraphContext = { namespaces: [], customResources: [] },
  ): ManifestGraph {
    const manifests: Manifest[] = [];
    for (const construct of scope.node.findAll()) {
      if (ApiObject.isApiObject(construct)) manifests.push(manifestOf(construct, context));
    }
    return new ManifestGraph(scope, manifests, context);
  }

  private readonly byKind = new Map<string, Manifest[]>();
  private templates?: PodTemplate[];
  private labelsByNamespace?: Map<string, { [label: string]: string }>;

  private constructor(
    /** The construct that all of it is below. */
    public readonly scope: IConstruct,
    /** All objects, in the order of the tree. */
    public readonly manifests: Manifest[],
    /** What exists in the cluster before the manifests are applied. */
    public readonly context: ManifestGraphContext,
  ) {
    for (const manifest of manifests) {
      addToList(this.byKind, `${manifest.kind}.${manifest.group}`, manifest);
    }
  }

  /** Path of the construct that all of it is below; empty for an app. */
  public get path(): string {
    return this.scope.node.path;
  }

  /** All objects of a kind. The group of the core API is empty. */
  public ofKind(kind: string, group: string): Manifest[] {
    return this.byKind.get(`${kind}.${group}`) ?? [];
  }

  /** The pods that the objects make: of Pods, Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs, CronJobs, Rollouts. */
  public podTemplates(): PodTemplate[] {
    this.templates ??= this.manifests.map(podTemplateOf).filter((template) => template !== undefined);
    return this.templates;
  }

  /** Names of all namespaces: those of the graph, those that Terraform makes, and those that every cluster has. */
  public namespaces(): string[] {
    return [...this.namespaceLabels().keys()];
  }

  /** Labels of a namespace, with the one that Kubernetes adds; undefined when there is no such namespace. */
  public labelsOfNamespace(name: string): { [label: string]: string } | undefined {
    return this.namespaceLabels().get(name);
  }

  private namespaceLabels(): Map<string, { [label: string]: string }> {
    if (this.labelsByNamespace) return this.labelsByNamespace;
    const all = new Map<string, { [label: string]: string }>();
    const add = (name: string, labels: { [label: string]: string }): void => {
      all.set(name, { ...labels, 'kubernetes.io/metadata.name': name });
    };
    for (const name of [...BUILT_IN_NAMESPACES, ...this.context.namespaces]) {
      add(name, this.context.namespaceLabels?.[name] ?? {});
    }
    for (const { name, json } of this.ofKind('Namespace', '')) add(name, asLabels(at(json, 'metadata', 'labels')));
    this.labelsByNamespace = all;
    return all;
  }
}

function manifestOf(source: ApiObject, { environment, constructPaths = true }: ManifestGraphContext): Manifest {
  const made = source.toJson() as { [key: string]: unknown };
  const json = environment === undefined ? made : withOrigin(made, source.node.path, { environment, constructPaths });
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

/** An object that may come from Terraform rather than from a construct of the graph. */
export type ObjectOfGraph = Omit<Manifest, 'source'>;

/** The objects of a graph, and those that Terraform applies, which may hold Terraform tokens. In place of a list, its items. */
export function manifestsAndBootstrap(graph: ManifestGraph): ObjectOfGraph[] {
  const bootstrap = (graph.context.manifests ?? []).map((json) => objectFrom(graph.path, json));
  return [...graph.manifests, ...bootstrap].flatMap(itemsOf);
}

/** An object of the Kubernetes API from its JSON. */
export function objectFrom(path: string, json: JsonObject): ObjectOfGraph {
  return {
    path,
    group: groupOf(String(json.apiVersion)),
    kind: String(json.kind),
    name: String(at(json, 'metadata', 'name')),
    namespace: asText(at(json, 'metadata', 'namespace')),
    json,
  };
}

/** Clients apply the items of a `List` or a `ConfigMapList`, which take kind and apiVersion from the list where they have none. */
function itemsOf(object: ObjectOfGraph): ObjectOfGraph[] {
  const { path, kind, json } = object;
  if (!kind.endsWith('List') || !Array.isArray(json.items)) return [object];
  const defaults = kind === 'List' ? {} : { apiVersion: json.apiVersion, kind: kind.slice(0, -'List'.length) };
  return asObjects(json.items).map((item) => objectFrom(path, { ...defaults, ...item }));
}

const TEMPLATE = ['spec', 'template'];

/** Where each kind has its pod template. */
const PATHS: { [kind: string]: string[] } = {
  'Pod.': [],
  'PodTemplate.': ['template'],
  'ReplicationController.': TEMPLATE,
  'Deployment.apps': TEMPLATE,
  'StatefulSet.apps': TEMPLATE,
  'DaemonSet.apps': TEMPLATE,
  'ReplicaSet.apps': TEMPLATE,
  'Job.batch': TEMPLATE,
  'CronJob.batch': ['spec', 'jobTemplate', 'spec', 'template'],
  'Rollout.argoproj.io': TEMPLATE,
};

/** The pods that an object makes; undefined when it makes none. */
export function podTemplateOf<M extends ObjectOfGraph>(
  manifest: M,
): (Omit<PodTemplate, 'manifest'> & { readonly manifest: M }) | undefined {
  const path = PATHS[`${manifest.kind}.${manifest.group}`] as string[] | undefined;
  if (!path) return undefined;
  const template = at(manifest.json, ...path);
  return {
    manifest,
    namespace: manifest.namespace ?? 'default',
    labels: asLabels(at(template, 'metadata', 'labels')),
    annotations: asLabels(at(template, 'metadata', 'annotations')),
    spec: asObject(at(template, 'spec')),
  };
}

/** All containers of a pod: init containers, containers, ephemeral containers. */
export function containersOf(spec: JsonObject): JsonObject[] {
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((key) => asObjects(spec[key]));
}
