import { Component } from '../contracts/component';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Namespace of Argo Workflows. */
export const ARGO_WORKFLOWS_NAMESPACE = 'argo-workflows';

/** Options of Argo Workflows. */
export interface ArgoWorkflowsOptions {
  /**
   * Replicas of the controller, one of which works.
   *
   * @default 1
   */
  readonly replicas?: number;
}

/**
 * Argo Workflows, which runs graphs of steps in every namespace. There is no server: workflows are Kubernetes objects.
 *
 * The CRDs are installed by a Job of the chart, which downloads them from the chart's repository.
 *
 * The ServiceAccounts of the steps are not made by the chart, since the namespaces come after it: see `EngineAccount`.
 *
 * Source: https://github.com/argoproj/argo-helm/tree/main/charts/argo-workflows
 */
export function argoWorkflows(options: ArgoWorkflowsOptions = {}): Component {
  const replicas = options.replicas ?? 1;
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
    values: {
      images: { pullPolicy: 'IfNotPresent' },
      workflow: { serviceAccount: { create: false }, rbac: { create: false } },
      controller: {
        replicas,
        ...(replicas > 1 ? { pdb: { enabled: true, minAvailable: 1 } } : {}),
        podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
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

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('argo-workflows', {
  workloads: {
    'argo-workflows-workflow-controller': valuesBelow('controller', {
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
