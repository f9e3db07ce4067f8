import { ScalingMetric } from '../../api/generated/shared';
import { DeploymentPlan, Json } from './plan';

/**
 * The HorizontalPodAutoscaler of the zero-touch document: at 70 % of CPU or 80 % of memory, at most four pods more a minute and never
 * more than twice as many, one pod less in two minutes. Undefined where the number is fixed.
 */
export function autoscaler({ childName, minReplicas, maxReplicas, serving }: DeploymentPlan): Json | undefined {
  if (maxReplicas <= minReplicas) return undefined;
  return {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: childName },
      minReplicas,
      maxReplicas,
      metrics: metrics(serving.autoscaling?.metrics ?? []),
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
    },
  };
}

function metrics(given: readonly ScalingMetric[]): Json[] {
  if (given.length === 0) return [utilization('cpu', 70), utilization('memory', 80)];
  return given.map(({ type, name, targetAverageUtilization, targetValue }) =>
    name === undefined
      ? utilization(type, targetAverageUtilization ?? 70)
      : { type: 'Pods', pods: { metric: { name }, target: { type: 'AverageValue', averageValue: targetValue } } },
  );
}

function utilization(name: string, averageUtilization: number): Json {
  return { type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } };
}

/** The budget where two replicas always run: one may be away. With one, any budget blocks every drain or protects nothing. */
export function disruptionBudget({ minReplicas, selector }: DeploymentPlan): Json | undefined {
  if (minReplicas < 2) return undefined;
  return {
    spec: { maxUnavailable: 1, selector: { matchLabels: selector }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  };
}
