import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checkOrder, checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { dnsLabel } from '../../contracts/names';

/** What is scaled or protected, by name. */
export interface ScaleTarget {
  /** Namespace. */
  readonly namespace: string;
  /** Name. */
  readonly name: string;
  /**
   * Kind.
   *
   * @default 'Deployment'
   */
  readonly kind?: string;
  /**
   * API version.
   *
   * @default 'apps/v1'
   */
  readonly apiVersion?: string;
}

/** Options of horizontal scaling. */
export interface HorizontalScalingProps {
  /** What is scaled. It must not say how many replicas it has. */
  readonly target: ScaleTarget;
  /** Largest number of pods. */
  readonly maxReplicas: number;
  /**
   * Smallest number of pods.
   *
   * @default 2
   */
  readonly minReplicas?: number;
  /**
   * CPU that the pods are to use, in percent of what they request.
   *
   * @default - 70 unless memory is given
   */
  readonly cpuPercent?: number;
  /**
   * Memory that the pods are to use, in percent of what they request. Few programs give memory back, so they may never be
   * scaled in again.
   *
   * @default - memory does not count
   */
  readonly memoryPercent?: number;
  /**
   * Most pods that are added in a minute; a doubling is always allowed.
   *
   * @default 4
   */
  readonly scaleUpPods?: number;
  /**
   * Seconds that fewer pods must have sufficed before any is removed.
   *
   * @default 300
   */
  readonly scaleDownStabilizationSeconds?: number;
}

/**
 * A HorizontalPodAutoscaler by CPU, memory or both. It adds pods fast, at most the larger of `scaleUpPods` and a doubling
 * each minute, and removes at most a tenth of them a minute.
 *
 * @example
 * new HorizontalScaling(chart, 'worker-scaling', {
 *   target: { namespace: 'app-core-team', name: 'worker', apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
 *   minReplicas: 2,
 *   maxReplicas: 12,
 * });
 */
@checked('HorizontalScaling')
export class HorizontalScaling extends Construct {
  /** The HorizontalPodAutoscaler. It has the name of what it scales. */
  public readonly autoscaler: ApiObject;

  /** @throws InvalidInputError when a bound or a percentage is wrong */
  public constructor(scope: Construct, id: string, props: HorizontalScalingProps) {
    super(scope, id);
    const { target } = props;
    const max = checkWhole(this, 'maxReplicas', props.maxReplicas, 1, 10_000, 'give the largest number of pods');
    const min = props.minReplicas ?? Math.min(2, max);
    checkWhole(this, 'minReplicas', min, 1, 10_000, 'to scale to nothing, use KEDA');
    checkOrder(
      this,
      { prop: 'minReplicas', given: props.minReplicas, value: min },
      { prop: 'maxReplicas', given: max, value: max },
    );
    const cpu = props.cpuPercent ?? (props.memoryPercent === undefined ? 70 : undefined);
    const metrics = [...this.utilization('cpu', cpu), ...this.utilization('memory', props.memoryPercent)];
    this.autoscaler = new k8s.KubeHorizontalPodAutoscalerV2(this, 'Resource', {
      metadata: {
        name: dnsLabel(this, 'target.name', target.name),
        namespace: dnsLabel(this, 'target.namespace', target.namespace),
      },
      spec: {
        scaleTargetRef: {
          apiVersion: target.apiVersion ?? 'apps/v1',
          kind: target.kind ?? 'Deployment',
          name: target.name,
        },
        minReplicas: min,
        maxReplicas: props.maxReplicas,
        metrics,
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [
              {
                type: 'Pods',
                value: checkWhole(this, 'scaleUpPods', props.scaleUpPods ?? 4, 1, 10_000, 'give a number of pods'),
                periodSeconds: 60,
              },
              { type: 'Percent', value: 100, periodSeconds: 60 },
            ],
          },
          scaleDown: {
            stabilizationWindowSeconds: checkWhole(
              this,
              'scaleDownStabilizationSeconds',
              props.scaleDownStabilizationSeconds ?? 300,
              0,
              3600,
              'give seconds',
            ),
            policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
          },
        },
      },
    });
  }

  private utilization(name: string, percent: number | undefined): k8s.MetricSpecV2[] {
    if (percent === undefined) return [];
    // above 100 is allowed: requests are not limits
    checkWhole(this, `${name}Percent`, percent, 1, 1000, 'give percent of what the pods request');
    return [{ type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization: percent } } }];
  }
}
