import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { PLATFORM_GROUP } from '../../contracts/names';
import { INamespace } from '../../contracts/namespace';

/** The label that tells what part of the platform a Service or pod is. */
export const COMPONENT_LABEL = `${PLATFORM_GROUP}/component`;

/** Options of the monitors. */
export interface PlatformMonitorsProps {
  /** Namespace of the monitors. */
  readonly namespace: INamespace;
  /**
   * Seconds between two scrapes.
   *
   * @default 30
   */
  readonly intervalSeconds?: number;
}

/**
 * Has Prometheus scrape, in every namespace, the port `metrics` of:
 *
 * - Services labelled `nstarx.io/component: model-server`. The series get `model_name` and `model_version` from the labels of
 *   the pods of these names.
 * - pods labelled `nstarx.io/component: pipeline`, with `pipeline_name`. Jobs have no Service.
 * - Services labelled `nstarx.io/component: feature-server`, with `feature_store`.
 *
 * What a program itself says in such a label is kept as `exported_…`. Each namespace must let Prometheus in.
 */
export class PlatformMonitors extends Construct {
  /** The ServiceMonitor of the model servers. */
  public readonly modelServers: ApiObject;
  /** The PodMonitor of the pipelines. */
  public readonly pipelines: ApiObject;
  /** The ServiceMonitor of the feature servers. */
  public readonly featureServers: ApiObject;

  public constructor(scope: Construct, id: string, props: PlatformMonitorsProps) {
    super(scope, id);
    const { namespaceName: namespace } = props.namespace;
    const endpoint = (...labels: string[]) => ({
      port: 'metrics',
      interval: `${props.intervalSeconds ?? 30}s`,
      path: '/metrics',
      relabelings: labels.map((label) => ({
        sourceLabels: [`__meta_kubernetes_pod_label_${label}`],
        targetLabel: label,
      })),
    });
    const monitor = (child: string, kind: string, name: string, component: string, endpoints: object): ApiObject =>
      new ApiObject(this, child, {
        apiVersion: 'monitoring.coreos.com/v1',
        kind,
        metadata: { name, namespace },
        spec: {
          // without it, a monitor sees its own namespace only
          namespaceSelector: { any: true },
          selector: { matchLabels: { [COMPONENT_LABEL]: component } },
          ...endpoints,
        },
      });
    this.modelServers = monitor('Resource', 'ServiceMonitor', 'ai-model-metrics', 'model-server', {
      endpoints: [endpoint('model_name', 'model_version')],
    });
    this.pipelines = monitor('Pipelines', 'PodMonitor', 'data-pipeline-metrics', 'pipeline', {
      podMetricsEndpoints: [endpoint('pipeline_name')],
    });
    this.featureServers = monitor('FeatureServers', 'ServiceMonitor', 'feature-store-metrics', 'feature-server', {
      endpoints: [endpoint('feature_store')],
    });
  }
}
