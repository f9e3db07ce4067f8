// Generated from src/api/kinds by scripts/generate-api.ts. Do not edit.
import { checkedEnum } from '../../contracts/checked';
/**
 * A Secret in the namespace of the object.
 */
export interface SecretRef {
  /**
   * Name of the Secret, in the namespace of this object.
   */
  readonly name: string;
}

/**
 * Converts an object of type 'SecretRef' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
export function toJson_SecretRef(obj: SecretRef | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Amounts of CPU, memory and extended resources.
 */
export interface ComputeResources {
  /**
   * What the scheduler reserves for each replica.
   *
   * @default - none
   */
  readonly requests?: { readonly [key: string]: string };

  /**
   * What a replica may use at most.
   *
   * @default - none
   */
  readonly limits?: { readonly [key: string]: string };
}

/**
 * Converts an object of type 'ComputeResources' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
export function toJson_ComputeResources(obj: ComputeResources | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    requests:
      obj.requests === undefined
        ? undefined
        : Object.entries(obj.requests).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
    limits:
      obj.limits === undefined
        ? undefined
        : Object.entries(obj.limits).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Where the figure comes from.
 */
export enum ScalingMetricType {
  /** cpu */
  CPU = 'cpu',
  /** memory */
  MEMORY = 'memory',
  /** custom */
  CUSTOM = 'custom',
}
checkedEnum('ScalingMetricType', ScalingMetricType);

/**
 * A figure that replicas are scaled by.
 */
export interface ScalingMetric {
  /**
   * Where the figure comes from.
   */
  readonly type: ScalingMetricType;

  /**
   * Name of a custom metric, as the metrics adapter serves it.
   *
   * @default - none
   */
  readonly name?: string;

  /**
   * Percentage of the request that the replicas use on average.
   * At least 1, at most 100.
   *
   * @default - none
   */
  readonly targetAverageUtilization?: number;

  /**
   * Mean value of the custom metric per replica. A Kubernetes quantity, such as `500m` or `2Gi`.
   *
   * @default - none
   */
  readonly targetValue?: string;
}

/**
 * Converts an object of type 'ScalingMetric' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
export function toJson_ScalingMetric(obj: ScalingMetric | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    type: obj.type,
    name: obj.name,
    targetAverageUtilization: obj.targetAverageUtilization,
    targetValue: obj.targetValue,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Bounds of the number of replicas, and what it follows.
 */
export interface Autoscaling {
  /**
   * Whether replicas follow the load.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Replicas that always run.
   * At least 1, at most 1000.
   *
   * @default 1
   */
  readonly minReplicas?: number;

  /**
   * Replicas that run at most.
   * At least 1, at most 1000.
   */
  readonly maxReplicas: number;

  /**
   * What the load is measured by; the metric that wants most replicas wins.
   *
   * @default - the mean use of CPU at 70 %
   */
  readonly metrics?: ScalingMetric[];
}

/**
 * Converts an object of type 'Autoscaling' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
export function toJson_Autoscaling(obj: Autoscaling | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    minReplicas: obj.minReplicas,
    maxReplicas: obj.maxReplicas,
    metrics: obj.metrics?.map((y) => toJson_ScalingMetric(y)),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Measure of the distance.
 */
export enum DriftMethod {
  /** kolmogorov-smirnov */
  KOLMOGOROV_SMIRNOV = 'kolmogorov-smirnov',
  /** population-stability-index */
  POPULATION_STABILITY_INDEX = 'population-stability-index',
  /** jensen-shannon */
  JENSEN_SHANNON = 'jensen-shannon',
}
checkedEnum('DriftMethod', DriftMethod);

/**
 * Whether it holds.
 */
export enum ConditionStatus {
  /** True */
  TRUE = 'True',
  /** False */
  FALSE = 'False',
  /** Unknown */
  UNKNOWN = 'Unknown',
}
checkedEnum('ConditionStatus', ConditionStatus);

/**
 * An aspect of the state.
 */
export interface Condition {
  /**
   * The aspect, in CamelCase.
   */
  readonly type: string;

  /**
   * Whether it holds.
   */
  readonly status: ConditionStatus;

  /**
   * The machine-readable reason, in CamelCase.
   *
   * @default - none
   */
  readonly reason?: string;

  /**
   * A human-readable message.
   *
   * @default - none
   */
  readonly message?: string;

  /**
   * Generation of the object that this refers to.
   * At least 0.
   *
   * @default - none
   */
  readonly observedGeneration?: number;

  /**
   * When the status last changed.
   *
   * @default - none
   */
  readonly lastTransitionTime?: string;
}

/**
 * Converts an object of type 'Condition' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
export function toJson_Condition(obj: Condition | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    type: obj.type,
    status: obj.status,
    reason: obj.reason,
    message: obj.message,
    observedGeneration: obj.observedGeneration,
    lastTransitionTime: obj.lastTransitionTime,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What happens when a run is due while one is under way.
 */
export enum RunConcurrencyPolicy {
  /** Allow */
  ALLOW = 'Allow',
  /** Forbid */
  FORBID = 'Forbid',
  /** Replace */
  REPLACE = 'Replace',
}
checkedEnum('RunConcurrencyPolicy', RunConcurrencyPolicy);

/**
 * model: model whose answer is the value.
 */
export interface ModelReference {
  /**
   * AIModel in the same namespace.
   */
  readonly name: string;

  /**
   * Version of the model.
   *
   * @default - the one that is served
   */
  readonly version?: string;
}

/**
 * Converts an object of type 'ModelReference' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
export function toJson_ModelReference(obj: ModelReference | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    version: obj.version,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
