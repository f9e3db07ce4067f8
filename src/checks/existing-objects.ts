import { defaultGroup, groupOf } from './api-groups';
import { asObject, asObjects, asText, asTexts, at, JsonObject } from './json';
import { LabelIndex } from './labels';
import { ManifestGraph } from './manifest-graph';

/** An object that a manifest refers to. */
export interface ObjectName {
  readonly kind: string;
  readonly group: string;
  /** Undefined for a cluster-scoped object. */
  readonly namespace?: string;
  readonly name: string;
}

const BUILT_IN_CLUSTER_ROLES = ['cluster-admin', 'admin', 'edit', 'view'];

/** Everything that manifests can refer to: what exists before, what they make, and what controllers make of them. */
export class ExistingObjects {
  private readonly known = new Set<string>();
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
    if (this.known.has(key(kind, group, namespace, name))) return true;
    if (namespace !== undefined && kind !== 'Namespace' && this.unknownContent.has(namespace)) return true;
    switch (kind) {
      case 'PriorityClass':
        return name.startsWith('system-');
      case 'ClusterRole':
      case 'Role':
        return name.startsWith('system:') || (kind === 'ClusterRole' && BUILT_IN_CLUSTER_ROLES.includes(name));
      case 'StorageClass':
        return !this.storageClassesKnown;
      default:
        return false;
    }
  }

  private addObject(kind: string, group: string, name: string, namespace: string | undefined, json: JsonObject): void {
    this.add(kind, name, namespace, group);
    const maker = MAKERS[`${kind}.${group}`] as Maker | undefined;
    maker?.(json, name).forEach((secret) => this.add('Secret', secret, namespace));
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

  private add(kind: string, name: string, namespace?: string, group: string = ''): void {
    this.known.add(key(kind, group, namespace, name));
  }
}

function key(kind: string, group: string, namespace: string | undefined, name: string): string {
  return `${kind}.${group}/${namespace ?? ''}/${name}`;
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
  // these only change a Secret that somebody else makes
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
