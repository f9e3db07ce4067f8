import { oneOf } from '../contracts/suggestion';
import { Finding, ICheck } from './check';
import { defaultGroup, PLATFORM_GROUPS } from './custom-resource-check';
import { asObject, asObjects, asText, asTexts, at, JsonObject } from './json';
import { groupOf, KubernetesSchema } from './kubernetes-schema';
import { LabelIndex } from './labels';
import { containersOf, ManifestGraph, ObjectOfGraph, podTemplateOf } from './manifest-graph';

/** An object that a manifest refers to. */
export interface ObjectName {
  readonly kind: string;
  readonly group: string;
  /** Undefined for a cluster-scoped object. */
  readonly namespace?: string;
  readonly name: string;
}

/** What to do when an object of a kind is missing, but for using one that is there. */
const FIXES: { [kind: string]: string } = {
  Namespace:
    'make it with Team or Namespace, import it with Namespace.fromName(), or have Terraform make it with environment.requireNamespace()',
  Secret:
    'deliver it with an ExternalSecret or a Certificate, name it to environment.addExistingObject() where it is made by hand, or mark the reference optional',
  ConfigMap: 'add it, or mark the reference optional',
  ServiceAccount: 'add it, or leave the name out for the account named default',
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
          message: `${manifest.kind} ${manifest.name}: refers to ${shownObject(reference)}, which nothing creates; ${fixOf(reference, existing)}`,
        })),
    );
  }
}

function fixOf(reference: ObjectName, existing: ExistingObjects): string {
  const names = existing.namesLike(reference);
  const fix = FIXES[reference.kind] as string | undefined;
  if (names.length === 0) return fix ?? 'add it, or correct the name';
  return `use ${oneOf(names, reference.name)}, or ${fix ?? 'add it'}`;
}

/** An object as a message names it. */
export function shownObject({ kind, namespace, name }: ObjectName): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${name} in namespace ${namespace}`;
}

/** Kinds without a namespace; a `metadata.namespace` on them means nothing. */
const CLUSTER_SCOPED = new Set([
  'Namespace',
  'PersistentVolume',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
]);

/** Collects what a manifest refers to; every object once. */
class References {
  private readonly found = new Map<string, ObjectName>();

  public constructor(public readonly namespace: string) {}

  public add(kind: string, name: unknown, namespace?: string, group: string = defaultGroup(kind)): void {
    const given = asText(name);
    if (given === undefined) return;
    this.found.set(objectKey(kind, group, namespace, given), { kind, group, namespace, name: given });
  }

  /** An object in the manifest's own namespace. */
  public addLocal(kind: string, name: unknown): void {
    this.add(kind, name, this.namespace);
  }

  /** An object that may be missing when the reference says so. */
  public addUnlessOptional(kind: string, reference: unknown, nameKey = 'name'): void {
    const { optional, [nameKey]: name } = asObject(reference);
    if (optional !== true) this.addLocal(kind, name);
  }

  public list(): ObjectName[] {
    return [...this.found.values()];
  }
}

/** Everything that a manifest needs to exist. */
export function referencesOf(manifest: ObjectOfGraph): ObjectName[] {
  const { kind, group, json } = manifest;
  const references = new References(manifest.namespace ?? 'default');
  if (manifest.namespace !== undefined && !CLUSTER_SCOPED.has(kind)) references.add('Namespace', manifest.namespace);
  const template = podTemplateOf(manifest);
  if (template) podReferences(references, template.spec);
  const collect = COLLECTORS[`${kind}.${group}`] as Collector | undefined;
  collect?.(references, json);
  issuerAnnotations(references, json);
  if (PLATFORM_GROUPS.includes(group)) kindReferences(references, json.spec);
  return references.list();
}

type Collector = (references: References, json: JsonObject) => void;

const COLLECTORS: { [kind: string]: Collector } = {
  'PersistentVolumeClaim.': (references, json) => references.add('StorageClass', at(json, 'spec', 'storageClassName')),
  'StatefulSet.apps': (references, json) => {
    for (const claim of asObjects(at(json, 'spec', 'volumeClaimTemplates'))) {
      references.add('StorageClass', at(claim, 'spec', 'storageClassName'));
    }
  },
  'RoleBinding.rbac.authorization.k8s.io': bindingReferences,
  'ClusterRoleBinding.rbac.authorization.k8s.io': bindingReferences,
  'HorizontalPodAutoscaler.autoscaling': (references, json) => {
    const target = asObject(at(json, 'spec', 'scaleTargetRef'));
    targetReference(references, target);
  },
  'ScaledObject.keda.sh': (references, json) => {
    targetReference(references, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      ...asObject(at(json, 'spec', 'scaleTargetRef')),
    });
  },
  'Ingress.networking.k8s.io': (references, json) => {
    const backends = [
      at(json, 'spec', 'defaultBackend'),
      ...asObjects(at(json, 'spec', 'rules'))
        .flatMap((rule) => asObjects(at(rule, 'http', 'paths')))
        .map((path) => path.backend),
    ];
    backends.forEach((backend) => references.addLocal('Service', at(backend, 'service', 'name')));
    asObjects(at(json, 'spec', 'tls')).forEach((tls) => references.addLocal('Secret', tls.secretName));
  },
  'HTTPRoute.gateway.networking.k8s.io': routeReferences,
  'GRPCRoute.gateway.networking.k8s.io': routeReferences,
  'TLSRoute.gateway.networking.k8s.io': routeReferences,
  'TCPRoute.gateway.networking.k8s.io': routeReferences,
  'Certificate.cert-manager.io': (references, json) => {
    const { name, kind = 'Issuer', group = 'cert-manager.io' } = asObject(at(json, 'spec', 'issuerRef'));
    if (group !== 'cert-manager.io') return;
    if (kind === 'ClusterIssuer') references.add('ClusterIssuer', name);
    else references.addLocal('Issuer', name);
  },
  // the operator leaves out one that names a Secret which is missing, with all its receivers
  'AlertmanagerConfig.monitoring.coreos.com': (references, json) => {
    const lists = asObjects(at(json, 'spec', 'receivers')).flatMap((receiver) => Object.values(receiver));
    lists.flatMap(asObjects).forEach((config) => secretKeys(references, config));
  },
  'ExternalSecret.external-secrets.io': (references, json) => storeReference(references, json.spec),
  'ClusterExternalSecret.external-secrets.io': (references, json) => {
    const spec = at(json, 'spec', 'externalSecretSpec');
    // a SecretStore would be looked for in each of the namespaces
    if (at(spec, 'secretStoreRef', 'kind') === 'ClusterSecretStore') storeReference(references, spec);
  },
};

function podReferences(references: References, spec: JsonObject): void {
  references.addLocal('ServiceAccount', spec.serviceAccountName);
  references.add('PriorityClass', spec.priorityClassName);
  asObjects(spec.imagePullSecrets).forEach((secret) => references.addLocal('Secret', secret.name));
  for (const volume of asObjects(spec.volumes)) {
    references.addUnlessOptional('ConfigMap', volume.configMap);
    references.addUnlessOptional('Secret', volume.secret, 'secretName');
    references.addLocal('PersistentVolumeClaim', at(volume, 'persistentVolumeClaim', 'claimName'));
    references.add('StorageClass', at(volume, 'ephemeral', 'volumeClaimTemplate', 'spec', 'storageClassName'));
    for (const source of asObjects(at(volume, 'projected', 'sources'))) {
      references.addUnlessOptional('ConfigMap', source.configMap);
      references.addUnlessOptional('Secret', source.secret);
    }
  }
  for (const container of containersOf(spec)) {
    for (const source of asObjects(container.envFrom)) {
      references.addUnlessOptional('ConfigMap', source.configMapRef);
      references.addUnlessOptional('Secret', source.secretRef);
    }
    for (const variable of asObjects(container.env)) {
      references.addUnlessOptional('ConfigMap', at(variable, 'valueFrom', 'configMapKeyRef'));
      references.addUnlessOptional('Secret', at(variable, 'valueFrom', 'secretKeyRef'));
    }
  }
}

function bindingReferences(references: References, json: JsonObject): void {
  const { kind, name } = asObject(json.roleRef);
  if (kind === 'ClusterRole') references.add('ClusterRole', name);
  if (kind === 'Role') references.addLocal('Role', name);
  for (const subject of asObjects(json.subjects)) {
    if (subject.kind === 'ServiceAccount') {
      references.add('ServiceAccount', subject.name, asText(subject.namespace) ?? references.namespace);
    }
  }
}

function targetReference(references: References, target: JsonObject): void {
  const kind = asText(target.kind);
  const group = groupOf(asText(target.apiVersion) ?? '');
  // what a custom resource scales may be made by its operator
  if (kind !== undefined && KubernetesSchema.of().isBuiltIn(group))
    references.add(kind, target.name, references.namespace, group);
}

function routeReferences(references: References, json: JsonObject): void {
  for (const backend of asObjects(at(json, 'spec', 'rules')).flatMap((rule) => asObjects(rule.backendRefs))) {
    if ((backend.kind ?? 'Service') !== 'Service' || asText(backend.group) !== undefined) continue;
    references.add('Service', backend.name, asText(backend.namespace) ?? references.namespace);
  }
}

/** The specs of the platform's own kinds name objects by the same fields everywhere. */
function kindReferences(references: References, spec: unknown): void {
  if (Array.isArray(spec)) spec.forEach((item) => kindReferences(references, item));
  else if (typeof spec === 'object' && spec !== null) {
    const { priorityClassName, serviceAccountName, secretRef, modelRef, zone } = spec as JsonObject;
    references.add('PriorityClass', priorityClassName);
    references.addLocal('ServiceAccount', serviceAccountName);
    references.addLocal('Secret', at(secretRef, 'name'));
    references.addLocal('AIModel', at(modelRef, 'name'));
    references.add('AIZone', zone);
    Object.values(spec).forEach((inner) => kindReferences(references, inner));
  }
}

/** Keys of Secrets, by a name and a key, wherever they are. */
function secretKeys(references: References, value: unknown): void {
  if (Array.isArray(value)) return value.forEach((item) => secretKeys(references, item));
  if (typeof value !== 'object' || value === null) return;
  const { name, key, optional } = value as JsonObject;
  if (asText(key) !== undefined && optional !== true) references.addLocal('Secret', name);
  Object.values(value).forEach((inner) => secretKeys(references, inner));
}

function storeReference(references: References, spec: unknown): void {
  const { name, kind = 'SecretStore' } = asObject(at(spec, 'secretStoreRef'));
  if (kind === 'ClusterSecretStore') references.add('ClusterSecretStore', name);
  else references.addLocal('SecretStore', name);
}

/** cert-manager makes certificates for an Ingress or Gateway that names an issuer. */
function issuerAnnotations(references: References, json: JsonObject): void {
  const annotations = asObject(at(json, 'metadata', 'annotations'));
  references.add('ClusterIssuer', annotations['cert-manager.io/cluster-issuer']);
  references.addLocal('Issuer', annotations['cert-manager.io/issuer']);
}

const BUILT_IN_CLUSTER_ROLES = ['cluster-admin', 'admin', 'edit', 'view'];

const BUILT_IN_PRIORITY_CLASSES = ['system-cluster-critical', 'system-node-critical'];

/** Everything that manifests can refer to: what exists before, what they make, and what controllers make of them. */
export class ExistingObjects {
  private readonly known = new Set<string>();
  /** Names of the objects of a kind in a namespace. */
  private readonly names = new Map<string, string[]>();
  private readonly namespaces = new LabelIndex<string>();
  private readonly unknownContent: Set<string>;
  private readonly storageClassesKnown: boolean;

  public constructor(graph: ManifestGraph) {
    for (const name of graph.namespaces()) {
      this.namespaces.add(name, graph.labelsOfNamespace(name) ?? {});
      this.add('Namespace', name);
      this.add('ServiceAccount', 'default', name);
      this.add('ConfigMap', 'kube-root-ca.crt', name);
    }
    this.add('Service', 'kubernetes', 'default');
    BUILT_IN_PRIORITY_CLASSES.forEach((name) => this.add('PriorityClass', name, undefined, 'scheduling.k8s.io'));
    BUILT_IN_CLUSTER_ROLES.forEach((name) => this.add('ClusterRole', name, undefined, 'rbac.authorization.k8s.io'));
    for (const { kind, group, name, namespace, json } of graph.manifests)
      this.addObject(kind, group, name, namespace, json);
    for (const manifest of graph.context.manifests ?? []) {
      const namespace = asText(at(manifest, 'metadata', 'namespace'));
      const name = asText(at(manifest, 'metadata', 'name')) ?? '';
      this.addObject(String(manifest.kind), groupOf(String(manifest.apiVersion)), name, namespace, manifest);
    }
    for (const { kind, name, namespace, group } of graph.context.objects ?? []) {
      this.add(kind, name, namespace, group ?? defaultGroup(kind));
    }
    // a namespace of Terraform holds what Helm charts make
    this.unknownContent = new Set(graph.context.namespaces.filter((name) => name !== 'default'));
    this.storageClassesKnown =
      graph.ofKind('StorageClass', 'storage.k8s.io').length > 0 ||
      (graph.context.objects ?? []).some(({ kind }) => kind === 'StorageClass');
  }

  /** Whether an object exists, or nothing is known about its like. */
  public mayExist({ kind, group, namespace, name }: ObjectName): boolean {
    if (this.isKnown({ kind, group, namespace, name })) return true;
    if (namespace !== undefined && kind !== 'Namespace' && this.unknownContent.has(namespace)) return true;
    switch (kind) {
      case 'ClusterRole':
      case 'Role':
        return name.startsWith('system:');
      case 'StorageClass':
        return !this.storageClassesKnown;
      default:
        return false;
    }
  }

  /** Whether an object is certain to exist. */
  public isKnown({ kind, group, namespace, name }: ObjectName): boolean {
    return this.known.has(objectKey(kind, group, namespace, name));
  }

  private addObject(kind: string, group: string, name: string, namespace: string | undefined, json: JsonObject): void {
    this.add(kind, name, namespace, group);
    secretsMadeOf(kind, group, name, json).forEach((secret) => this.add('Secret', secret, namespace));
    if (kind === 'ClusterExternalSecret' && group === 'external-secrets.io') this.addClusterExternalSecret(json, name);
    // in its mode Standard
    if (kind === 'InferenceService' && group === 'serving.kserve.io') {
      this.add('Deployment', `${name}-predictor`, namespace, 'apps');
    }
    if (kind === 'StatefulSet' && group === 'apps') this.addClaims(json, name, namespace);
  }

  private addClusterExternalSecret(json: JsonObject, name: string): void {
    const spec = asObject(json.spec);
    const made = externalSecrets({ spec: spec.externalSecretSpec }, asText(spec.externalSecretName) ?? name);
    const selectors = [
      ...asObjects(spec.namespaceSelectors),
      ...(spec.namespaceSelector ? [spec.namespaceSelector] : []),
    ];
    const namespaces = [
      ...asTexts(spec.namespaces),
      ...selectors.flatMap((selector) => this.namespaces.find(selector)),
    ];
    for (const namespace of namespaces) made.forEach((secret) => this.add('Secret', secret, namespace));
  }

  private addClaims(json: JsonObject, name: string, namespace: string | undefined): void {
    const replicas = at(json, 'spec', 'replicas');
    for (const template of asObjects(at(json, 'spec', 'volumeClaimTemplates'))) {
      for (let ordinal = 0; ordinal < (typeof replicas === 'number' ? replicas : 1); ordinal++) {
        this.add('PersistentVolumeClaim', `${String(at(template, 'metadata', 'name'))}-${name}-${ordinal}`, namespace);
      }
    }
  }

  /** Names that the reference might have meant: those of its kind, and in its namespace. */
  public namesLike({ kind, group, namespace }: ObjectName): string[] {
    // what Kubernetes makes in each namespace, or for itself, is hardly meant
    return (this.names.get(objectKey(kind, group, namespace, '')) ?? []).filter(
      (name) => !/^(default$|kube-)/.test(name),
    );
  }

  private add(kind: string, name: string, namespace?: string, group: string = ''): void {
    const whole = objectKey(kind, group, namespace, name);
    if (this.known.has(whole)) return;
    this.known.add(whole);
    const likes = objectKey(kind, group, namespace, '');
    const names = this.names.get(likes);
    if (names) names.push(name);
    else this.names.set(likes, [name]);
  }
}

/** What tells an object from all others. */
export function objectKey(kind: string, group: string, namespace: string | undefined, name: string): string {
  return `${kind}.${group}/${namespace ?? ''}/${name}`;
}

/** Names of the Secrets that controllers make of an object, in its namespace. */
export function secretsMadeOf(kind: string, group: string, name: string, json: JsonObject): string[] {
  const maker = MAKERS[`${kind}.${group}`] as Maker | undefined;
  return maker?.(json, name) ?? [];
}

type Maker = (json: JsonObject, name: string) => string[];

/** The Secrets that controllers make of an object, in its namespace. */
const MAKERS: { [kind: string]: Maker } = {
  'ExternalSecret.external-secrets.io': externalSecrets,
  'Certificate.cert-manager.io': (json) => present(at(json, 'spec', 'secretName')),
  // cert-manager makes a Certificate for each of these when an annotation names the issuer
  'Ingress.networking.k8s.io': (json) =>
    hasIssuer(json) ? asObjects(at(json, 'spec', 'tls')).flatMap((tls) => present(tls.secretName)) : [],
  'Gateway.gateway.networking.k8s.io': (json) =>
    hasIssuer(json)
      ? asObjects(at(json, 'spec', 'listeners'))
          .flatMap((listener) => asObjects(at(listener, 'tls', 'certificateRefs')))
          .flatMap((reference) => present(reference.name))
      : [],
  'Cluster.postgresql.cnpg.io': (_json, name) =>
    ['app', 'superuser', 'ca', 'server', 'replication'].map((suffix) => `${name}-${suffix}`),
  'KafkaUser.kafka.strimzi.io': (_json, name) => [name],
  'Kafka.kafka.strimzi.io': (_json, name) => [`${name}-cluster-ca-cert`, `${name}-clients-ca-cert`],
  'RabbitmqCluster.rabbitmq.com': (_json, name) => [`${name}-default-user`],
};

function externalSecrets(json: JsonObject, name: string): string[] {
  const target = asObject(at(json, 'spec', 'target'));
  // these only change a Secret that someone else makes
  if (target.creationPolicy === 'None' || target.creationPolicy === 'Merge') return [];
  return [asText(target.name) ?? name];
}

function hasIssuer(json: JsonObject): boolean {
  const annotations = asObject(at(json, 'metadata', 'annotations'));
  return ['cert-manager.io/issuer', 'cert-manager.io/cluster-issuer'].some((key) => annotations[key] !== undefined);
}

function present(value: unknown): string[] {
  const text = asText(value);
  return text === undefined ? [] : [text];
}
