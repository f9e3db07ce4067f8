import { createHash } from 'node:crypto';
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { dashboardJson, NAMESPACED_DASHBOARDS } from '../metrics/dashboards';
import { AIZonePlan, zoneLabels } from './plan';

/** The dashboards that a zone names, each as a ConfigMap in its namespace that shows this namespace only. */
export function addDashboards(scope: Construct, { zone, namespace, spec }: AIZonePlan): void {
  const grafana = spec.monitoring?.grafana ?? {};
  if (!(grafana.enabled ?? true)) return;
  (grafana.dashboards ?? []).forEach((name, at) => {
    if (!NAMESPACED_DASHBOARDS.includes(name)) {
      fail(
        scope,
        `monitoring.grafana.dashboards[${at}]`,
        'must be a dashboard that can show one namespace',
        name,
        `use ${NAMESPACED_DASHBOARDS.join(', ')}`,
      );
    }
    new ApiObject(scope, `dashboard-${name}`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: `dashboard-${name}`,
        namespace,
        labels: { ...zoneLabels(zone, 'dashboard'), grafana_dashboard: '1' },
      },
      data: { [`${namespace}-${name}.json`]: dashboardJson(name, uidOf(namespace, name), namespace) },
    });
  });
}

/** Grafana takes at most 40 characters, and each dashboard must have its own. */
function uidOf(namespace: string, name: string): string {
  return `zone-${createHash('sha256').update(`${namespace}/${name}`).digest('hex').slice(0, 24)}`;
}
