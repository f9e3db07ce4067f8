import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { backingServicesNamespaceOf } from '../backing-service';
import { labels, metadata } from './backing-services';

/** A key of a Secret in the namespace of the backing services. */
export interface DeliveredKey {
  /** The Secret. */
  readonly sourceSecretName: string;
  /** The key, in the copy too. */
  readonly key: string;
}

/** Who is given credentials, and which. */
export interface CredentialDeliveryProps {
  /** Name of the objects that this makes. */
  readonly name: string;
  /** Keys that are copied. */
  readonly keys: readonly DeliveredKey[];
  /** Labels of the namespaces that get a copy. */
  readonly namespaceLabels: { [key: string]: string };
  /** Name of the copies. */
  readonly targetSecretName: string;
}

/**
 * Copies keys of Secrets into every namespace that carries some labels, and into no other.
 *
 * The store can be used in those namespaces only, and reads with a ServiceAccount that may get those Secrets: an
 * ExternalSecret that someone writes elsewhere, or for another Secret, gets nothing.
 */
export class CredentialDelivery extends Construct {
  public constructor(scope: Construct, id: string, props: CredentialDeliveryProps) {
    super(scope, id);
    const namespace = backingServicesNamespaceOf(this);
    const storeName = `${namespace}-${props.name}`;
    const selector = { matchLabels: props.namespaceLabels };
    new ApiObject(this, 'Resource', {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterExternalSecret',
      metadata: { name: storeName, labels: labels('credentials') },
      spec: {
        externalSecretName: props.targetSecretName,
        namespaceSelectors: [selector],
        refreshTime: '1m',
        externalSecretSpec: {
          refreshInterval: '1h',
          secretStoreRef: { kind: 'ClusterSecretStore', name: storeName },
          target: { name: props.targetSecretName, creationPolicy: 'Owner', deletionPolicy: 'Retain' },
          data: props.keys.map(({ sourceSecretName, key }) => ({
            secretKey: key,
            remoteRef: { key: sourceSecretName, property: key },
          })),
        },
      },
    });
    const reader = new SecretReader(this, 'reader', {
      name: `read-${props.name}`,
      secretNames: [...new Set(props.keys.map(({ sourceSecretName }) => sourceSecretName))],
    });
    new ApiObject(this, 'store', {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterSecretStore',
      metadata: { name: storeName, labels: labels('credentials') },
      spec: {
        conditions: [{ namespaceSelector: selector }],
        provider: { kubernetes: storeSettings(namespace, reader.serviceAccountName) },
      },
    });
  }
}

/** Properties of SecretReader. */
export interface SecretReaderProps {
  /** Name of the ServiceAccount, the Role and the binding. */
  readonly name: string;
  /** The Secrets that it may get; may be lazy. */
  readonly secretNames: string[];
}

/** A ServiceAccount that may get some Secrets of the namespace of the backing services. */
export class SecretReader extends Construct {
  /** Name of the ServiceAccount. */
  public readonly serviceAccountName: string;

  public constructor(scope: Construct, id: string, props: SecretReaderProps) {
    super(scope, id);
    this.serviceAccountName = props.name;
    new k8s.KubeServiceAccount(this, 'Resource', {
      metadata: metadata(this, props.name, 'credentials'),
      automountServiceAccountToken: false,
    });
    new k8s.KubeRole(this, 'role', {
      metadata: metadata(this, props.name, 'credentials'),
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: props.secretNames }],
    });
    new k8s.KubeRoleBinding(this, 'binding', {
      metadata: metadata(this, props.name, 'credentials'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: props.name },
      subjects: [{ kind: 'ServiceAccount', name: props.name, namespace: backingServicesNamespaceOf(this) }],
    });
  }
}

/** Settings of a secret store that reads the namespace of the backing services as a ServiceAccount. */
function storeSettings(namespace: string, serviceAccountName: string): { [key: string]: unknown } {
  return {
    remoteNamespace: namespace,
    server: {
      caProvider: {
        type: 'ConfigMap',
        name: 'kube-root-ca.crt',
        key: 'ca.crt',
        namespace,
      },
    },
    auth: { serviceAccount: { name: serviceAccountName, namespace } },
  };
}

/** A store in the namespace of the backing services that reads that namespace. */
export function localSecretStore(scope: Construct, id: string, name: string, serviceAccountName: string): ApiObject {
  // a namespaced store may name no other namespace
  return new ApiObject(scope, id, {
    apiVersion: 'external-secrets.io/v1',
    kind: 'SecretStore',
    metadata: metadata(scope, name, 'credentials'),
    spec: {
      provider: {
        kubernetes: {
          remoteNamespace: backingServicesNamespaceOf(scope),
          server: { caProvider: { type: 'ConfigMap', name: 'kube-root-ca.crt', key: 'ca.crt' } },
          auth: { serviceAccount: { name: serviceAccountName } },
        },
      },
    },
  });
}
