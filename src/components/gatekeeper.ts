import { Component } from '../contracts/component';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of Gatekeeper. */
export const GATEKEEPER_NAMESPACE = 'gatekeeper-system';

/** What its webhook judges: the only objects that are refused while nothing answers. */
const JUDGED = { group: 'mlifecycle.io', resource: 'modeldeployments' } as const;

/**
 * Gatekeeper, which judges ModelDeployments by policies in Rego at admission, and those that are there once a minute.
 *
 * Its webhook sees ModelDeployments and nothing else, and fails closed: without Gatekeeper none of these is created or changed, and everything
 * else is. Constraints of other kinds need `validatingWebhookCustomRules` that name them (`environment.components.override`). It changes no objects, so
 * that the webhook for that is off.
 *
 * Source: https://github.com/open-policy-agent/gatekeeper/tree/master/charts/gatekeeper
 */
export function gatekeeper(): Component {
  return new Component('gatekeeper', {
    chart: {
      repository: 'https://open-policy-agent.github.io/gatekeeper/charts',
      name: 'gatekeeper',
      version: '3.23.0',
    },
    namespace: GATEKEEPER_NAMESPACE,
    customResources: [...CLUSTER_SCOPED, ...NAMESPACED],
    clusterScopedResources: CLUSTER_SCOPED,
    footprint: FOOTPRINT,
    highAvailabilityValues: { replicas: 2, pdb: { controllerManager: { minAvailable: 1 } } },
    values: {
      replicas: 1,
      // one pod must not stop a node from being drained
      pdb: { controllerManager: { minAvailable: 0 } },
      validatingWebhookFailurePolicy: 'Fail',
      validatingWebhookTimeoutSeconds: 5,
      validatingWebhookCustomRules: [
        {
          apiGroups: [JUDGED.group],
          apiVersions: ['*'],
          operations: ['CREATE', 'UPDATE'],
          resources: [JUDGED.resource],
        },
      ],
      // it judges labels of namespaces, and would stop those of the whole cluster from changing
      validatingWebhookCheckIgnoreFailurePolicy: 'Ignore',
      disableMutation: true,
      // kinds without a constraint are neither listed nor kept in memory
      auditMatchKindOnly: true,
      logDenies: true,
      controllerManager: { resources: resources('50m', '256Mi', '512Mi') },
      audit: { resources: resources('50m', '256Mi', '512Mi') },
      crds: { resources: resources('10m', '64Mi', '128Mi') },
      // Terraform labels the namespace, and its webhooks leave it out by its name
      postInstall: { labelNamespace: { enabled: false }, probeWebhook: { enabled: false } },
    },
  });
}

function resources(cpu: string, memory: string, limit: string): { [key: string]: unknown } {
  // no CPU limit: throttled webhooks time out; memory is bounded
  return { requests: { cpu, memory }, limits: { memory: limit } };
}

const CLUSTER_SCOPED = [
  // made of the ConstraintTemplate of the platform's own policies
  'ModelPolicies.constraints.gatekeeper.sh',
  ...['Assign', 'AssignImage', 'AssignMetadata', 'ModifySet'].map((kind) => `${kind}.mutations.gatekeeper.sh`),
  'ConstraintTemplate.templates.gatekeeper.sh',
  'ExpansionTemplate.expansion.gatekeeper.sh',
  'Provider.externaldata.gatekeeper.sh',
  'SyncSet.syncset.gatekeeper.sh',
];

const NAMESPACED = [
  'Config.config.gatekeeper.sh',
  'Connection.connection.gatekeeper.sh',
  ...['Config', 'Connection', 'Constraint', 'ConstraintTemplate', 'ExpansionTemplate', 'Mutator', 'Provider'].map(
    (kind) => `${kind}PodStatus.status.gatekeeper.sh`,
  ),
];

const WEBHOOK_LABELS = { 'control-plane': 'controller-manager', 'gatekeeper.sh/operation': 'webhook' } as const;
const AUDIT_LABELS = { 'control-plane': 'audit-controller', 'gatekeeper.sh/operation': 'audit' } as const;
const METRICS_PORT = 8888;

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('gatekeeper', {
  workloads: {
    'gatekeeper-controller-manager': valuesBelow('controllerManager', {
      replicasAt: 'replicas',
      imageAt: 'image',
      podLabels: { ...WEBHOOK_LABELS },
      disruptionBudgetAt: 'pdb.controllerManager',
    }),
    'gatekeeper-audit': valuesBelow('audit', {
      replicasAt: undefined,
      imageAt: 'image',
      podLabels: { ...AUDIT_LABELS },
    }),
    'gatekeeper-update-namespace-label': {
      enabledAt: 'postInstall.labelNamespace.enabled',
      imageAt: {
        'kubectl-label': 'postInstall.labelNamespace.image',
        'webhook-probe-post': 'postInstall.probeWebhook.image',
      },
    },
    'gatekeeper-update-crds-hook': valuesBelow('crds', {
      replicasAt: undefined,
      enabledAt: 'upgradeCRDs.enabled',
    }),
  },
  metrics: [
    { name: 'gatekeeper-webhook', podLabels: { ...WEBHOOK_LABELS }, port: METRICS_PORT },
    { name: 'gatekeeper-audit', podLabels: { ...AUDIT_LABELS }, port: METRICS_PORT },
  ],
  servedBy: 'gatekeeper-controller-manager',
  webhooks: {
    'mutation.gatekeeper.sh': {
      failurePolicyAt: 'mutatingWebhookFailurePolicy',
      disabledAt: 'disableMutation',
    },
    'validation.gatekeeper.sh': {
      // by our rules
      judges: [`${JUDGED.group}/${JUDGED.resource}`],
      failurePolicyAt: 'validatingWebhookFailurePolicy',
      disabledAt: 'disableValidatingWebhook',
    },
    'check-ignore-label.gatekeeper.sh': {
      failurePolicyAt: 'validatingWebhookCheckIgnoreFailurePolicy',
      disabledAt: 'disableValidatingWebhook',
    },
  },
});
