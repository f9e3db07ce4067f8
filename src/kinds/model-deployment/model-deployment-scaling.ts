import { ScalingMetric } from '../../api/generated/shared';

/**
 * The spec of the HorizontalPodAutoscaler of the zero-touch document: at 70 % of CPU or 80 % of memory, at most four pods more
 * a minute and never more than twice as many, one pod less in two minutes.
 */
export function inferenceScaling(
  deployment: string,
  minReplicas: number,
  maxReplicas: number,
  metrics?: readonly ScalingMetric[],
): { [key: string]: unknown } {
  return {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment },
    minReplicas,
    maxReplicas,
    metrics:
      metrics === undefined || metrics.length === 0
        ? [utilization('cpu', 70), utilization('memory', 80)]
        : metrics.map((metric) =>
            metric.name === undefined
              ? utilization(metric.type, metric.targetAverageUtilization ?? 70)
              : {
                  type: 'Pods',
                  pods: {
                    metric: { name: metric.name },
                    target: { type: 'AverageValue', averageValue: metric.targetValue },
                  },
                },
          ),
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        // both bounds hold: the smaller step counts
        selectPolicy: 'Min',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 60 },
          { type: 'Percent', value: 100, periodSeconds: 60 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 300,
        policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }],
      },
    },
  };
}

function utilization(name: string, averageUtilization: number): { [key: string]: unknown } {
  return { type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } };
}
