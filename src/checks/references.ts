import { defaultGroup, groupOf, isBuiltIn } from './api-groups';
import { ObjectName } from './existing-objects';
import { asObject, asObjects, asText, at, JsonObject } from './json';
import { Manifest } from './manifest-graph';
import { containersOf, podTemplateOf } from './pod-template';

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
    this.found.set(`${kind}.${group}/${namespace ?? ''}/${given}`, { kind, group, namespace, name: given });
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
export function referencesOf(manifest: Manifest): ObjectName[] {
  const { kind, group, json } = manifest;
  const references = new References(manifest.namespace ?? 'default');
  if (manifest.namespace !== undefined && !CLUSTER_SCOPED.has(kind)) references.add('Namespace', manifest.namespace);
  const template = podTemplateOf(manifest);
  if (template) podReferences(references, template.spec);
  const collect = COLLECTORS[`${kind}.${group}`] as Collector | undefined;
  collect?.(references, json);
  issuerAnnotations(references, json);
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
  if (kind !== undefined && isBuiltIn(group)) references.add(kind, target.name, references.namespace, group);
}

function routeReferences(references: References, json: JsonObject): void {
  for (const backend of asObjects(at(json, 'spec', 'rules')).flatMap((rule) => asObjects(rule.backendRefs))) {
    if ((backend.kind ?? 'Service') !== 'Service' || asText(backend.group) !== undefined) continue;
    references.add('Service', backend.name, asText(backend.namespace) ?? references.namespace);
  }
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
