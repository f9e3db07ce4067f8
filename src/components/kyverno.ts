import { Component } from '../contracts/component';
import { chartFootprint } from './chart-footprint';

/** Namespace of Kyverno, and of the Secrets by which it reads registries. */
export const KYVERNO_NAMESPACE = 'kyverno';

/** Label of the namespaces in which the platform's policies have images verified. */
export const VERIFIED_IMAGES = { key: 'mlifecycle.io/verified-images', value: 'required' } as const;

/** The label of ClusterRoles whose rules its admission controller gets. */
export const KYVERNO_ROLE_LABEL = 'rbac.kyverno.io/aggregate-to-admission-controller';

/**
 * Kyverno, which verifies signatures and attestations of images at admission. Of its controllers only that of admission runs: nothing is
 * generated, cleaned up or scanned in the background, and no reports are made.
 *
 * Its policies make its webhooks while it runs: each sees what its policy matches, in the namespaces that the policy selects. The component has no webhook
 * before there is a policy but those for its own objects.
 *
 * Source: https://github.com/kyverno/kyverno/tree/main/charts/kyverno
 */
export function kyverno(): Component {
  return new Component('kyverno', {
    chart: { repository: 'https://kyverno.github.io/kyverno', name: 'kyverno', version: '3.9.0' },
    namespace: KYVERNO_NAMESPACE,
    customResources: [...CLUSTER_SCOPED, ...NAMESPACED],
    clusterScopedResources: CLUSTER_SCOPED,
    footprint: FOOTPRINT,
    highAvailabilityValues: {
      admissionController: { replicas: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } },
    },
    values: {
      backgroundController: { enabled: false },
      cleanupController: { enabled: false },
      reportsController: { enabled: false },
      // those who administer a namespace must not write policies for it
      rbac: { roles: { aggregate: { admin: false, view: false } } },
      features: {
        ...off('admissionReports', 'aggregateReports', 'policyReports', 'validatingAdmissionPolicyReports'),
        ...off('backgroundScan', 'generateValidatingAdmissionPolicy'),
        // a node can register while nothing answers
        excludeBootstrapResources: { enabled: true },
        // an exception would be a second way past the policies, without an alert
        policyExceptions: { enabled: false },
      },
      admissionController: {
        replicas: 1,
        // it reads what its policies need and no more
        rbac: { createViewRoleBinding: false },
        container: { resources: { requests: { cpu: '100m', memory: '192Mi' }, limits: { memory: '512Mi' } } },
        initContainer: { resources: ONCE },
      },
      crds: { migration: { podResources: ONCE } },
    },
  });
}

const ONCE = { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: null, memory: '256Mi' } };

function off(...features: string[]): { [feature: string]: { readonly enabled: boolean } } {
  return Object.fromEntries(features.map((feature) => [feature, { enabled: false }]));
}

const POLICIES = ['Deleting', 'Generating', 'ImageValidating', 'Mutating', 'Validating'].map((what) => `${what}Policy`);

const CLUSTER_SCOPED = [
  ...['ClusterCleanupPolicy', 'ClusterPolicy', 'GlobalContextEntry'].map((kind) => `${kind}.kyverno.io`),
  'ClusterEphemeralReport.reports.kyverno.io',
  'ClusterPolicyReport.wgpolicyk8s.io',
  ...POLICIES.map((kind) => `${kind}.policies.kyverno.io`),
];

const NAMESPACED = [
  ...['CleanupPolicy', 'Policy', 'PolicyException', 'UpdateRequest'].map((kind) => `${kind}.kyverno.io`),
  'EphemeralReport.reports.kyverno.io',
  'PolicyReport.wgpolicyk8s.io',
  'PolicyException.policies.kyverno.io',
  ...POLICIES.map((kind) => `Namespaced${kind}.policies.kyverno.io`),
];

const CONTROLLER = 'kyverno-admission-controller';
const POD_LABELS = {
  'app.kubernetes.io/instance': 'kyverno',
  'app.kubernetes.io/component': 'admission-controller',
} as const;

function controllerWithout(key: string): { readonly enabledAt: string; readonly replicasAt: string } {
  return { enabledAt: `${key}.enabled`, replicasAt: `${key}.replicas` };
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('kyverno', {
  workloads: {
    [CONTROLLER]: {
      replicasAt: 'admissionController.replicas',
      resourcesAt: {
        kyverno: 'admissionController.container.resources',
        'kyverno-pre': 'admissionController.initContainer.resources',
      },
      imageAt: {
        kyverno: 'admissionController.container.image',
        'kyverno-pre': 'admissionController.initContainer.image',
      },
      nodeSelectorAt: 'admissionController.nodeSelector',
      tolerationsAt: 'admissionController.tolerations',
      podLabels: { ...POD_LABELS },
      disruptionBudgetAt: 'admissionController.podDisruptionBudget',
    },
    'kyverno-background-controller': controllerWithout('backgroundController'),
    'kyverno-cleanup-controller': controllerWithout('cleanupController'),
    'kyverno-reports-controller': controllerWithout('reportsController'),
    'kyverno-migrate-resources': {
      enabledAt: 'crds.migration.enabled',
      resourcesAt: 'crds.migration.podResources',
      imageAt: 'crds.migration.image',
    },
  },
  services: {
    'kyverno-background-controller-metrics': { enabledAt: 'backgroundController.enabled' },
    'kyverno-cleanup-controller': { enabledAt: 'cleanupController.enabled' },
    'kyverno-cleanup-controller-metrics': { enabledAt: 'cleanupController.enabled' },
    'kyverno-reports-controller-metrics': { enabledAt: 'reportsController.enabled' },
  },
  moreWebhooks: [
    {
      // made of the policies of ModelAdmission
      name: 'ivpol.validate.kyverno.svc',
      failurePolicy: 'Fail',
      servedBy: CONTROLLER,
      judges: ['mlifecycle.io/modeldeployments', '/pods', '/pods/ephemeralcontainers'],
      namespaceSelector: [{ key: VERIFIED_IMAGES.key, operator: 'In', values: [VERIFIED_IMAGES.value] }],
    },
    {
      name: 'validate-policy.kyverno.svc',
      failurePolicy: 'Fail',
      servedBy: CONTROLLER,
      judges: [
        ...['clusterpolicies', 'policies'].map((resource) => `kyverno.io/${resource}`),
        ...POLICIES.flatMap((kind) => {
          const resource = kind.toLowerCase().replace(/y$/, 'ies');
          return [`policies.kyverno.io/${resource}`, `policies.kyverno.io/namespaced${resource}`];
        }),
      ],
    },
  ],
  metrics: [{ name: 'kyverno', podLabels: { ...POD_LABELS }, port: 8000 }],
});
