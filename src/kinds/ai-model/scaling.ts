import { Construct } from 'constructs';
import { ScalingMetric, ScalingMetricType } from '../../api/generated/shared';
import { fail } from '../../contracts/errors';
import { parseQuantity } from '../../contracts/quantity';
import { lookup } from '../../contracts/lookup';
import { promSelector } from '../../contracts/quoting';
import { SERIES } from '../metrics/custom-metrics';
import { MODEL_SCALING_BEHAVIOUR } from '../metrics/model-autoscaler';
import { Json, ModelPlan, serverSelector } from './plan';
import { ModelScaler } from './settings';

const DEFAULT_METRICS: ScalingMetric[] = [{ type: ScalingMetricType.CPU, targetAverageUtilization: 70 }];

/**
 * What scales a model: one HorizontalPodAutoscaler, or one ScaledObject of KEDA, which makes its own. Undefined when the number of
 * replicas is fixed.
 *
 * @throws InvalidInputError when the figure that is followed has nothing to be compared with
 */
export function autoscaler(plan: ModelPlan, scope: Construct): Json | undefined {
  if (!plan.autoscaling) return undefined;
  const given = plan.autoscaling.metrics ?? [];
  const metrics = given.length > 0 ? given : DEFAULT_METRICS;
  checkMetrics(scope, plan, metrics);
  return plan.settings.scaler === ModelScaler.KEDA
    ? scaledObject(scope, plan, metrics)
    : horizontalPodAutoscaler(plan, metrics);
}

function horizontalPodAutoscaler(plan: ModelPlan, metrics: readonly ScalingMetric[]): Json {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: plan.serverName, namespace: plan.namespace, labels: plan.labels },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: plan.deploymentName },
      minReplicas: plan.minReplicas,
      maxReplicas: plan.maxReplicas,
      metrics: metrics.map(({ type, name, targetAverageUtilization, targetValue }) =>
        type === ScalingMetricType.CUSTOM
          ? {
              type: 'Pods',
              pods: {
                metric: { name },
                target: { type: 'AverageValue', averageValue: quantityText(targetValue) },
              },
            }
          : {
              type: 'Resource',
              resource: { name: type, target: { type: 'Utilization', averageUtilization: targetAverageUtilization } },
            },
      ),
      behavior: MODEL_SCALING_BEHAVIOUR,
    },
  };
}

function scaledObject(scope: Construct, plan: ModelPlan, metrics: readonly ScalingMetric[]): Json {
  const { prometheusUrl } = plan.settings;
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: plan.serverName, namespace: plan.namespace, labels: plan.labels },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: plan.deploymentName },
      minReplicaCount: plan.minReplicas,
      maxReplicaCount: plan.maxReplicas,
      advanced: { horizontalPodAutoscalerConfig: { behavior: MODEL_SCALING_BEHAVIOUR } },
      triggers: metrics.map(({ type, name = '', targetAverageUtilization, targetValue }, index) => {
        if (type !== ScalingMetricType.CUSTOM) {
          return { type, metricType: 'Utilization', metadata: { value: String(targetAverageUtilization) } };
        }
        if (prometheusUrl === undefined) {
          const fix = 'set prometheusUrl in the settings of the platform, or scale by cpu or memory';
          fail(scope, `serving.autoscaling.metrics[${index}]`, 'must be cpu or memory without Prometheus', name, fix);
        }
        const selector = promSelector({ namespace: plan.namespace, model_name: plan.name });
        return {
          type: 'prometheus',
          metricType: 'AverageValue',
          metadata: {
            serverAddress: prometheusUrl,
            // the names that the metrics adapter has are those of recorded series
            query: `sum(${lookup(SERIES, name) ?? name}${selector})`,
            threshold: plainNumber(quantityText(targetValue)),
          },
        };
      }),
    },
  };
}

function checkMetrics(scope: Construct, { spec }: ModelPlan, metrics: readonly ScalingMetric[]): void {
  const { requests, limits } = spec.serving.resources;
  metrics.forEach(({ type, name, targetAverageUtilization, targetValue }, index) => {
    const prop = `serving.autoscaling.metrics[${index}]`;
    if (type === ScalingMetricType.CUSTOM) {
      const target = targetValue === undefined ? undefined : quantityText(targetValue);
      if (name !== undefined && target !== undefined && Number(plainNumber(target)) > 0) return;
      fail(scope, prop, 'must have a name and a targetValue above 0', target ?? name, 'set both');
    }
    if (targetAverageUtilization === undefined) {
      fail(scope, prop, 'must have a target', undefined, 'set targetAverageUtilization');
    }
    if ({ ...limits, ...requests }[type] !== undefined) return;
    const rule = `must follow a resource that replicas request, since ${type} is measured in percent of the request`;
    fail(scope, prop, rule, type, `set serving.resources.requests.${type}`);
  });
}

/** A quantity of a spec, which is text or a number in JSON. */
function quantityText(quantity: unknown): string {
  return String(quantity);
}

/** A quantity without its unit; KEDA wants a number. */
function plainNumber(quantity: string): string {
  const number = parseQuantity(quantity);
  return number === undefined ? quantity : String(Number(number.toPrecision(15)));
}

/**
 * The budget of a model whose replicas are never fewer than two: one may be away while nodes are drained. With one replica any
 * budget either blocks every drain or protects nothing, so there is none.
 */
export function disruptionBudget(plan: ModelPlan): Json | undefined {
  if (plan.minReplicas < 2) return undefined;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: plan.serverName, namespace: plan.namespace, labels: plan.labels },
    spec: {
      maxUnavailable: 1,
      // pods that are broken anyway do not block a drain
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: serverSelector(plan.name) },
    },
  };
}
