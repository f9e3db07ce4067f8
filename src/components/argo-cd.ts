import { Component } from '../contracts/component';

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
    values,
  });
}
