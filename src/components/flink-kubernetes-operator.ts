import { Component } from '../contracts/component';
import { certManager } from './cert-manager';
import { chartFootprint } from './chart-footprint';

/** Namespace of the Flink Kubernetes operator. */
export const FLINK_OPERATOR_NAMESPACE = 'flink-operator';

/** In place of the chart's own addition to the operator's configuration, with its intervals. */
const LEADER_ELECTION = `kubernetes.operator.reconcile.interval: 15 s
kubernetes.operator.observer.progress-check.interval: 5 s
kubernetes.operator.leader-election.enabled: true
kubernetes.operator.leader-election.lease-name: flink-operator-lease
`;

const VERSION = '1.15.0';

/**
 * The Flink Kubernetes operator, which runs FlinkDeployments in every namespace. Its chart asks cert-manager for the webhook's
 * certificate.
 *
 * The jobs' ServiceAccounts are not made by the chart, since the namespaces come after it: see `EngineAccount`.
 *
 * Source: https://github.com/apache/flink-kubernetes-operator/tree/main/helm/flink-kubernetes-operator
 */
export function flinkKubernetesOperator(): Component {
  const container = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  return new Component('flink-kubernetes-operator', {
    chart: {
      repository: `https://downloads.apache.org/flink/flink-kubernetes-operator-${VERSION}`,
      name: 'flink-kubernetes-operator',
      version: VERSION,
    },
    namespace: FLINK_OPERATOR_NAMESPACE,
    requires: [certManager()],
    customResources: ['FlinkBlueGreenDeployment', 'FlinkDeployment', 'FlinkSessionJob', 'FlinkStateSnapshot'].map(
      (kind) => `${kind}.flink.apache.org`,
    ),
    footprint: FOOTPRINT,
    highAvailabilityValues: {
      replicas: 2,
      // without it both would work on every job
      strategy: { type: 'RollingUpdate' },
      defaultConfiguration: { 'flink-conf.yaml': LEADER_ELECTION },
    },
    values: {
      // the chart's own tag is a commit, or `latest` in the repository
      image: { repository: 'docker.io/apache/flink-kubernetes-operator', tag: VERSION },
      watchNamespaces: [],
      jobServiceAccount: { create: false },
      rbac: { jobRole: { create: false }, jobRoleBinding: { create: false } },
      podSecurityContext: {
        runAsUser: 9999,
        runAsGroup: 9999,
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      operatorSecurityContext: container,
      webhookSecurityContext: container,
      operatorPod: {
        resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '1Gi' } },
        webhook: { resources: { requests: { cpu: '20m', memory: '192Mi' }, limits: { memory: '512Mi' } } },
      },
    },
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('flink-kubernetes-operator', {
  references: [{ kind: 'Secret', nameAt: 'webhook.keystore.passwordSecretRef' }],
  workloads: {
    'flink-kubernetes-operator': {
      // with our security contexts
      podSecurity: 'restricted',
      replicasAt: 'replicas',
      podLabels: { 'app.kubernetes.io/name': 'flink-kubernetes-operator' },
      resourcesAt: {
        'flink-kubernetes-operator': 'operatorPod.resources',
        'flink-webhook': 'operatorPod.webhook.resources',
      },
      imageAt: 'image',
      containersAt: { 'flink-webhook': 'webhook.create' },
      nodeSelectorAt: 'operatorPod.nodeSelector',
      tolerationsAt: 'operatorPod.tolerations',
    },
  },
  webhooks: {
    'mutationwebhook.flink.apache.org': { enabledAt: 'webhook.create' },
    'validationwebhook.flink.apache.org': { enabledAt: 'webhook.create' },
  },
});
