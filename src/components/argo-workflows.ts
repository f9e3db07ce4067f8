import { Component } from '../contracts/component';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of Argo Workflows. */
export const ARGO_WORKFLOWS_NAMESPACE = 'argo-workflows';

/** Options of Argo Workflows. */
export interface ArgoWorkflowsOptions {
  /**
   * Replicas of the controller, one of which works.
   *
   * @default - 2 in staging and production, 1 elsewhere
   */
  readonly replicas?: number;
}

/**
 * Argo Workflows, which runs graphs of steps in every namespace. There is no server: workflows are Kubernetes objects.
 *
 * The CRDs are the small ones that the chart carries: the whole ones are applied by a Job that downloads them from GitHub, as whoever holds
 * the tag there likes. They check the outer fields only; the controller checks the others.
 *
 * The ServiceAccounts of the steps are not made by the chart, since the namespaces come after it: see `EngineAccount`.
 *
 * Source: https://github.com/argoproj/argo-helm/tree/main/charts/argo-workflows
 */
export function argoWorkflows(options: ArgoWorkflowsOptions = {}): Component {
  const { replicas = 1 } = options;
  return new Component('argo-workflows', {
    chart: { repository: 'https://argoproj.github.io/argo-helm', name: 'argo-workflows', version: '1.0.18' },
    namespace: ARGO_WORKFLOWS_NAMESPACE,
    customResources: [
      'ClusterWorkflowTemplate',
      'CronWorkflow',
      'Workflow',
      'WorkflowArtifactGCTask',
      'WorkflowEventBinding',
      'WorkflowTaskResult',
      'WorkflowTaskSet',
      'WorkflowTemplate',
    ].map((kind) => `${kind}.argoproj.io`),
    clusterScopedResources: ['ClusterWorkflowTemplate.argoproj.io'],
    footprint: FOOTPRINT,
    highAvailabilityValues: options.replicas === undefined ? { controller: controllers(2) } : undefined,
    values: {
      crds: { full: false },
      images: { pullPolicy: 'IfNotPresent' },
      workflow: { serviceAccount: { create: false }, rbac: { create: false } },
      controller: {
        ...controllers(replicas),
        podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '1Gi' } },
        metricsConfig: { enabled: true },
        workflowDefaults: {
          spec: {
            serviceAccountName: 'argo-workflow',
            // what every pod in a restricted namespace must say
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            // a workflow that ended is kept for a week, its pods until it succeeded
            ttlStrategy: { secondsAfterCompletion: 604_800 },
            podGC: { strategy: 'OnWorkflowSuccess' },
          },
        },
      },
      executor: {
        resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
      server: { enabled: false },
    },
  });
}

function controllers(replicas: number): { [key: string]: unknown } {
  return { replicas, ...(replicas > 1 ? { pdb: { enabled: true, minAvailable: 1 } } : {}) };
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('argo-workflows', {
  references: [
    ...['clientId', 'clientSecret'].map((key) => ({
      kind: 'Secret',
      name: 'argo-server-sso',
      nameAt: `server.sso.${key}.name`,
      enabledAt: 'server.sso.enabled',
    })),
    ...['postgresql', 'mysql'].flatMap((database) =>
      ['userNameSecret', 'passwordSecret'].map((key) => ({
        kind: 'Secret',
        nameAt: `controller.persistence.${database}.${key}.name`,
      })),
    ),
  ],
  metrics: [
    {
      name: 'argo-workflows',
      podLabels: { 'app.kubernetes.io/name': 'argo-workflows-workflow-controller' },
      port: 9090,
      enabledAt: 'controller.metricsConfig.enabled',
    },
  ],
  workloads: {
    'argo-workflows-workflow-controller': valuesBelow('controller', {
      // with our security contexts
      podSecurity: 'restricted',
      imageAt: 'controller.image',
      disruptionBudgetAt: 'controller.pdb',
    }),
    'argo-workflows-server': valuesBelow('server', {
      imageAt: 'server.image',
      disruptionBudgetAt: 'server.pdb',
      enabledAt: 'server.enabled',
    }),
  },
});
