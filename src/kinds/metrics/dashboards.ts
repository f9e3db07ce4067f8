import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { MONITORING_NAMESPACE } from '../../components/kube-prometheus-stack';
import { SERIES } from './custom-metrics';

/**
 * Grafana dashboards, each as a ConfigMap that Grafana's sidecar finds by its label `grafana_dashboard`:
 *
 * - `inference-metrics`: latency, requests and queues of models.
 * - `gpu-utilization`: use and memory of GPUs, from NVIDIA's exporter.
 * - `data-pipelines`: throughput of pipelines.
 * - `feature-stores`: staleness of features.
 */
export class PlatformDashboards extends Construct {
  /** The ConfigMaps, by name of the dashboard. */
  public readonly dashboards: { readonly [name: string]: ApiObject };

  public constructor(scope: Construct, id: string) {
    super(scope, id);
    this.dashboards = Object.fromEntries(Object.keys(DASHBOARDS).map((name) => [name, this.dashboard(name)]));
  }

  private dashboard(name: string): ApiObject {
    return new k8s.KubeConfigMap(this, name, {
      metadata: {
        name: `dashboard-${name}`,
        namespace: MONITORING_NAMESPACE,
        labels: { grafana_dashboard: '1' },
      },
      data: { [`${name}.json`]: dashboardJson(name, `nstarx-${name}`) },
    });
  }
}

/** A graph of a dashboard. */
interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly query: string;
  readonly legend: string;
}

const BY_MODEL = 'namespace, model_name, model_version';
const MODEL = '{{namespace}} {{model_name}} {{model_version}}';

/** The dashboards of the platform, by name. */
export const DASHBOARDS: { readonly [name: string]: { readonly title: string; readonly panels: Panel[] } } = {
  'inference-metrics': {
    title: 'Inference',
    panels: [
      {
        title: 'Latency, 95th percentile',
        unit: 's',
        query: `max by (${BY_MODEL}) (${SERIES.model_inference_latency}{namespace=~"$namespace"})`,
        legend: MODEL,
      },
      {
        title: 'Requests',
        unit: 'reqps',
        query: `sum by (${BY_MODEL}) (${SERIES.inference_requests_per_second}{namespace=~"$namespace"})`,
        legend: MODEL,
      },
      {
        title: 'Requests that wait',
        unit: 'short',
        query: `sum by (${BY_MODEL}) (${SERIES.inference_queue_depth}{namespace=~"$namespace"})`,
        legend: MODEL,
      },
    ],
  },
  'gpu-utilization': {
    title: 'GPUs',
    panels: [
      {
        title: 'Utilization',
        unit: 'percent',
        query:
          'avg by (exported_namespace, exported_pod, gpu) (DCGM_FI_DEV_GPU_UTIL{exported_namespace=~"$namespace"})',
        legend: '{{exported_namespace}} {{exported_pod}} {{gpu}}',
      },
      {
        title: 'Memory used',
        unit: 'decmbytes',
        query: 'sum by (exported_namespace, exported_pod, gpu) (DCGM_FI_DEV_FB_USED{exported_namespace=~"$namespace"})',
        legend: '{{exported_namespace}} {{exported_pod}} {{gpu}}',
      },
    ],
  },
  'data-pipelines': {
    title: 'Data pipelines',
    panels: [
      {
        title: 'Throughput',
        unit: 'rps',
        query: `sum by (namespace, pipeline_name) (${SERIES.pipeline_throughput}{namespace=~"$namespace"})`,
        legend: '{{namespace}} {{pipeline_name}}',
      },
    ],
  },
  'feature-stores': {
    title: 'Feature stores',
    panels: [
      {
        title: 'Time since the last update',
        unit: 's',
        query: `max by (namespace, feature_store, feature) (${SERIES.feature_staleness}{namespace=~"$namespace"})`,
        legend: '{{feature_store}} {{feature}}',
      },
    ],
  },
};

/**
 * A dashboard as Grafana reads it (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/).
 *
 * @param name one of `DASHBOARDS`
 * @param uid at most 40 characters
 * @param namespace the only one that it shows; without it, the reader chooses
 */
export function dashboardJson(name: string, uid: string, namespace?: string): string {
  const { title, panels } = DASHBOARDS[name];
  const shown = namespace === undefined ? title : `${title}: ${namespace}`;
  return `${JSON.stringify(render(uid, shown, panels, namespace), undefined, 2)}\n`;
}

function render(uid: string, title: string, panels: Panel[], namespace?: string): { [key: string]: unknown } {
  const datasource = { type: 'prometheus', uid: '${datasource}' };
  return {
    uid,
    title,
    tags: ['nstarx'],
    schemaVersion: 39,
    editable: false,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        namespace === undefined ? anyNamespace(datasource) : oneNamespace(namespace),
      ],
    },
    panels: panels.map((panel, at) => ({
      id: at + 1,
      type: 'timeseries',
      title: panel.title,
      datasource,
      gridPos: { h: 8, w: 12, x: (at % 2) * 12, y: Math.floor(at / 2) * 8 },
      fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
      targets: [{ refId: 'A', datasource, expr: panel.query, legendFormat: panel.legend }],
    })),
  };
}

function anyNamespace(datasource: object): object {
  return {
    name: 'namespace',
    type: 'query',
    label: 'Namespace',
    datasource,
    query: 'label_values(kube_namespace_created, namespace)',
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  };
}

/** A variable that the reader does not see. */
function oneNamespace(namespace: string): object {
  return { name: 'namespace', type: 'constant', query: namespace, hide: 2, skipUrlSync: true };
}
