import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { MONITORING_NAMESPACE } from '../../components/kube-prometheus-stack';
import { Panel } from './panel';

/** A dashboard of Grafana. */
export interface GrafanaDashboard {
  /** At most 40 characters. */
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Variables beside that of the data source. */
  readonly variables: readonly object[];
}

/** The data source that a dashboard asks. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** A dashboard as Grafana reads it (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/). */
export function grafanaJson({ uid, title, panels, variables }: GrafanaDashboard): string {
  const dashboard = {
    uid,
    title,
    tags: ['nstarx'],
    // Grafana brings what is older than itself to its own version
    schemaVersion: 39,
    editable: false,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' }, ...variables],
    },
    panels: panels.map(renderPanel),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

/** The ConfigMap `dashboard-<name>`, which Grafana's sidecar finds by its label. */
export function dashboardConfigMap(scope: Construct, id: string, name: string, json: string): k8s.KubeConfigMap {
  return new k8s.KubeConfigMap(scope, id, {
    metadata: {
      name: `dashboard-${name}`,
      namespace: MONITORING_NAMESPACE,
      labels: { grafana_dashboard: '1' },
    },
    data: { [`${name}.json`]: json },
  });
}

function renderPanel({ title, unit, targets, description }: Panel, at: number): object {
  return {
    id: at + 1,
    type: 'timeseries',
    title,
    ...(description === undefined ? {} : { description }),
    datasource: DATASOURCE,
    gridPos: { h: 8, w: 12, x: (at % 2) * 12, y: Math.floor(at / 2) * 8 },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: targets.map(({ query, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr: query,
      legendFormat: legend,
    })),
  };
}
