import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { VELERO_NAMESPACE, VeleroCredential } from '../../components/velero';
import { SecretVariable, ServiceBinding } from '../../contracts/backing-service';

const CREDENTIALS = 'velero-object-store';

/** Velero wants keys as a shared credentials file of AWS, so External Secrets writes one from the Secret with the keys. */
export function veleroCredential(scope: Construct, binding: ServiceBinding): VeleroCredential | undefined {
  const variable = (name: string): SecretVariable | undefined =>
    binding.secretVariables.find((one) => one.name === name);
  const id = variable('AWS_ACCESS_KEY_ID');
  const key = variable('AWS_SECRET_ACCESS_KEY');
  if (!id || !key) return undefined;
  reader(scope, [...new Set([id.secretName, key.secretName])]);
  new ApiObject(scope, 'Credentials', {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: CREDENTIALS, namespace: VELERO_NAMESPACE },
    spec: {
      refreshInterval: '10m',
      secretStoreRef: { kind: 'SecretStore', name: CREDENTIALS },
      target: {
        name: CREDENTIALS,
        template: {
          data: { cloud: '[default]\naws_access_key_id={{ .id }}\naws_secret_access_key={{ .key }}\n' },
        },
      },
      data: [
        { secretKey: 'id', remoteRef: { key: id.secretName, property: id.key } },
        { secretKey: 'key', remoteRef: { key: key.secretName, property: key.key } },
      ],
    },
  });
  return { secretName: CREDENTIALS, key: 'cloud' };
}

/** A store that reads these Secrets of Velero's namespace, and nothing else. */
function reader(scope: Construct, secretNames: string[]): void {
  const metadata = { name: CREDENTIALS, namespace: VELERO_NAMESPACE };
  new k8s.KubeServiceAccount(scope, 'Reader', { metadata, automountServiceAccountToken: false });
  new k8s.KubeRole(scope, 'ReaderRole', {
    metadata,
    rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: secretNames, verbs: ['get'] }],
  });
  new k8s.KubeRoleBinding(scope, 'ReaderBinding', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: CREDENTIALS },
    subjects: [{ kind: 'ServiceAccount', name: CREDENTIALS, namespace: VELERO_NAMESPACE }],
  });
  new ApiObject(scope, 'SecretStore', {
    apiVersion: 'external-secrets.io/v1',
    kind: 'SecretStore',
    metadata,
    spec: {
      provider: {
        kubernetes: {
          remoteNamespace: VELERO_NAMESPACE,
          server: { caProvider: { type: 'ConfigMap', name: 'kube-root-ca.crt', key: 'ca.crt' } },
          auth: { serviceAccount: { name: CREDENTIALS } },
        },
      },
    },
  });
}
