import { Component } from '../contracts/component';
import { chartFootprint, valuesBelow, WorkloadValues } from './chart-footprint';

/** Namespace of Argo CD and of its Applications. */
export const ARGO_CD_NAMESPACE = 'argocd';

const REPOSITORY = 'https://argoproj.github.io/argo-helm';

/**
 * Without a health of its own for Applications, Argo CD does not wait for one wave of components before it starts the
 * next (https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#argocd-app). An Application counts as healthy
 * only when it is synced too: since 3.4 a missing resource no longer makes it unhealthy.
 */
const APPLICATION_HEALTH = `local health = { status = "Progressing", message = "" }
if obj.status ~= nil and obj.status.health ~= nil and obj.status.health.status ~= nil then
  health.status = obj.status.health.status
  health.message = obj.status.health.message or ""
  local synced = obj.status.sync ~= nil and obj.status.sync.status == "Synced"
  if health.status == "Healthy" and not synced then
    health.status = "Progressing"
    health.message = "not synced yet"
  end
end
return health
`;

/** Argo CD, which applies manifests from git. */
export function argoCd(): Component {
  return new Component('argo-cd', {
    chart: { repository: REPOSITORY, name: 'argo-cd', version: '10.1.1' },
    namespace: ARGO_CD_NAMESPACE,
    bootstrap: true,
    customResources: ['Application.argoproj.io', 'ApplicationSet.argoproj.io', 'AppProject.argoproj.io'],
    footprint: FOOTPRINT,
    values: {
      global: { networkPolicy: { create: true } },
      configs: {
        cm: {
          'resource.customizations.health.argoproj.io_Application': APPLICATION_HEALTH,
          // the control plane fills in the rules of aggregated ClusterRoles; Argo CD would take them away again and again
          'resource.compareoptions': 'ignoreAggregatedRoles: true\n',
        },
      },
    },
  });
}

/** The Applications and projects that Argo CD starts from. */
export function argoCdApps(values: { [key: string]: unknown }, engine: Component): Component {
  return new Component('argo-cd-apps', {
    chart: { repository: REPOSITORY, name: 'argocd-apps', version: '2.0.5' },
    namespace: ARGO_CD_NAMESPACE,
    bootstrap: true,
    requires: [engine],
    footprint: chartFootprint('argocd-apps'),
    values,
  });
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('argo-cd', {
  workloads: {
    'argo-cd-argocd-application-controller': below('controller'),
    'argo-cd-argocd-applicationset-controller': below('applicationSet'),
    'argo-cd-argocd-notifications-controller': below('notifications', {
      replicasAt: undefined,
      enabledAt: 'notifications.enabled',
    }),
    'argo-cd-argocd-repo-server': below('repoServer', {
      resourcesAt: { 'repo-server': 'repoServer.resources', copyutil: 'repoServer.copyutil.resources' },
    }),
    'argo-cd-argocd-server': below('server'),
    'argo-cd-argocd-dex-server': below('dex', {
      replicasAt: undefined,
      resourcesAt: { 'dex-server': 'dex.resources', copyutil: 'dex.initImage.resources' },
      imageAt: { 'dex-server': 'dex.image', copyutil: 'global.image' },
      enabledAt: 'dex.enabled',
    }),
    'argo-cd-argocd-redis': below('redis', {
      replicasAt: undefined,
      imageAt: 'redis.image',
      enabledAt: 'redis.enabled',
      disabledAt: 'redis-ha.enabled',
    }),
    'argo-cd-argocd-redis-secret-init': below('redisSecretInit', {
      replicasAt: undefined,
      disruptionBudgetAt: undefined,
      enabledAt: 'redisSecretInit.enabled',
    }),
  },
});

/** Values of a workload of Argo CD. */
function below(key: string, others: WorkloadValues = {}): WorkloadValues {
  return valuesBelow(key, { imageAt: 'global.image', disruptionBudgetAt: `${key}.pdb`, ...others });
}
