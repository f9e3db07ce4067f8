import * as fs from 'node:fs';
import * as path from 'node:path';
import { recordingRules } from '../../../src/kinds/metrics/custom-metrics';
import { modelAlertRules } from '../../../src/kinds/ai-model/monitoring';

/** What exposes a metric, and how Prometheus comes to have it. */
export interface MetricSource {
  /** A program of this repository, whose text has the name. */
  readonly file?: string;
  /** A rule of this library that records it. */
  readonly recorded?: true;
  /** A monitor that a platform has, as `kind namespace/name`, or a component whose chart has one. */
  readonly scrapedBy?: string;
  /** Where others say that they expose it, for what is not ours. */
  readonly documented?: string;
}

const KSM = {
  scrapedBy: 'chart kube-prometheus-stack',
  documented: 'https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics',
};
const CADVISOR = {
  scrapedBy: 'chart kube-prometheus-stack',
  documented: 'https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md',
};
const NODE = {
  scrapedBy: 'chart kube-prometheus-stack',
  documented: 'https://github.com/prometheus/node_exporter#enabled-by-default',
};
const STACK = {
  scrapedBy: 'chart kube-prometheus-stack',
  documented: 'https://github.com/prometheus/alertmanager/blob/main/notify/notify.go',
};
const DCGM = {
  scrapedBy: 'PodMonitor gpu-operator/nvidia-dcgm-exporter',
  documented: 'https://github.com/NVIDIA/dcgm-exporter/blob/main/etc/default-counters.csv',
};
const ENVOY = {
  scrapedBy: 'PodMonitor envoy-gateway-system/envoy-proxies',
  documented: 'https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats',
};
const ENVOY_HTTP = {
  ...ENVOY,
  documented: 'https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/stats',
};
const ARGO = {
  scrapedBy: 'PodMonitor argo-workflows/argo-workflows',
  documented: 'https://argo-workflows.readthedocs.io/en/latest/metrics/',
};
const MODEL_SERVERS = 'ServiceMonitor nstarx-system/ai-model-metrics';
const TRITON = {
  scrapedBy: MODEL_SERVERS,
  documented: 'https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/metrics.html',
};
const PIPELINE = {
  scrapedBy: 'PodMonitor nstarx-system/data-pipeline-metrics',
  file: 'programs/pipeline-runner/src/metrics.py',
};
const FLINK = {
  scrapedBy: 'PodMonitor nstarx-system/data-pipeline-metrics',
  documented: 'https://nightlies.apache.org/flink/flink-docs-stable/docs/ops/metrics/#system-metrics',
};
const FEATURES = {
  scrapedBy: 'ServiceMonitor nstarx-system/feature-store-metrics',
  file: 'programs/feature-jobs/src/feature_metrics.py',
};
const HOOKS = { scrapedBy: 'ServiceMonitor nstarx-system/operators', file: 'operators/src/server/hook-server.ts' };
const QUEUES = {
  scrapedBy: 'ServiceMonitor metacontroller/metacontroller',
  documented: 'https://github.com/kubernetes-sigs/controller-runtime/blob/main/pkg/internal/metrics/workqueue.go',
};
const OWN_SERVER = {
  scrapedBy: MODEL_SERVERS,
  documented: 'docs/operators/ai-model.md',
};

/** Those that only the inference service has. */
const INFERENCE = { scrapedBy: MODEL_SERVERS, documented: 'docs/operators/model-deployment.md' };

/** Every metric that a dashboard asks for. */
export const SOURCES: { readonly [metric: string]: MetricSource } = {
  'model:inference_requests:rate1m': { recorded: true },
  'model:inference_latency_seconds:p95': { recorded: true },
  'model:inference_queue_depth:sum': { recorded: true },
  'pipeline:records_processed:rate5m': { recorded: true },
  'feature_store:staleness_seconds:max': { recorded: true },
  'model:drift:max': { recorded: true },
  'model:drift:threshold': { recorded: true },
  'model_feature:drift:score': { recorded: true },
  inference_errors_total: OWN_SERVER,
  inference_latency_seconds_bucket: OWN_SERVER,
  inference_predictions_total: INFERENCE,
  model_feature_bucket: OWN_SERVER,
  model_feature_count: OWN_SERVER,
  inference_requests_total: OWN_SERVER,
  nv_inference_request_failure: TRITON,
  nv_inference_request_success: TRITON,
  ':tensorflow:serving:request_count': {
    scrapedBy: MODEL_SERVERS,
    documented: 'https://github.com/tensorflow/serving/blob/master/tensorflow_serving/servables/tensorflow/util.cc',
  },
  // Prometheus makes them itself: one of each scrape, one of each alert
  up: { scrapedBy: MODEL_SERVERS, documented: 'https://prometheus.io/docs/concepts/jobs_instances/' },
  ALERTS: {
    scrapedBy: 'chart kube-prometheus-stack',
    documented: 'https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/',
  },
  DCGM_FI_DEV_GPU_UTIL: DCGM,
  DCGM_FI_DEV_FB_USED: DCGM,
  DCGM_FI_DEV_FB_FREE: DCGM,
  DCGM_FI_DEV_GPU_TEMP: DCGM,
  DCGM_FI_DEV_POWER_USAGE: DCGM,
  DCGM_FI_DEV_XID_ERRORS: DCGM,
  kube_pod_container_resource_requests: KSM,
  kube_pod_container_resource_limits: KSM,
  kube_pod_container_status_restarts_total: KSM,
  kube_pod_status_phase: KSM,
  kube_deployment_status_replicas_available: KSM,
  kube_horizontalpodautoscaler_spec_max_replicas: KSM,
  kube_persistentvolumeclaim_resource_requests_storage_bytes: KSM,
  container_cpu_usage_seconds_total: CADVISOR,
  container_memory_working_set_bytes: CADVISOR,
  pipeline_records_read_total: PIPELINE,
  pipeline_records_quarantined_total: PIPELINE,
  pipeline_failed_checks: PIPELINE,
  flink_jobmanager_job_numRestarts: FLINK,
  flink_jobmanager_job_numberOfFailedCheckpoints: FLINK,
  feature_last_update_timestamp_seconds: FEATURES,
  feature_max_age_seconds: FEATURES,
  feature_coverage_ratio: FEATURES,
  feature_drift_psi: FEATURES,
  // the client library adds _total
  feature_metrics_failures_total: FEATURES,
  argo_workflows_total_count: ARGO,
  argo_workflows_gauge: ARGO,
  argo_workflows_pods_gauge: ARGO,
  argo_workflows_queue_depth_gauge: ARGO,
  argo_workflows_error_count: ARGO,
  envoy_cluster_upstream_rq_xx: ENVOY,
  envoy_cluster_upstream_rq_time_bucket: ENVOY,
  envoy_cluster_upstream_cx_connect_fail: ENVOY,
  envoy_http_downstream_rq_xx: ENVOY_HTTP,
  envoy_http_downstream_rq_time_bucket: ENVOY_HTTP,
  envoy_http_downstream_rq_active: ENVOY_HTTP,
  envoy_http_downstream_cx_active: ENVOY_HTTP,
  node_cpu_seconds_total: NODE,
  node_load1: NODE,
  node_memory_MemAvailable_bytes: NODE,
  node_memory_MemTotal_bytes: NODE,
  node_vmstat_pgmajfault: NODE,
  node_disk_io_time_seconds_total: NODE,
  node_disk_io_time_weighted_seconds_total: NODE,
  node_filesystem_avail_bytes: NODE,
  node_filesystem_size_bytes: NODE,
  node_network_receive_bytes_total: NODE,
  node_network_transmit_bytes_total: NODE,
  node_network_receive_drop_total: NODE,
  node_network_transmit_drop_total: NODE,
  node_network_receive_errs_total: NODE,
  node_network_transmit_errs_total: NODE,
  nstarx_hook_requests_total: HOOKS,
  nstarx_hook_duration_seconds_bucket: HOOKS,
  workqueue_depth: QUEUES,
  workqueue_queue_duration_seconds_bucket: QUEUES,
  alertmanager_notifications_total: STACK,
  alertmanager_notifications_failed_total: STACK,
  prometheus_rule_evaluation_failures_total: {
    scrapedBy: 'chart kube-prometheus-stack',
    documented: 'https://github.com/prometheus/prometheus/blob/main/rules/group.go',
  },
};

/** The series that rules of this library record. */
export function recordedSeries(): string[] {
  const drift = { baseline: { rows: 60, features: [{ name: 'age', bounds: [1, 2], counts: [10, 20, 30] }] } };
  const model = { name: 'a', namespace: 'b', modelName: 'c', modelVersion: '1' };
  const { groups } = modelAlertRules('a', { ...model, drift }).spec as {
    groups: readonly { readonly rules: readonly { readonly record?: string }[] }[];
  };
  const ofModels = groups.flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? []));
  return [...recordingRules().map(({ record }) => record), ...ofModels];
}

/** Whether the program names the metric, as it is or without what its client library adds. */
export function isInProgram(file: string, metric: string): boolean {
  const text = fs.readFileSync(path.resolve(__dirname, '../../..', file), 'utf8');
  return [metric, metric.replace(/_(total|bucket)$/, '')].some((name) => new RegExp(`["']${name}["']`).test(text));
}

/** The metrics of a query. Panels write each with braces. */
export function metricsOf(query: string): string[] {
  return [...query.matchAll(/([a-zA-Z_:][a-zA-Z0-9_:]*)\{/g)].map(([, name]) => name);
}

/** What of a query is no metric with its selector, no text, no number and no operator. */
export function wordsOf(query: string): string[] {
  const rest = query
    .replace(/[a-zA-Z_:][a-zA-Z0-9_:]*\{[^}]*\}/g, ' ')
    .replace(/\b(by|on|group_left|ignoring) \([^)]*\)/g, ' $1 ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\$\w+/g, ' ');
  return [...rest.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*/g)].map(([word]) => word);
}
