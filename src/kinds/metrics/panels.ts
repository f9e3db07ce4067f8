import { SERIES } from './custom-metrics';
import { MODEL_DEPLOYMENTS } from './model-deployment-panels';
import { IN_NAMESPACE, Panel, panel } from '../../constructs/monitoring/panel';

/** A dashboard. */
export interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Whether it is about namespaces, so that it can show a single one. */
  readonly namespaced: boolean;
  /** Whether it asks for prices: the variables `cpu_price`, `memory_price` and `gpu_price`. */
  readonly priced?: boolean;
}

/** What pods of monitors say of their own namespace, Prometheus keeps under this name. */
const IN_EXPORTED = 'exported_namespace=~"$namespace"';

function anyOf(...queries: string[]): string {
  return queries.join(' or ');
}

const BY_MODEL = 'namespace, model_name, model_version';
const MODEL = '{{namespace}} {{model_name}} {{model_version}}';

const rateByModel = (series: string): string => `sum by (${BY_MODEL}) (rate(${series}[5m]))`;

/** Failed requests of each kind of server that counts them, over all of it. */
const MODEL_ERRORS = anyOf(
  `${rateByModel(`inference_errors_total{${IN_NAMESPACE}}`)} / ${rateByModel(`inference_requests_total{${IN_NAMESPACE}}`)}`,
  `${rateByModel(`nv_inference_request_failure{${IN_NAMESPACE}}`)} / (${rateByModel(`nv_inference_request_success{${IN_NAMESPACE}}`)} + ${rateByModel(`nv_inference_request_failure{${IN_NAMESPACE}}`)})`,
  `${rateByModel(`:tensorflow:serving:request_count{${IN_NAMESPACE},status!="OK"}`)} / ${rateByModel(`:tensorflow:serving:request_count{${IN_NAMESPACE}}`)}`,
);

const MODELS: readonly Panel[] = [
  panel('Requests', 'reqps', `sum by (${BY_MODEL}) (${SERIES.inference_requests_per_second}{${IN_NAMESPACE}})`, MODEL),
  panel('Requests that fail', 'percentunit', MODEL_ERRORS, MODEL, 'Servers of KServe in Python count no errors.'),
  panel(
    'Latency, 95th percentile',
    's',
    `max by (${BY_MODEL}) (${SERIES.model_inference_latency}{${IN_NAMESPACE}})`,
    MODEL,
  ),
  panel(
    'Requests that wait',
    'short',
    `sum by (${BY_MODEL}) (${SERIES.inference_queue_depth}{${IN_NAMESPACE}})`,
    MODEL,
  ),
  panel('Replicas that answer', 'short', `sum by (${BY_MODEL}) (up{${IN_NAMESPACE},model_name!=""})`, MODEL),
  {
    title: 'Drift, and its threshold',
    unit: 'none',
    description: 'The measure that the model is watched by. Models without a baseline have none.',
    targets: [
      {
        query: `max by (${BY_MODEL}, method) (model:drift:max{${IN_NAMESPACE}} and on (${BY_MODEL}, method) model:drift:threshold{${IN_NAMESPACE}})`,
        legend: `${MODEL} {{method}}`,
      },
      {
        query: `max by (${BY_MODEL}, method) (model:drift:threshold{${IN_NAMESPACE}})`,
        legend: `threshold ${MODEL} {{method}}`,
      },
    ],
  },
  panel(
    'Features that drift most',
    'none',
    `topk(10, max by (${BY_MODEL}, feature, method) (model_feature:drift:score{${IN_NAMESPACE}}))`,
    `${MODEL} {{feature}} {{method}}`,
  ),
];

const BY_GPU = 'exported_namespace, exported_pod, gpu';
const GPU = '{{exported_namespace}} {{exported_pod}} {{gpu}}';

const GPUS: readonly Panel[] = [
  panel('Utilization', 'percent', `avg by (${BY_GPU}) (DCGM_FI_DEV_GPU_UTIL{${IN_EXPORTED}})`, GPU),
  panel(
    'Memory in use',
    'percentunit',
    `sum by (${BY_GPU}) (DCGM_FI_DEV_FB_USED{${IN_EXPORTED}}) / (sum by (${BY_GPU}) (DCGM_FI_DEV_FB_USED{${IN_EXPORTED}}) + sum by (${BY_GPU}) (DCGM_FI_DEV_FB_FREE{${IN_EXPORTED}}))`,
    GPU,
  ),
  panel('Memory used', 'decmbytes', `sum by (${BY_GPU}) (DCGM_FI_DEV_FB_USED{${IN_EXPORTED}})`, GPU),
  panel('Temperature', 'celsius', `max by (${BY_GPU}) (DCGM_FI_DEV_GPU_TEMP{${IN_EXPORTED}})`, GPU),
  panel('Power', 'watt', `sum by (${BY_GPU}) (DCGM_FI_DEV_POWER_USAGE{${IN_EXPORTED}})`, GPU),
  panel(
    'Last error of the driver (XID)',
    'none',
    `max by (${BY_GPU}) (DCGM_FI_DEV_XID_ERRORS{${IN_EXPORTED}}) > 0`,
    GPU,
    'Source: https://docs.nvidia.com/deploy/xid-errors',
  ),
  panel(
    'GPUs that are requested',
    'short',
    `sum by (namespace) (kube_pod_container_resource_requests{${IN_NAMESPACE},resource="nvidia_com_gpu"})`,
    '{{namespace}}',
  ),
];

const BY_PIPELINE = 'namespace, pipeline_name';
const PIPELINE = '{{namespace}} {{pipeline_name}}';

const PIPELINES: readonly Panel[] = [
  panel('Throughput', 'rps', `sum by (${BY_PIPELINE}) (${SERIES.pipeline_throughput}{${IN_NAMESPACE}})`, PIPELINE),
  panel(
    'Rows read by a run',
    'short',
    `max by (${BY_PIPELINE}) (pipeline_records_read_total{${IN_NAMESPACE}})`,
    PIPELINE,
  ),
  panel(
    'Rows that break a check',
    'percentunit',
    `max by (${BY_PIPELINE}) (pipeline_records_quarantined_total{${IN_NAMESPACE}}) / max by (${BY_PIPELINE}) (pipeline_records_read_total{${IN_NAMESPACE}})`,
    PIPELINE,
  ),
  panel('Checks that failed', 'short', `max by (${BY_PIPELINE}) (pipeline_failed_checks{${IN_NAMESPACE}})`, PIPELINE),
  panel(
    'Runs, by phase',
    'short',
    `sum by (namespace, phase) (kube_pod_status_phase{${IN_NAMESPACE},pod=~".+-driver"} > 0)`,
    '{{namespace}} {{phase}}',
    'Drivers of Spark whose pods are there still.',
  ),
  panel(
    'Restarts of streams in an hour',
    'short',
    `sum by (${BY_PIPELINE}) (increase(flink_jobmanager_job_numRestarts{${IN_NAMESPACE}}[1h]))`,
    PIPELINE,
  ),
  panel(
    'Checkpoints that failed in an hour',
    'short',
    `sum by (${BY_PIPELINE}) (increase(flink_jobmanager_job_numberOfFailedCheckpoints{${IN_NAMESPACE}}[1h]))`,
    PIPELINE,
  ),
];

const BY_FEATURE = 'namespace, feature_store, feature';
const FEATURE = '{{feature_store}} {{feature}}';

const FEATURES: readonly Panel[] = [
  panel(
    'Time since the last update',
    's',
    `max by (${BY_FEATURE}) (${SERIES.feature_staleness}{${IN_NAMESPACE}})`,
    FEATURE,
  ),
  panel(
    'Age, over the greatest that is allowed',
    'percentunit',
    `(time() - max by (${BY_FEATURE}) (feature_last_update_timestamp_seconds{${IN_NAMESPACE}})) / max by (${BY_FEATURE}) (feature_max_age_seconds{${IN_NAMESPACE}})`,
    FEATURE,
    'Above 100 % the alert FeatureOlderThanMaxAge is on.',
  ),
  panel(
    'Entities that have a value',
    'percentunit',
    `min by (${BY_FEATURE}) (feature_coverage_ratio{${IN_NAMESPACE}})`,
    FEATURE,
  ),
  panel('Drift', 'none', `max by (${BY_FEATURE}) (feature_drift_psi{${IN_NAMESPACE}})`, FEATURE),
  panel(
    'Views that could not be read, in an hour',
    'short',
    `sum by (namespace, feature_store, feature_view) (increase(feature_metrics_failures_total{${IN_NAMESPACE}}[1h]))`,
    '{{feature_store}} {{feature_view}}',
  ),
];

const WORKFLOWS: readonly Panel[] = [
  panel(
    'Workflows that ended, in an hour',
    'short',
    `sum by (exported_namespace, phase) (increase(argo_workflows_total_count{${IN_EXPORTED},phase=~"Succeeded|Failed|Error"}[1h]))`,
    '{{exported_namespace}} {{phase}}',
  ),
  panel(
    'Workflows that failed, of those that ended',
    'percentunit',
    `sum by (exported_namespace) (increase(argo_workflows_total_count{${IN_EXPORTED},phase=~"Failed|Error"}[1d])) / sum by (exported_namespace) (increase(argo_workflows_total_count{${IN_EXPORTED},phase=~"Succeeded|Failed|Error"}[1d]))`,
    '{{exported_namespace}}',
    'In the last day.',
  ),
  panel('Workflows now, in all namespaces', 'short', 'sum by (phase) (argo_workflows_gauge{})', '{{phase}}'),
  panel('Steps now, in all namespaces', 'short', 'sum by (phase) (argo_workflows_pods_gauge{})', '{{phase}}'),
  panel(
    'Steps that wait for a node',
    'short',
    `sum by (namespace) (kube_pod_status_phase{${IN_NAMESPACE},phase="Pending"})`,
    '{{namespace}}',
    'All pods of the namespaces that are pending.',
  ),
  panel(
    'Queue of the controller',
    'short',
    'sum by (queue_name) (argo_workflows_queue_depth_gauge{})',
    '{{queue_name}}',
  ),
  panel(
    'Errors of the controller, in an hour',
    'short',
    'sum by (cause) (increase(argo_workflows_error_count{}[1h]))',
    '{{cause}}',
  ),
];

/** Clusters of Envoy Gateway are named after the rules of routes: httproute/<namespace>/<route>/rule/<n>. */
const OF_ROUTES = 'envoy_cluster_name=~"httproute/$namespace/.*"';
const ROUTE = '{{envoy_cluster_name}}';

const SERVICES: readonly Panel[] = [
  panel(
    'Requests by the gateway, by route',
    'reqps',
    `sum by (envoy_cluster_name) (rate(envoy_cluster_upstream_rq_xx{${OF_ROUTES}}[5m]))`,
    ROUTE,
  ),
  panel(
    'Requests by the gateway that fail',
    'percentunit',
    `sum by (envoy_cluster_name) (rate(envoy_cluster_upstream_rq_xx{${OF_ROUTES},envoy_response_code_class="5"}[5m])) / sum by (envoy_cluster_name) (rate(envoy_cluster_upstream_rq_xx{${OF_ROUTES}}[5m]))`,
    ROUTE,
  ),
  panel(
    'Duration, 95th percentile',
    'ms',
    `histogram_quantile(0.95, sum by (envoy_cluster_name, le) (rate(envoy_cluster_upstream_rq_time_bucket{${OF_ROUTES}}[5m])))`,
    ROUTE,
  ),
  panel(
    'CPU, over what is requested',
    'percentunit',
    `sum by (namespace) (rate(container_cpu_usage_seconds_total{${IN_NAMESPACE},container!=""}[5m])) / sum by (namespace) (kube_pod_container_resource_requests{${IN_NAMESPACE},resource="cpu"})`,
    '{{namespace}}',
  ),
  panel(
    'Memory, over its limit',
    'percentunit',
    `topk(10, max by (namespace, pod, container) (container_memory_working_set_bytes{${IN_NAMESPACE},container!=""}) / max by (namespace, pod, container) (kube_pod_container_resource_limits{${IN_NAMESPACE},resource="memory"}))`,
    '{{namespace}} {{pod}} {{container}}',
    'The ten that are nearest to being killed.',
  ),
  panel(
    'Restarts in an hour',
    'short',
    `topk(10, sum by (namespace, pod) (increase(kube_pod_container_status_restarts_total{${IN_NAMESPACE}}[1h]))) > 0`,
    '{{namespace}} {{pod}}',
  ),
];

const GATEWAY: readonly Panel[] = [
  panel(
    'Requests, by class of the answer',
    'reqps',
    'sum by (envoy_response_code_class) (rate(envoy_http_downstream_rq_xx{}[5m]))',
    '{{envoy_response_code_class}}xx',
  ),
  panel(
    'Requests that fail',
    'percentunit',
    'sum(rate(envoy_http_downstream_rq_xx{envoy_response_code_class="5"}[5m])) / sum(rate(envoy_http_downstream_rq_xx{}[5m]))',
    '5xx',
  ),
  {
    title: 'Duration',
    unit: 'ms',
    targets: [0.5, 0.95, 0.99].map((quantile) => ({
      query: `histogram_quantile(${quantile}, sum by (le) (rate(envoy_http_downstream_rq_time_bucket{}[5m])))`,
      legend: `${quantile * 100} %`,
    })),
  },
  panel('Requests under way', 'short', 'sum by (pod) (envoy_http_downstream_rq_active{})', '{{pod}}'),
  panel('Connections', 'short', 'sum by (pod) (envoy_http_downstream_cx_active{})', '{{pod}}'),
  panel(
    'Connections to services that fail',
    'cps',
    'topk(10, sum by (envoy_cluster_name) (rate(envoy_cluster_upstream_cx_connect_fail{}[5m]))) > 0',
    ROUTE,
  ),
];

const NODE = '{{instance}}';

const NODES: readonly Panel[] = [
  panel(
    'CPU: utilization',
    'percentunit',
    '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))',
    NODE,
  ),
  panel(
    'CPU: saturation (load for each core)',
    'none',
    'sum by (instance) (node_load1{}) / count by (instance) (node_cpu_seconds_total{mode="idle"})',
    NODE,
    'Above 1, programs wait for a core.',
  ),
  panel(
    'Memory: utilization',
    'percentunit',
    '1 - sum by (instance) (node_memory_MemAvailable_bytes{}) / sum by (instance) (node_memory_MemTotal_bytes{})',
    NODE,
  ),
  panel(
    'Memory: saturation (major page faults)',
    'ops',
    'sum by (instance) (rate(node_vmstat_pgmajfault{}[5m]))',
    NODE,
  ),
  panel(
    'Disk: utilization',
    'percentunit',
    'max by (instance) (rate(node_disk_io_time_seconds_total{}[5m]))',
    NODE,
    'The busiest disk of the node.',
  ),
  panel(
    'Disk: saturation (requests that wait)',
    'short',
    'max by (instance) (rate(node_disk_io_time_weighted_seconds_total{}[5m]))',
    NODE,
  ),
  panel(
    'File systems: in use',
    'percentunit',
    'max by (instance, mountpoint) (1 - node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs"} / node_filesystem_size_bytes{fstype!~"tmpfs|overlay|squashfs"})',
    '{{instance}} {{mountpoint}}',
  ),
  panel(
    'Network: received and sent',
    'Bps',
    'sum by (instance) (rate(node_network_receive_bytes_total{device!="lo"}[5m]) + rate(node_network_transmit_bytes_total{device!="lo"}[5m]))',
    NODE,
  ),
  panel(
    'Network: saturation (packets dropped)',
    'pps',
    'sum by (instance) (rate(node_network_receive_drop_total{device!="lo"}[5m]) + rate(node_network_transmit_drop_total{device!="lo"}[5m]))',
    NODE,
  ),
  panel(
    'Network: errors',
    'pps',
    'sum by (instance) (rate(node_network_receive_errs_total{device!="lo"}[5m]) + rate(node_network_transmit_errs_total{device!="lo"}[5m]))',
    NODE,
  ),
];

/** CPUs, GiB and GPUs that the pods of namespaces have requested; those that have ended request nothing. */
function requested(resource: string): string {
  const running = `on (namespace, pod) group_left () max by (namespace, pod) (kube_pod_status_phase{${IN_NAMESPACE},phase=~"Pending|Running"} == 1)`;
  const requests = `kube_pod_container_resource_requests{${IN_NAMESPACE},resource="${resource}",node!=""} * ${running}`;
  return `sum by (namespace) (${requests})`;
}

const CPU = requested('cpu');
const GIB = `${requested('memory')} / 2^30`;
const GPU_REQUESTS = requested('nvidia_com_gpu');
const PRICE_OF_AN_HOUR = anyOf(
  `${CPU} * $cpu_price + on (namespace) ${GIB} * $memory_price + on (namespace) ${GPU_REQUESTS} * $gpu_price`,
  `${CPU} * $cpu_price + on (namespace) ${GIB} * $memory_price`,
);

const COST: readonly Panel[] = [
  panel(
    'What is requested, by the price of an hour',
    'none',
    `(${PRICE_OF_AN_HOUR})`,
    '{{namespace}}',
    "Requests of pods, by the prices above. What no pod requests is no one's: nodes cost more than the sum.",
  ),
  panel('The same, in a month of 730 hours', 'none', `730 * (${PRICE_OF_AN_HOUR})`, '{{namespace}}'),
  panel('CPUs requested', 'short', CPU, '{{namespace}}'),
  panel('Memory requested', 'gbytes', GIB, '{{namespace}}'),
  panel('GPUs requested', 'short', GPU_REQUESTS, '{{namespace}}'),
  panel(
    'CPUs that are requested and not used',
    'short',
    `clamp_min(${CPU} - on (namespace) sum by (namespace) (rate(container_cpu_usage_seconds_total{${IN_NAMESPACE},container!=""}[1h])), 0)`,
    '{{namespace}}',
  ),
  panel(
    'GPUs that are requested and stand idle',
    'short',
    `count by (exported_namespace) (max_over_time(DCGM_FI_DEV_GPU_UTIL{${IN_EXPORTED},exported_pod!=""}[1h]) < 5)`,
    '{{exported_namespace}}',
    'None was used for more than 5 % in the last hour.',
  ),
  panel(
    'Volumes requested',
    'bytes',
    `sum by (namespace) (kube_persistentvolumeclaim_resource_requests_storage_bytes{${IN_NAMESPACE}})`,
    '{{namespace}}',
  ),
];

const CONTROLLERS = 'name=~"CompositeController-nstarx-.*"';

const OPERATORS: readonly Panel[] = [
  panel(
    'Calls',
    'reqps',
    'sum by (operator, outcome) (rate(nstarx_hook_requests_total{}[5m]))',
    '{{operator}} {{outcome}}',
  ),
  panel(
    'Calls that fail',
    'percentunit',
    'sum by (operator) (rate(nstarx_hook_requests_total{outcome="error"}[5m])) / sum by (operator) (rate(nstarx_hook_requests_total{}[5m]))',
    '{{operator}}',
  ),
  panel(
    'Duration, 99th percentile',
    's',
    'histogram_quantile(0.99, sum by (operator, le) (rate(nstarx_hook_duration_seconds_bucket{}[5m])))',
    '{{operator}}',
  ),
  panel('Objects that wait', 'short', `sum by (name) (workqueue_depth{${CONTROLLERS}})`, '{{name}}'),
  panel(
    'How long objects wait, 95th percentile',
    's',
    `histogram_quantile(0.95, sum by (name, le) (rate(workqueue_queue_duration_seconds_bucket{${CONTROLLERS}}[5m])))`,
    '{{name}}',
  ),
];

const ALERTS: readonly Panel[] = [
  panel(
    'Alerts that are on',
    'short',
    `sum by (severity, namespace, alertname) (ALERTS{alertstate="firing",severity=~"critical|warning"})`,
    '{{severity}} {{namespace}} {{alertname}}',
  ),
  panel(
    'Messages sent, in an hour',
    'short',
    'sum by (integration) (increase(alertmanager_notifications_total{}[1h]))',
    '{{integration}}',
  ),
  panel(
    'Messages that could not be sent, in an hour',
    'short',
    'sum by (integration) (increase(alertmanager_notifications_failed_total{}[1h]))',
    '{{integration}}',
    'Someone is not told. The log of Alertmanager has the reason.',
  ),
  panel(
    'Rules that cannot be evaluated, in an hour',
    'short',
    'sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total{}[1h])) > 0',
    '{{rule_group}}',
  ),
];

/** The dashboards of the platform, by name. */
export const DASHBOARDS: { readonly [name: string]: Dashboard } = {
  'inference-metrics': { title: 'Models', panels: MODELS, namespaced: true },
  'model-deployments': { title: 'Model deployments', panels: MODEL_DEPLOYMENTS, namespaced: true },
  'gpu-utilization': { title: 'GPUs', panels: GPUS, namespaced: true },
  'data-pipelines': { title: 'Data pipelines', panels: PIPELINES, namespaced: true },
  'feature-stores': { title: 'Feature stores', panels: FEATURES, namespaced: true },
  workflows: { title: 'Workflows', panels: WORKFLOWS, namespaced: true },
  services: { title: 'Services', panels: SERVICES, namespaced: true },
  cost: { title: 'Cost', panels: COST, namespaced: true, priced: true },
  gateway: { title: 'Gateway', panels: GATEWAY, namespaced: false },
  nodes: { title: 'Nodes', panels: NODES, namespaced: false },
  operators: { title: 'Operators', panels: OPERATORS, namespaced: false },
  alerts: { title: 'Alerts', panels: ALERTS, namespaced: false },
};
