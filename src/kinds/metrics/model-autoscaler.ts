import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checkOrder, checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { dnsLabel } from '../../contracts/names';
import { ScaleTarget } from '../../constructs/scaling/horizontal-scaling';

/** Options of a model's autoscaler. */
export interface ModelAutoscalerProps {
  /**
   * What is scaled. It must not say how many replicas it has. KServe names the Deployment of an InferenceService
   * `<name>-predictor`; that one must have the annotation `serving.kserve.io/autoscalerClass: external`, or KServe's own
   * autoscaler fights this one.
   */
  readonly target: ScaleTarget;
  /**
   * Name of the autoscaler.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Smallest number of pods.
   *
   * @default 3
   */
  readonly minReplicas?: number;
  /**
   * Largest number of pods.
   *
   * @default 50
   */
  readonly maxReplicas?: number;
  /**
   * CPU that the pods are to use, in percent of what they request.
   *
   * @default 70
   */
  readonly cpuPercent?: number;
  /**
   * Memory that the pods are to use, in percent of what they request; 0 for memory not to count.
   *
   * @default 80
   */
  readonly memoryPercent?: number;
  /**
   * Requests a second that each pod is to answer (`inference_requests_per_second` of `NeuralPlatform`); 0 for them not to count.
   *
   * @default 1000
   */
  readonly requestsPerSecond?: number;
}

/**
 * How fast model servers are scaled: after a minute at most the larger of ten pods a minute and a doubling each half minute are
 * added; after five minutes at most half is removed each minute.
 */
export const MODEL_SCALING_BEHAVIOUR = {
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
  },
  scaleUp: {
    stabilizationWindowSeconds: 60,
    policies: [
      { type: 'Percent', value: 100, periodSeconds: 30 },
      { type: 'Pods', value: 10, periodSeconds: 60 },
    ],
  },
};

const FIX = 'correct it';

/**
 * The autoscaler of a model server, by CPU, memory and requests. After a minute it adds at most the larger of ten pods a minute
 * and a doubling each half minute; after five minutes it removes at most half a minute.
 *
 * @example
 * new ModelAutoscaler(chart, 'fraud-model', { target: { namespace: 'model-serving', name: 'fraud-model-predictor' } });
 */
@checked('ModelAutoscaler')
export class ModelAutoscaler extends Construct {
  /** The HorizontalPodAutoscaler. */
  public readonly autoscaler: ApiObject;

  /** @throws InvalidInputError when a bound or target is wrong */
  public constructor(scope: Construct, id: string, props: ModelAutoscalerProps) {
    super(scope, id);
    const { target } = props;
    const min = checkWhole(this, 'minReplicas', props.minReplicas ?? 3, 1, 10_000, FIX);
    const max = checkWhole(this, 'maxReplicas', props.maxReplicas ?? Math.max(50, min), 1, 10_000, FIX);
    checkOrder(
      this,
      { prop: 'minReplicas', given: props.minReplicas, value: min },
      { prop: 'maxReplicas', given: props.maxReplicas, value: max },
    );
    this.autoscaler = new k8s.KubeHorizontalPodAutoscalerV2(this, 'Resource', {
      metadata: {
        name: dnsLabel(this, 'name', props.name ?? id),
        namespace: dnsLabel(this, 'target.namespace', target.namespace),
      },
      spec: {
        scaleTargetRef: {
          apiVersion: target.apiVersion ?? 'apps/v1',
          kind: target.kind ?? 'Deployment',
          name: dnsLabel(this, 'target.name', target.name),
        },
        minReplicas: min,
        maxReplicas: max,
        metrics: this.metrics(props),
        behavior: MODEL_SCALING_BEHAVIOUR,
      },
    });
  }

  private metrics(props: ModelAutoscalerProps): k8s.MetricSpecV2[] {
    const metrics: k8s.MetricSpecV2[] = [];
    for (const [name, prop, percent] of [
      ['cpu', 'cpuPercent', props.cpuPercent ?? 70],
      ['memory', 'memoryPercent', props.memoryPercent ?? 80],
    ] as const) {
      if (checkWhole(this, prop, percent, name === 'cpu' ? 1 : 0, 1000, FIX) === 0) continue;
      metrics.push({
        type: 'Resource',
        resource: { name, target: { type: 'Utilization', averageUtilization: percent } },
      });
    }
    const requests = checkWhole(this, 'requestsPerSecond', props.requestsPerSecond ?? 1000, 0, 1_000_000, FIX);
    if (requests === 0) return metrics;
    metrics.push({
      type: 'Pods',
      pods: {
        metric: { name: 'inference_requests_per_second' },
        target: { type: 'AverageValue', averageValue: k8s.Quantity.fromString(String(requests)) },
      },
    });
    return metrics;
  }
}
