/** Where a monitor finds metrics, which get labels of the pods as labels of their own. */
export interface MetricsEndpoint {
  readonly port: string;
  readonly interval: string;
  readonly path: string;
  readonly relabelings: readonly { readonly sourceLabels: readonly string[]; readonly targetLabel: string }[];
}

/** The labels of model servers that their series have too. */
export const MODEL_LABELS = ['model_name', 'model_version'] as const;

/** The port named `metrics`, in the form of ServiceMonitors and PodMonitors. */
export function metricsEndpoint(labels: readonly string[], intervalSeconds = 30): MetricsEndpoint {
  return {
    port: 'metrics',
    interval: `${intervalSeconds}s`,
    path: '/metrics',
    relabelings: labels.map((label) => ({
      sourceLabels: [`__meta_kubernetes_pod_label_${label}`],
      targetLabel: label,
    })),
  };
}
