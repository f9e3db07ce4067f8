import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { prometheusAdapter, PROMETHEUS_ADAPTER_PEER } from '../../components/prometheus-adapter';
import { ComponentRegistry } from '../../contracts/component-registry';
import { INamespace } from '../../contracts/namespace';
import { Tier } from '../../contracts/tier';
import { Monitoring } from '../../constructs/monitoring/monitoring';
import { NetworkFlow } from '../../constructs/tenancy/network-flow';
import { adapterMetrics, recordingRules } from './platform-metrics';

/** Options of custom metrics. */
export interface CustomMetricsProps {
  /** How much the environment is worth protecting. From staging on the adapter runs twice. */
  readonly tier: Tier;
  /** Prometheus. */
  readonly monitoring: Monitoring;
  /** Namespace of the recording rules. */
  readonly namespace: INamespace;
}

/**
 * The platform's metrics in the Kubernetes API (`custom.metrics.k8s.io`), so that a HorizontalPodAutoscaler can scale by them:
 *
 * | metric | about | unit |
 * | --- | --- | --- |
 * | `model_inference_latency` | Pod, AIModel | seconds, 95th percentile of five minutes |
 * | `inference_requests_per_second` | Pod, AIModel | requests a second |
 * | `inference_queue_depth` | Pod, AIModel | requests |
 * | `pipeline_throughput` | DataPipeline | records a second |
 * | `feature_staleness` | FeatureStore | seconds since the stalest feature was updated |
 *
 * Prometheus records each from what model servers, pipelines and feature stores expose, and prometheus-adapter shows what was
 * recorded. Installed into Prometheus' namespace, which denies everything by default; the network policies here permit what
 * the adapter needs. One per environment.
 */
export class CustomMetrics extends Construct {
  /** The recording rules. */
  public readonly rule: ApiObject;

  public constructor(scope: Construct, id: string, props: CustomMetricsProps) {
    super(scope, id);
    const twice = props.tier === Tier.STAGING || props.tier === Tier.PRODUCTION;
    const { protocol, hostname, port } = new URL(props.monitoring.prometheusUrl);
    ComponentRegistry.of(this).require(
      prometheusAdapter({
        metrics: adapterMetrics(),
        prometheusHost: `${protocol}//${hostname}`,
        prometheusPort: Number(port),
        replicas: twice ? 2 : 1,
      }),
    );
    this.rule = new ApiObject(this, 'Resource', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'platform-metrics', namespace: props.namespace.namespaceName },
      spec: { groups: [{ name: 'platform-metrics', interval: '30s', rules: recordingRules() }] },
    });
    new NetworkFlow(this, 'Queries', { from: PROMETHEUS_ADAPTER_PEER, to: props.monitoring.prometheus });
    this.permitApiServer();
  }

  /** The API server has no pods to name: it calls the adapter from anywhere, and is reached by its port. */
  private permitApiServer(): void {
    const port = (number: number) => ({ port: k8s.IntOrString.fromNumber(number), protocol: 'TCP' });
    const { namespace, podLabels, ports } = PROMETHEUS_ADAPTER_PEER;
    new k8s.KubeNetworkPolicy(this, 'ApiServer', {
      metadata: { name: 'prometheus-adapter-api-server', namespace },
      spec: {
        podSelector: { matchLabels: podLabels },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: (ports ?? []).map(port) }],
        egress: [{ ports: [443, 6443].map(port) }],
      },
    });
  }
}
