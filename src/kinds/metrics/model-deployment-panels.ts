import { IN_NAMESPACE, Panel, panel } from '../../constructs/monitoring/panel';

/** Services, Deployments and autoscalers of ModelDeployments, by how their names end. */
const named = (label: string): string => `${IN_NAMESPACE},${label}=~".+-deployment(-.+)?"`;
const OF_SERVICE = named('service');

const BY = 'namespace, service, model_version';
const SERVICE = '{{namespace}} {{service}} {{model_version}}';
const BY_FEATURE = 'namespace, service, feature';
const FEATURE = '{{namespace}} {{service}} {{feature}}';

/** The containers that serve. */
const OF_CONTAINER = `${IN_NAMESPACE},container="inference",pod=~".+-deployment-.+"`;
const POD = '{{namespace}} {{pod}}';

const rate = (series: string, by = BY, more = ''): string =>
  `sum by (${by}) (rate(${series}{${OF_SERVICE}${more}}[5m]))`;

/** What the inference service says of itself, and Kubernetes of its pods. */
export const MODEL_DEPLOYMENTS: readonly Panel[] = [
  panel(
    'Requests, by status',
    'reqps',
    rate('inference_requests_total', `${BY}, status`),
    `${SERVICE} {{status}}`,
    'Those that are refused are among them.',
  ),
  panel('Predictions', 'rowsps', rate('inference_predictions_total'), SERVICE, 'Rows that the model was asked with.'),
  panel(
    'Requests that fail, by reason',
    'reqps',
    rate('inference_errors_total', `${BY}, reason`),
    `${SERVICE} {{reason}}`,
    'docs/runbooks.md says which reasons are the service’s own, which the clients’, and which refusals.',
  ),
  panel(
    'Requests that fail, of all',
    'percentunit',
    `${rate('inference_errors_total')} / ${rate('inference_requests_total')}`,
    SERVICE,
  ),
  {
    title: 'Latency',
    unit: 's',
    targets: [0.5, 0.95, 0.99].map((quantile) => ({
      query: `histogram_quantile(${quantile}, ${rate('inference_latency_seconds_bucket', `${BY}, le`)})`,
      legend: `${SERVICE} ${quantile * 100} %`,
    })),
  },
  {
    title: 'Replicas that are ready, and the most that there may be',
    unit: 'short',
    targets: [
      {
        query: `sum by (namespace, deployment) (kube_deployment_status_replicas_available{${named('deployment')}})`,
        legend: '{{namespace}} {{deployment}} ready',
      },
      {
        query: `max by (namespace, horizontalpodautoscaler) (kube_horizontalpodautoscaler_spec_max_replicas{${named('horizontalpodautoscaler')}})`,
        legend: '{{namespace}} {{horizontalpodautoscaler}} at most',
      },
    ],
  },
  panel(
    'CPU, over what is requested',
    'percentunit',
    `sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{${OF_CONTAINER}}[5m])) / sum by (namespace, pod) (kube_pod_container_resource_requests{${OF_CONTAINER},resource="cpu"})`,
    POD,
    'The autoscaler follows 70 %.',
  ),
  panel(
    'Memory, over what is requested',
    'percentunit',
    `sum by (namespace, pod) (container_memory_working_set_bytes{${OF_CONTAINER}}) / sum by (namespace, pod) (kube_pod_container_resource_requests{${OF_CONTAINER},resource="memory"})`,
    POD,
    'The autoscaler follows 80 %: a model that fills more has all its replicas without any load.',
  ),
  panel(
    'Values of features, median of an hour',
    'none',
    `histogram_quantile(0.5, sum by (${BY_FEATURE}, le) (rate(model_feature_bucket{${OF_SERVICE}}[1h])))`,
    FEATURE,
  ),
  panel('Values of features, in a second', 'cps', rate('model_feature_count', BY_FEATURE), FEATURE),
  panel(
    'Features that drift most',
    'none',
    `topk(10, max by (namespace, model_name, model_version, feature, method) (model_feature:drift:score{${IN_NAMESPACE}}))`,
    '{{namespace}} {{model_name}} {{model_version}} {{feature}} {{method}}',
    'Of models that say in spec.drift.baseline what they were trained on.',
  ),
];
