import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { MONITORING_NAMESPACE } from '../../components/kube-prometheus-stack';
import { dashboardJson, DASHBOARDS } from './dashboard-json';

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
