import { Finding, ICheck } from './check';
import { asObject, asText, at, JsonObject } from './json';
import { KubernetesSchema } from './kubernetes-schema';
import { Manifest, ManifestGraph, manifestsAndBootstrap } from './manifest-graph';
import { DNS_LABEL_PATTERN, DNS_SUBDOMAIN_PATTERN } from '../contracts/names';

/**
 * Every object has a namespace if its kind is namespaced, and none if it is not; its name, labels and annotations are such as the
 * API server takes. Kinds that no component defines are another check's finding.
 */
export class MetadataCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const schema = KubernetesSchema.of(graph.context.kubernetesVersion);
    const scopes = new Scopes(graph, schema);
    const metadata = manifestsAndBootstrap(graph).flatMap((manifest) =>
      [
        ...namespaceProblems(scopes, manifest),
        ...nameProblems(schema, manifest),
        ...labelProblems(at(manifest.json, 'metadata'), 'metadata'),
      ].map((problem) => ({ manifest, problem })),
    );
    const templates = graph
      .podTemplates()
      .filter(({ manifest }) => manifest.kind !== 'Pod')
      .flatMap(({ manifest, labels, annotations }) =>
        labelProblems({ labels, annotations }, 'pod template').map((problem) => ({ manifest, problem })),
      );
    return [...metadata, ...templates].map(({ manifest: { path, kind, name }, problem }) => ({
      path,
      message: `${kind} ${name}: ${problem}`,
    }));
  }
}

type Checked = Pick<Manifest, 'group' | 'kind' | 'name' | 'namespace' | 'json'>;

/** Which kinds have a namespace. */
class Scopes {
  private readonly custom = new Map<string, boolean>();

  public constructor(
    graph: ManifestGraph,
    private readonly schema: KubernetesSchema,
  ) {
    const { customResources, clusterScopedResources } = graph.context;
    customResources.forEach((kind) => this.custom.set(kind, true));
    clusterScopedResources?.forEach((kind) => this.custom.set(kind, false));
    for (const { json } of graph.ofKind('CustomResourceDefinition', 'apiextensions.k8s.io')) {
      const kind = `${asText(at(json, 'spec', 'names', 'kind')) ?? ''}.${asText(at(json, 'spec', 'group')) ?? ''}`;
      this.custom.set(kind, at(json, 'spec', 'scope') !== 'Cluster');
    }
  }

  /** Whether the scope is what a component says. */
  public isCustom(kind: string, group: string): boolean {
    return this.custom.has(`${kind}.${group}`);
  }

  /** Undefined when the kind is not known. */
  public isNamespaced({ group, kind, json }: Checked): boolean | undefined {
    if (this.schema.isBuiltIn(group)) return this.schema.kind(String(json.apiVersion), kind)?.namespaced;
    return this.custom.get(`${kind}.${group}`);
  }
}

function namespaceProblems(scopes: Scopes, manifest: Checked): string[] {
  const { kind, group, namespace } = manifest;
  const namespaced = scopes.isNamespaced(manifest);
  if (namespaced === true && namespace === undefined) {
    const custom = scopes.isCustom(kind, group)
      ? `; if ${kind} is cluster-scoped, name it in clusterScopedResources of its component`
      : '';
    return [
      `has no namespace, and would get the one that is current when it is applied; set metadata.namespace, or make it with a construct that takes a namespace${custom}`,
    ];
  }
  if (namespaced === false && namespace !== undefined) {
    return [`has the namespace ${namespace}, but ${kind} is cluster-scoped; remove metadata.namespace`];
  }
  return [];
}

/** A rule for names. */
interface NameRule {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly longest: number;
  readonly fix: string;
}

const LABEL_PATTERN = new RegExp(DNS_LABEL_PATTERN);
const SUBDOMAIN_PATTERN = new RegExp(DNS_SUBDOMAIN_PATTERN);

const SUBDOMAIN: NameRule = {
  rule: 'a DNS subdomain',
  pattern: SUBDOMAIN_PATTERN,
  longest: 253,
  fix: 'use lower-case letters, digits, hyphens and dots, starting and ending with a letter or digit',
};

const LABEL: NameRule = {
  rule: 'a DNS label',
  pattern: LABEL_PATTERN,
  longest: 63,
  fix: 'use lower-case letters, digits and hyphens, starting and ending with a letter or digit',
};

const PATH_SEGMENT: NameRule = {
  rule: 'a segment of a path',
  pattern: /^(?!\.{1,2}$)[^/%]+$/,
  longest: Infinity,
  fix: 'leave out / and %',
};

/** Names that are no DNS subdomain, by kind and group. */
const NAME_RULES: { readonly [kind: string]: NameRule } = {
  'Namespace.': LABEL,
  'StatefulSet.apps': LABEL,
  'PodDisruptionBudget.policy': PATH_SEGMENT,
  'Service.': LABEL,
  'CronJob.batch': { ...SUBDOMAIN, longest: 52 },
  'Role.rbac.authorization.k8s.io': PATH_SEGMENT,
  'RoleBinding.rbac.authorization.k8s.io': PATH_SEGMENT,
  'ClusterRole.rbac.authorization.k8s.io': PATH_SEGMENT,
  'ClusterRoleBinding.rbac.authorization.k8s.io': PATH_SEGMENT,
};

/** Names that are made of other fields, by kind and group. */
const DERIVED_NAMES: { readonly [kind: string]: (spec: JsonObject) => string } = {
  'CustomResourceDefinition.apiextensions.k8s.io': (spec) =>
    `${String(at(spec, 'names', 'plural'))}.${String(spec.group)}`,
  'APIService.apiregistration.k8s.io': (spec) => `${String(spec.version)}.${asText(spec.group) ?? ''}`,
};

const SERVICE: NameRule = {
  ...LABEL,
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  fix: 'use lower-case letters, digits and hyphens, starting with a letter and ending with a letter or digit',
};

function nameProblems(schema: KubernetesSchema, { group, kind, name, json }: Checked): string[] {
  if (isToken(name)) return [];
  const derived = DERIVED_NAMES[`${kind}.${group}`]?.(asObject(json.spec));
  if (derived !== undefined && name !== derived) {
    return [`metadata.name must follow from the spec, got ${JSON.stringify(name)}; write ${derived}`];
  }
  // since Kubernetes 1.36, the name of a Service may begin with a digit
  const { rule, pattern, longest, fix } =
    kind === 'Service' && group === '' && schema.minor < 36 ? SERVICE : (NAME_RULES[`${kind}.${group}`] ?? SUBDOMAIN);
  if (pattern.test(name) && name.length <= longest) return [];
  const bound = longest === Infinity ? '' : ` of at most ${longest} characters`;
  return [`metadata.name must be ${rule}${bound}, got ${JSON.stringify(name)}; ${fix}`];
}

const QUALIFIED_NAME = /^([A-Za-z0-9][A-Za-z0-9._-]{0,61})?[A-Za-z0-9]$/;

function labelProblems(metadata: unknown, where: string): string[] {
  const labels = Object.entries(asObject(at(metadata, 'labels'))).filter(([key]) => !isToken(key));
  const annotations = Object.keys(asObject(at(metadata, 'annotations'))).filter((key) => !isToken(key));
  return [
    ...labels.filter(([key]) => !isQualifiedName(key)).map(([key]) => keyProblem(`${where}.labels`, key)),
    ...annotations
      .filter((key) => !isQualifiedName(key.toLowerCase()))
      .map((key) => keyProblem(`${where}.annotations`, key)),
    ...labels
      .filter(
        ([, value]) => typeof value === 'string' && value !== '' && !isToken(value) && !QUALIFIED_NAME.test(value),
      )
      .map(
        ([key, value]) =>
          `${where}.labels[${JSON.stringify(key)}] must be at most 63 letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit, got ${JSON.stringify(value)}; shorten it, or make it an annotation`,
      ),
  ];
}

function keyProblem(where: string, key: string): string {
  return `${where} must have keys like 'team' or 'example.com/team', got ${JSON.stringify(key)}; write it so, with at most 63 characters after the slash`;
}

function isQualifiedName(key: string): boolean {
  const parts = key.split('/');
  const name = parts.pop() ?? '';
  const [prefix] = parts;
  return (
    QUALIFIED_NAME.test(name) &&
    parts.length < 2 &&
    (prefix === undefined || (SUBDOMAIN_PATTERN.test(prefix) && prefix.length <= 253))
  );
}

/** What only Terraform knows. */
function isToken(text: string): boolean {
  return text.includes('TfToken[');
}
