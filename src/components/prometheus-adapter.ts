import { Component, PodSecurityLevel } from '../contracts/component';
import { NetworkPeer } from '../contracts/network';
import { certManager } from './cert-manager';
import { chartFootprint, valuesBelow } from './chart-footprint';
import { MONITORING_NAMESPACE } from './kube-prometheus-stack';

/** The adapter's pods and the port that the API server calls. */
export const PROMETHEUS_ADAPTER_PEER: NetworkPeer = {
  namespace: MONITORING_NAMESPACE,
  podLabels: { 'app.kubernetes.io/name': 'prometheus-adapter' },
  ports: [6443],
};

/** The kind of object that a metric is about. */
export interface PrometheusAdapterResource {
  /** Label of the series that holds the object's name. */
  readonly label: string;
  /**
   * API group of the kind.
   *
   * @default - the core group
   */
  readonly group?: string;
  /** Name of the kind in the singular and in lower case, such as `pod`. */
  readonly resource: string;
}

/** A metric that Kubernetes shows. */
export interface PrometheusAdapterMetric {
  /** Name under which Kubernetes shows it. */
  readonly name: string;
  /** Name of the series in Prometheus; it has a label `namespace`. */
  readonly series: string;
  /** How the series of one object are joined, such as `sum` or `max`. */
  readonly aggregation: string;
  /** What the metric is about. */
  readonly resources: PrometheusAdapterResource[];
}

/** Options of the adapter. */
export interface PrometheusAdapterOptions {
  /** The metrics that are shown; no others are. */
  readonly metrics: PrometheusAdapterMetric[];
  /** URL of Prometheus without its port, such as `http://prometheus.monitoring.svc`. */
  readonly prometheusHost: string;
  /** Port of Prometheus. */
  readonly prometheusPort: number;
}

/**
 * prometheus-adapter, which serves the API group `custom.metrics.k8s.io` from Prometheus, so that a HorizontalPodAutoscaler
 * can ask for metrics of pods and objects. Its certificate is cert-manager's, which also gives the APIService the authority
 * to check it against.
 *
 * Source: https://github.com/prometheus-community/helm-charts/tree/main/charts/prometheus-adapter
 */
export function prometheusAdapter(options: PrometheusAdapterOptions): Component {
  return new Component('prometheus-adapter', {
    chart: {
      repository: 'https://prometheus-community.github.io/helm-charts',
      name: 'prometheus-adapter',
      version: '5.3.0',
    },
    namespace: MONITORING_NAMESPACE,
    // the node exporter lives there too
    podSecurity: PodSecurityLevel.PRIVILEGED,
    requires: [certManager()],
    footprint: FOOTPRINT,
    highAvailabilityValues: { replicas: 2, podDisruptionBudget: { enabled: true } },
    values: {
      prometheus: { url: options.prometheusHost, port: options.prometheusPort },
      certManager: { enabled: true },
      rules: { default: false, custom: options.metrics.map(rule) },
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    },
  });
}

function rule(metric: PrometheusAdapterMetric): { [key: string]: unknown } {
  const overrides: { [label: string]: unknown } = { namespace: { resource: 'namespace' } };
  for (const { label, group, resource } of metric.resources) {
    overrides[label] = { ...(group ? { group } : {}), resource };
  }
  return {
    seriesQuery: `${metric.series}{namespace!=""}`,
    resources: { overrides },
    name: { matches: `^${metric.series}$`, as: metric.name },
    metricsQuery: `${metric.aggregation}(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)`,
  };
}

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('prometheus-adapter', {
  references: [{ kind: 'ConfigMap', nameAt: 'rules.existing' }],
  workloads: {
    'prometheus-adapter': valuesBelow('', {
      imageAt: 'image',
      disruptionBudgetAt: 'podDisruptionBudget',
      podLabels: PROMETHEUS_ADAPTER_PEER.podLabels,
    }),
  },
});
