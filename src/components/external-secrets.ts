import { Component, PodSecurityLevel } from '../contracts/component';
import { IWorkloadIdentity } from '../contracts/identity';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Name of the release, the namespace and the ServiceAccount of the External Secrets Operator. */
export const EXTERNAL_SECRETS_NAMESPACE = 'external-secrets';

/** The identity with which the External Secrets Operator asks a secret store, when the store names no other. */
export const EXTERNAL_SECRETS_IDENTITY: IWorkloadIdentity = {
  namespace: EXTERNAL_SECRETS_NAMESPACE,
  serviceAccountName: 'external-secrets',
};

const CUSTOM_RESOURCES = [
  'ClusterExternalSecret.external-secrets.io',
  'ClusterPushSecret.external-secrets.io',
  'ClusterSecretStore.external-secrets.io',
  'ExternalSecret.external-secrets.io',
  'PushSecret.external-secrets.io',
  'SecretStore.external-secrets.io',
  ...[
    'ACRAccessToken',
    'BeyondtrustWorkloadCredentialsDynamicSecret',
    'CloudsmithAccessToken',
    'ClusterGenerator',
    'ECRAuthorizationToken',
    'Fake',
    'GCRAccessToken',
    'GeneratorState',
    'GithubAccessToken',
    'GitlabDeployToken',
    'Grafana',
    'MFA',
    'Password',
    'QuayAccessToken',
    'SSHKey',
    'STSSessionToken',
    'UUID',
    'VaultDynamicSecret',
    'Webhook',
  ].map((kind) => `${kind}.generators.external-secrets.io`),
];

/**
 * The External Secrets Operator, which copies secrets from a store into the cluster and generates passwords in it.
 *
 * Terraform installs it: the stores and secrets that hold what only Terraform knows are applied in the same step. It takes
 * no options, so that everyone who requires it asks for the same thing; use `ComponentRegistry.override()` for others.
 */
export function externalSecrets(): Component {
  return new Component('external-secrets', {
    chart: { repository: 'https://charts.external-secrets.io', name: 'external-secrets', version: '2.9.0' },
    namespace: EXTERNAL_SECRETS_NAMESPACE,
    podSecurity: PodSecurityLevel.RESTRICTED,
    bootstrap: true,
    customResources: CUSTOM_RESOURCES,
    clusterScopedResources: [
      'ClusterExternalSecret.external-secrets.io',
      'ClusterPushSecret.external-secrets.io',
      'ClusterSecretStore.external-secrets.io',
      'ClusterGenerator.generators.external-secrets.io',
    ],
    footprint: FOOTPRINT,
    highAvailabilityValues: { ...TWICE, webhook: TWICE, certController: TWICE },
    values: {
      installCRDs: true,
      serviceAccount: { create: true, name: EXTERNAL_SECRETS_IDENTITY.serviceAccountName },
      leaderElect: true,
      concurrent: 4,
      resources: resources('50m', '128Mi'),
      webhook: { resources: resources('10m', '64Mi') },
      certController: { resources: resources('10m', '128Mi') },
    },
  });
}

const TWICE = { replicaCount: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } };

function resources(cpu: string, memory: string): { [key: string]: unknown } {
  // no CPU limit: throttled webhooks time out; memory is bounded
  return { requests: { cpu, memory }, limits: { memory } };
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('external-secrets', {
  workloads: {
    'external-secrets': valuesBelow('', {
      replicasAt: 'replicaCount',
      imageAt: 'image',
      disruptionBudgetAt: 'podDisruptionBudget',
    }),
    'external-secrets-webhook': valuesBelow('webhook', {
      replicasAt: 'webhook.replicaCount',
      imageAt: 'webhook.image',
      enabledAt: 'webhook.create',
      disruptionBudgetAt: 'webhook.podDisruptionBudget',
    }),
    'external-secrets-cert-controller': valuesBelow('certController', {
      replicasAt: 'certController.replicaCount',
      imageAt: 'certController.image',
      enabledAt: 'certController.create',
      disruptionBudgetAt: 'certController.podDisruptionBudget',
    }),
  },
  metrics: ['external-secrets', 'external-secrets-webhook', 'external-secrets-cert-controller'].map((name) => ({
    name,
    podLabels: { 'app.kubernetes.io/name': name },
    port: 8080,
  })),
  servedBy: 'external-secrets-webhook',
  webhooks: Object.fromEntries(
    ['secretstore', 'clustersecretstore', 'externalsecret'].map((kind) => [
      `validate.${kind}.external-secrets.io`,
      { enabledAt: 'webhook.create', failurePolicyAt: 'webhook.failurePolicy' },
    ]),
  ),
});
