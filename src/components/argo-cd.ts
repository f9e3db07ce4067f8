import { Component } from '../contracts/component';
import { FootprintWorkload } from '../contracts/footprint';
import { isHighlyAvailable, Tier } from '../contracts/tier';
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

/**
 * A ModelDeployment is healthy while its version is served, and waits for its operator after a change. Without this, Argo CD takes every object with a status it does
 * not know for healthy, and prunes the former version of a model before the new one answers.
 */
const MODEL_DEPLOYMENT_HEALTH = `local health = { status = "Progressing", message = "the operator has not seen it yet" }
if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return health
end
local phases = { Serving = "Healthy", Rejected = "Degraded", Degraded = "Degraded" }
health.status = phases[obj.status.phase] or "Progressing"
health.message = obj.status.phase or ""
for _, condition in ipairs(obj.status.conditions or {}) do
  if condition.status == "False" and condition.type ~= "RolledBack" then
    health.message = health.message .. "; " .. condition.type .. ": " .. (condition.message or "")
  end
end
return health
`;

/**
 * Argo CD, which applies manifests from git. From staging on what answers users and renders charts runs twice; in production Redis runs as
 * three with proxies, as upstream recommends. The application controller stays alone: more of it share clusters, of which there is one.
 *
 * Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/high_availability/
 *
 * @param tier how much the environment is worth protecting
 */
export function argoCd(tier: Tier): Component {
  const twice = isHighlyAvailable(tier) ? TWICE : {};
  return new Component('argo-cd', {
    chart: { repository: REPOSITORY, name: 'argo-cd', version: '10.1.1' },
    namespace: ARGO_CD_NAMESPACE,
    bootstrap: true,
    customResources: ['Application.argoproj.io', 'ApplicationSet.argoproj.io', 'AppProject.argoproj.io'],
    footprint: FOOTPRINT,
    values: {
      global: { networkPolicy: { create: true } },
      // it holds every object of the cluster that belongs to an Application
      controller: { resources: resources('100m', '512Mi', '2Gi') },
      // it renders charts, the largest of which take some hundred MiB for a moment
      repoServer: {
        ...twice,
        resources: resources('50m', '256Mi', '1Gi'),
        copyutil: { resources: resources('10m', '32Mi', '128Mi') },
      },
      server: { ...twice, resources: resources('25m', '128Mi', '512Mi') },
      applicationSet: { ...twice, resources: resources('10m', '64Mi', '256Mi') },
      notifications: { resources: resources('10m', '64Mi', '256Mi') },
      dex: {
        resources: resources('10m', '64Mi', '256Mi'),
        initImage: { resources: resources('10m', '32Mi', '128Mi') },
      },
      redis: { resources: resources('25m', '64Mi', '256Mi') },
      redisSecretInit: { resources: resources('10m', '64Mi', '128Mi') },
      ...(tier === Tier.PRODUCTION ? { 'redis-ha': REDIS_HA } : {}),
      configs: {
        cm: {
          'resource.customizations.health.argoproj.io_Application': APPLICATION_HEALTH,
          'resource.customizations.health.mlifecycle.io_ModelDeployment': MODEL_DEPLOYMENT_HEALTH,
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
  references: [{ kind: 'Secret', nameAt: 'externalRedis.existingSecret' }],
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
  metrics: [
    {
      name: 'argo-cd',
      podLabels: { 'app.kubernetes.io/name': 'argocd-application-controller' },
      port: 8082,
    },
  ],
  // of the subchart redis-ha 4.38.0, https://github.com/DandyDeveloper/charts
  moreWorkloads: [
    redisHa('StatefulSet', 'server', 'redis-ha', {
      redis: 'redis-ha.redis.resources',
      sentinel: 'redis-ha.sentinel.resources',
      'split-brain-fix': 'redis-ha.splitBrainDetection.resources',
    }),
    redisHa('Deployment', 'haproxy', 'redis-ha.haproxy', { haproxy: 'redis-ha.haproxy.resources' }),
  ],
  moreServices: [{ name: 'argo-cd-redis-ha-haproxy', ports: { redis: 6379 }, enabledAt: 'redis-ha.enabled' }],
});

const TWICE = { replicas: 2, pdb: { enabled: true, maxUnavailable: 1 } };

const REDIS_HA = {
  enabled: true,
  // three nodes may be fewer for a while: better two on one than none
  hardAntiAffinity: false,
  podDisruptionBudget: { maxUnavailable: 1 },
  init: { resources: resources('10m', '32Mi', '64Mi') },
  redis: { resources: resources('25m', '64Mi', '256Mi') },
  sentinel: { resources: resources('10m', '32Mi', '64Mi') },
  splitBrainDetection: { resources: resources('10m', '16Mi', '64Mi') },
  haproxy: {
    hardAntiAffinity: false,
    podDisruptionBudget: { maxUnavailable: 1 },
    init: { resources: resources('10m', '16Mi', '64Mi') },
    resources: resources('10m', '64Mi', '128Mi'),
  },
};

function resources(cpu: string, memory: string, limit: string): { [key: string]: unknown } {
  return { requests: { cpu, memory }, limits: { memory: limit } };
}

/** Values of a workload of Argo CD. */
function below(key: string, others: WorkloadValues = {}): WorkloadValues {
  return valuesBelow(key, { imageAt: 'global.image', disruptionBudgetAt: `${key}.pdb`, ...others });
}

function redisHa(
  kind: string,
  name: string,
  key: string,
  containers: { readonly [name: string]: string },
): FootprintWorkload {
  return {
    kind,
    name: `argo-cd-redis-ha-${name}`,
    enabledAt: 'redis-ha.enabled',
    enabled: false,
    replicas: 3,
    disruptionBudgetAt: `${key}.podDisruptionBudget`,
    tolerationsAt: `${key}.tolerations`,
    initContainers: [{ name: 'config-init', resourcesAt: `${key}.init.resources` }],
    containers: Object.entries(containers).map(([container, resourcesAt]) => ({ name: container, resourcesAt })),
  };
}
