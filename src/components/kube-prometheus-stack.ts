import { Component, PodSecurityLevel } from '../contracts/component';
import { FootprintReference, FootprintVolume } from '../contracts/footprint';
import { NetworkPeer } from '../contracts/network';
import { certManager } from './cert-manager';
import { chartFootprint, valuesBelow, WorkloadValues } from './chart-footprint';
import { externalSecrets } from './external-secrets';

/** Namespace of Prometheus, Alertmanager and Grafana. */
export const MONITORING_NAMESPACE = 'data-platform-monitoring';

/** The Prometheus pods. */
export const PROMETHEUS_PEER: NetworkPeer = {
  namespace: MONITORING_NAMESPACE,
  podLabels: { 'app.kubernetes.io/name': 'prometheus' },
};

const GRAFANA_ADMIN_SECRET = 'grafana-admin';

/** Options of kube-prometheus-stack. */
export interface KubePrometheusStackOptions {
  /** Days that metrics are kept. */
  readonly retentionDays: number;
  /** GiB of each Prometheus' volume. The oldest metrics go when 85 % of it are full. */
  readonly storageGiB: number;
  /** StorageClass of the volumes. */
  readonly storageClass: string;
  /** Prometheus and Alertmanager pods, each with a volume of its own. */
  readonly replicas: number;
  /** GiB of memory of each Prometheus. */
  readonly memoryGiB: number;
  /** Whether etcd, scheduler, controller manager and kube-proxy can be scraped. */
  readonly controlPlaneMetrics: boolean;
}

/**
 * Prometheus, Alertmanager, Grafana, node exporter and kube-state-metrics, run by the Prometheus operator.
 *
 * The namespace is privileged: the node exporter reads the file system and network of each node. Grafana's password is
 * generated in the cluster by External Secrets, once, as the Secret `grafana-admin`; it is made with the chart, since
 * Grafana does not start without it.
 */
export function kubePrometheusStack(options: KubePrometheusStackOptions): Component {
  return new Component('kube-prometheus-stack', {
    chart: {
      repository: 'https://prometheus-community.github.io/helm-charts',
      name: 'kube-prometheus-stack',
      version: '88.5.3',
    },
    namespace: MONITORING_NAMESPACE,
    podSecurity: PodSecurityLevel.PRIVILEGED,
    requires: [certManager(), externalSecrets()],
    customResources: [
      'Alertmanager',
      'AlertmanagerConfig',
      'PodMonitor',
      'Probe',
      'Prometheus',
      'PrometheusAgent',
      'PrometheusRule',
      'ScrapeConfig',
      'ServiceMonitor',
      'ThanosRuler',
    ].map((kind) => `${kind}.monitoring.coreos.com`),
    timeoutSeconds: 900,
    footprint: FOOTPRINT,
    values: {
      prometheus: prometheus(options),
      alertmanager: alertmanager(options),
      grafana: grafana(),
      prometheusOperator: {
        resources: resources('20m', '128Mi', '256Mi'),
        prometheusConfigReloader: { resources: resources('10m', '32Mi', '64Mi') },
        admissionWebhooks: { certManager: { enabled: true } },
      },
      'kube-state-metrics': { resources: resources('20m', '128Mi', '256Mi') },
      'prometheus-node-exporter': { resources: resources('20m', '32Mi', '64Mi') },
      // a managed control plane does not show them, and their alerts would fire forever
      kubeControllerManager: { enabled: options.controlPlaneMetrics },
      kubeScheduler: { enabled: options.controlPlaneMetrics },
      kubeEtcd: { enabled: options.controlPlaneMetrics },
      kubeProxy: { enabled: options.controlPlaneMetrics },
      extraManifests: grafanaPassword(),
    },
  });
}

type Values = { [key: string]: unknown };

function prometheus(options: KubePrometheusStackOptions): Values {
  return {
    podDisruptionBudget: { enabled: options.replicas > 1 },
    prometheusSpec: {
      replicas: options.replicas,
      retention: `${options.retentionDays}d`,
      retentionSize: `${Math.max(1, Math.floor(options.storageGiB * 0.85))}GiB`,
      // what anyone in the cluster declares is seen, whatever its labels
      ruleSelectorNilUsesHelmValues: false,
      serviceMonitorSelectorNilUsesHelmValues: false,
      podMonitorSelectorNilUsesHelmValues: false,
      probeSelectorNilUsesHelmValues: false,
      scrapeConfigSelectorNilUsesHelmValues: false,
      resources: {
        requests: { cpu: '200m', memory: `${options.memoryGiB}Gi` },
        limits: { memory: `${options.memoryGiB * 2}Gi` },
      },
      storageSpec: volume(options.storageClass, options.storageGiB),
    },
  };
}

function alertmanager(options: KubePrometheusStackOptions): Values {
  return {
    podDisruptionBudget: { enabled: options.replicas > 1 },
    config: ALERTMANAGER_CONFIG,
    alertmanagerSpec: {
      replicas: options.replicas,
      // an AlertmanagerConfig in our namespace is about all alerts, one elsewhere about those of its namespace
      alertmanagerConfigMatcherStrategy: { type: 'OnNamespaceExceptForAlertmanagerNamespace' },
      resources: resources('10m', '64Mi', '128Mi'),
      storage: volume(options.storageClass, 2),
    },
  };
}

/**
 * What holds for all alerts: which silence others. Routes and receivers come from AlertmanagerConfig objects, which are before this
 * route; whatever gets here has been seen by them.
 */
const ALERTMANAGER_CONFIG = {
  global: { resolve_timeout: '5m' },
  inhibit_rules: [
    {
      source_matchers: ['severity = critical'],
      target_matchers: ['severity =~ warning|info'],
      equal: ['namespace', 'alertname'],
    },
    {
      source_matchers: ['severity = warning'],
      target_matchers: ['severity = info'],
      equal: ['namespace', 'alertname'],
    },
  ],
  route: { receiver: 'null', group_by: ['namespace'], routes: [] },
  receivers: [{ name: 'null' }],
};

/** Whether values of the chart say who is told of alerts, as only those of a user do. */
export function notifiesByValues(values: { readonly [key: string]: unknown }): boolean {
  const { config, stringConfig } = section(values, 'alertmanager');
  const spec = section(values, 'alertmanager', 'alertmanagerSpec');
  const { additionalAlertManagerConfigs, additionalAlertManagerConfigsSecret } = section(
    values,
    'prometheus',
    'prometheusSpec',
  );
  return (
    JSON.stringify(config) !== JSON.stringify(ALERTMANAGER_CONFIG) ||
    [
      stringConfig,
      spec.configSecret,
      spec.alertmanagerConfiguration,
      additionalAlertManagerConfigs,
      additionalAlertManagerConfigsSecret,
    ].some((given) => given !== undefined)
  );
}

function section(values: { readonly [key: string]: unknown }, ...keys: string[]): { readonly [key: string]: unknown } {
  let found = values;
  for (const key of keys) {
    const inner = found[key];
    if (typeof inner !== 'object' || inner === null) return {};
    found = Object.fromEntries(Object.entries(inner));
  }
  return found;
}

function grafana(): Values {
  return {
    admin: { existingSecret: GRAFANA_ADMIN_SECRET, userKey: 'admin-user', passwordKey: 'admin-password' },
    resources: resources('50m', '256Mi', '512Mi'),
    // they hold every ConfigMap of the cluster that they look at
    sidecar: { resources: resources('10m', '96Mi', '192Mi') },
    'grafana.ini': { analytics: { check_for_updates: false, reporting_enabled: false } },
  };
}

function grafanaPassword(): Values[] {
  const metadata = { name: GRAFANA_ADMIN_SECRET, namespace: MONITORING_NAMESPACE };
  return [
    {
      apiVersion: 'generators.external-secrets.io/v1alpha1',
      kind: 'Password',
      metadata,
      spec: {
        length: 32,
        digits: 8,
        symbols: 0,
        noUpper: false,
        allowRepeat: true,
        secretKeys: ['admin-password'],
      },
    },
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata,
      spec: {
        refreshPolicy: 'CreatedOnce',
        target: {
          name: GRAFANA_ADMIN_SECRET,
          template: { mergePolicy: 'Merge', data: { 'admin-user': 'admin' } },
        },
        dataFrom: [
          {
            sourceRef: {
              generatorRef: {
                apiVersion: 'generators.external-secrets.io/v1alpha1',
                kind: 'Password',
                name: GRAFANA_ADMIN_SECRET,
              },
            },
          },
        ],
      },
    },
  ];
}

function volume(storageClassName: string, gib: number): Values {
  return {
    volumeClaimTemplate: {
      spec: {
        storageClassName,
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: `${gib}Gi` } },
      },
    },
  };
}

function resources(cpu: string, memory: string, limit: string): Values {
  return { requests: { cpu, memory }, limits: { memory: limit } };
}

const RELOADER = {
  name: 'config-reloader',
  image: 'quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1',
  imageAt: 'prometheusOperator.prometheusConfigReloader.image',
  resourcesAt: 'prometheusOperator.prometheusConfigReloader.resources',
};

/** Pods that the operator makes: the server and what reloads its configuration. */
function operated(kind: 'prometheus' | 'alertmanager', image: string, storage: string): WorkloadValues {
  const spec = `${kind}.${kind}Spec`;
  return valuesBelow(spec, {
    enabledAt: `${kind}.enabled`,
    podLabels: { 'app.kubernetes.io/name': kind },
    disruptionBudgetAt: `${kind}.podDisruptionBudget`,
    moreContainers: [{ name: kind, image, imageAt: `${spec}.image`, resourcesAt: `${spec}.resources` }, RELOADER],
    moreInitContainers: [{ ...RELOADER, name: 'init-config-reloader' }],
    volumes: [claim(`${spec}.${storage}.volumeClaimTemplate`)],
  });
}

function claim(at: string): FootprintVolume {
  return {
    enabledAt: at,
    sizeAt: `${at}.spec.resources.requests.storage`,
    storageClassAt: `${at}.spec.storageClassName`,
  };
}

const RELEASE = 'kube-prometheus-stack';

/** A Job that makes the certificate of the webhook where cert-manager does not. */
const CERTIFICATE_JOB = {
  resourcesAt: 'prometheusOperator.admissionWebhooks.patch.resources',
  imageAt: 'prometheusOperator.admissionWebhooks.patch.image',
  enabledAt: 'prometheusOperator.admissionWebhooks.patch.enabled',
  disabledAt: 'prometheusOperator.admissionWebhooks.certManager.enabled',
};

/** The values with Secrets and ConfigMaps that Grafana, Prometheus and Alertmanager mount or read. */
function references(): FootprintReference[] {
  const servers = ['prometheus.prometheusSpec', 'alertmanager.alertmanagerSpec'];
  const additional = ['ScrapeConfigs', 'AlertManagerConfigs', 'AlertRelabelConfigs'].map(
    (what) => `prometheus.prometheusSpec.additional${what}Secret`,
  );
  return [
    { kind: 'Secret', nameAt: 'grafana.admin.existingSecret' },
    { kind: 'Secret', nameAt: 'grafana.smtp.existingSecret' },
    { kind: 'Secret', nameAt: 'grafana.ldap.existingSecret', enabledAt: 'grafana.ldap.enabled' },
    { kind: 'Secret', nameAt: 'grafana.envFromSecret' },
    { kind: 'Secret', nameAt: 'grafana.envFromSecrets' },
    { kind: 'ConfigMap', nameAt: 'grafana.envFromConfigMaps' },
    { kind: 'Secret', nameAt: 'grafana.extraSecretMounts', nameKey: 'secretName' },
    { kind: 'ConfigMap', nameAt: 'grafana.extraConfigmapMounts', nameKey: 'configMap' },
    {
      kind: 'Secret',
      nameAt: 'alertmanager.alertmanagerSpec.configSecret',
      enabledAt: 'alertmanager.alertmanagerSpec.useExistingSecret',
    },
    ...servers.map((spec) => ({ kind: 'Secret', nameAt: `${spec}.secrets` })),
    ...servers.map((spec) => ({ kind: 'ConfigMap', nameAt: `${spec}.configMaps` })),
    ...additional.map((nameAt) => ({ kind: 'Secret', nameAt, enabledAt: `${nameAt}.enabled` })),
  ];
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint(RELEASE, {
  references: references(),
  workloads: {
    [`${RELEASE}-prometheus-node-exporter`]: valuesBelow('prometheus-node-exporter', {
      replicasAt: undefined,
      imageAt: 'prometheus-node-exporter.image',
      enabledAt: 'nodeExporter.enabled',
      tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
    }),
    [`${RELEASE}-grafana`]: valuesBelow('grafana', {
      enabledAt: 'grafana.enabled',
      podLabels: { 'app.kubernetes.io/name': 'grafana' },
      resourcesAt: {
        grafana: 'grafana.resources',
        'grafana-sc-dashboard': 'grafana.sidecar.resources',
        'grafana-sc-datasources': 'grafana.sidecar.resources',
      },
      imageAt: {
        grafana: 'grafana.image',
        'grafana-sc-dashboard': 'grafana.sidecar.image',
        'grafana-sc-datasources': 'grafana.sidecar.image',
      },
      containersAt: {
        'grafana-sc-dashboard': 'grafana.sidecar.dashboards.enabled',
        'grafana-sc-datasources': 'grafana.sidecar.datasources.enabled',
      },
      disruptionBudgetAt: 'grafana.podDisruptionBudget',
    }),
    [`${RELEASE}-kube-state-metrics`]: valuesBelow('kube-state-metrics', {
      imageAt: 'kube-state-metrics.image',
      enabledAt: 'kubeStateMetrics.enabled',
      podLabels: { 'app.kubernetes.io/name': 'kube-state-metrics' },
      disruptionBudgetAt: 'kube-state-metrics.podDisruptionBudget',
    }),
    [`${RELEASE}-operator`]: valuesBelow('prometheusOperator', {
      replicasAt: undefined,
      imageAt: 'prometheusOperator.image',
      enabledAt: 'prometheusOperator.enabled',
      podLabels: { 'app.kubernetes.io/name': `${RELEASE}-prometheus-operator` },
      disruptionBudgetAt: 'prometheusOperator.podDisruptionBudget',
    }),
    [`${RELEASE}-admission-create`]: CERTIFICATE_JOB,
    [`${RELEASE}-admission-patch`]: CERTIFICATE_JOB,
    [`${RELEASE}-prometheus`]: operated(
      'prometheus',
      'quay.io/prometheus/prometheus:v3.14.0-distroless',
      'storageSpec',
    ),
    [`${RELEASE}-alertmanager`]: operated('alertmanager', 'quay.io/prometheus/alertmanager:v0.34.0', 'storage'),
  },
  servedBy: `${RELEASE}-operator`,
  webhooks: Object.fromEntries(
    ['prometheusrulemutate', 'prometheusrulevalidate', 'alertmanagerconfigsvalidate'].map((name) => [
      `${name}.monitoring.coreos.com`,
      {
        enabledAt: 'prometheusOperator.admissionWebhooks.enabled',
        failurePolicyAt: 'prometheusOperator.admissionWebhooks.failurePolicy',
      },
    ]),
  ),
});
