// Generated from src/api/kinds by scripts/generate-api.ts. Do not edit.

import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked, checkedEnum } from '../../contracts/checked';
import { INamespace } from '../../contracts/namespace';
import { AB_TEST } from '../kinds/ab-test';
import { addTypedObject } from '../platform-resource';
import { Condition, ModelReference, toJson_ModelReference } from './shared';

/** The name and place of the object, and its spec. */
export interface ABTestProps extends ABTestSpec {
  /**
   * Name of the object.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /** Namespace of the object. */
  readonly namespace: INamespace;
  /**
   * Labels of the object.
   *
   * @default - those of the chart
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * Annotations of the object.
   *
   * @default - none
   */
  readonly annotations?: { readonly [key: string]: string };
}

/**
 * Models that share the traffic of one address until a metric says which is better.
 *
 * The object is nstarx.io/v1alpha1 ABTest. It takes at least variants, metric.
 *
 * @example
 * new ABTest(chart, 'example', {
 *   namespace: platform.teams.ml,
 *   variants: [
 *     { name: 'current', modelRef: { name: 'fraud-detector', version: '3.0' }, weight: 90, control: true },
 *     { name: 'candidate', modelRef: { name: 'fraud-detector', version: '3.1' }, weight: 10 },
 *   ],
 *   stickiness: { type: ABTestStickinessType.HEADER, name: 'x-customer-id' },
 *   metric: { name: 'fraud_caught_total', type: ABTestMetricType.RATIO, goal: ABTestGoal.MAXIMIZE, minimumEffect: 0.01 },
 *   guardrails: [{ name: 'inference_latency_p95_seconds', max: 0.25 }],
 *   duration: '7d',
 *   promotion: { strategy: PromotionStrategy.AUTOMATIC, steps: [25, 50, 100] },
 * });
 */
@checked('ABTest')
export class ABTest extends Construct {
  /** The object. */
  public readonly resource: ApiObject;
  /** Name of the object. */
  public readonly name: string;

  /** @throws InvalidInputError when the API server would refuse the object; it names every field that is wrong */
  public constructor(scope: Construct, id: string, props: ABTestProps) {
    super(scope, id);
    this.resource = addTypedObject(this, AB_TEST, props, toJson_ABTestSpec(props));
    this.name = this.resource.name;
  }
}

/**
 * Desired state.
 */
export interface ABTestSpec {
  /**
   * Host name of the address: `<label>--<namespace>` below the domain of the platform, or one that the platform grants to the namespace.
   *
   * @default - `<name>--<namespace>` below the domain of the platform
   */
  readonly host?: string;

  /**
   * Prefix of the paths that are shared.
   *
   * @default '/'
   */
  readonly path?: string;

  /**
   * The models that are compared.
   */
  readonly variants: ABTestVariant[];

  /**
   * Keep each user with one variant.
   *
   * @default - each request is shared out anew
   */
  readonly stickiness?: ABTestStickiness;

  /**
   * The figure that decides.
   */
  readonly metric: ABTestMetric;

  /**
   * Figures that must not become worse; when one does, the control gets all traffic.
   *
   * @default - none
   */
  readonly guardrails?: ABTestGuardrail[];

  /**
   * How sure a result must be.
   *
   * @default - the defaults of its fields
   */
  readonly significance?: ABTestSignificance;

  /**
   * How long the test runs at most.
   *
   * @default '14d'
   */
  readonly duration?: string;

  /**
   * What happens when the test ends.
   *
   * @default - the defaults of its fields
   */
  readonly promotion?: ABTestPromotion;

  /**
   * AIZone in which older versions that lived in it run again; its author must be allowed to use it.
   *
   * @default - none: a version that lived in a zone is refused
   */
  readonly zone?: string;

  /**
   * Give all traffic to the control.
   *
   * @default false
   */
  readonly suspend?: boolean;
}

/**
 * Converts an object of type 'ABTestSpec' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ABTestSpec(obj: ABTestSpec | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    host: obj.host,
    path: obj.path,
    variants: obj.variants?.map((y) => toJson_ABTestVariant(y)),
    stickiness: toJson_ABTestStickiness(obj.stickiness),
    metric: toJson_ABTestMetric(obj.metric),
    guardrails: obj.guardrails?.map((y) => toJson_ABTestGuardrail(y)),
    significance: toJson_ABTestSignificance(obj.significance),
    duration: obj.duration,
    promotion: toJson_ABTestPromotion(obj.promotion),
    zone: obj.zone,
    suspend: obj.suspend,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * One of the models that are compared.
 */
export interface ABTestVariant {
  /**
   * Name of the variant.
   */
  readonly name: string;

  /**
   * Model that answers.
   */
  readonly modelRef: ModelReference;

  /**
   * Percentage of the requests that it gets.
   * At least 0, at most 100.
   */
  readonly weight: number;

  /**
   * The others are compared with this one.
   *
   * @default false
   */
  readonly control?: boolean;
}

/**
 * Converts an object of type 'ABTestVariant' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ABTestVariant(obj: ABTestVariant | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    modelRef: toJson_ModelReference(obj.modelRef),
    weight: obj.weight,
    control: obj.control,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Keep each user with one variant.
 */
export interface ABTestStickiness {
  /**
   * What tells users apart.
   *
   * @default 'header'
   */
  readonly type?: ABTestStickinessType;

  /**
   * Name of the header or cookie.
   *
   * @default 'x-user-id'
   */
  readonly name?: string;
}

/**
 * Converts an object of type 'ABTestStickiness' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ABTestStickiness(obj: ABTestStickiness | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    type: obj.type,
    name: obj.name,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * The figure that decides.
 */
export interface ABTestMetric {
  /**
   * Name of the metric; it has the label `variant`.
   */
  readonly name: string;

  /**
   * What is compared: the share of successes, the mean, or a percentile of a histogram.
   *
   * @default 'ratio'
   */
  readonly type?: ABTestMetricType;

  /**
   * percentile: which one.
   * More than 0, at most 100.
   *
   * @default - none
   */
  readonly percentile?: number;

  /**
   * Which direction is better.
   */
  readonly goal: ABTestGoal;

  /**
   * Relative difference below which variants count as equal.
   * At least 0, at most 1.
   *
   * @default 0
   */
  readonly minimumEffect?: number;
}

/**
 * Converts an object of type 'ABTestMetric' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ABTestMetric(obj: ABTestMetric | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    type: obj.type,
    percentile: obj.percentile,
    goal: obj.goal,
    minimumEffect: obj.minimumEffect,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * A bound for a figure of each variant.
 */
export interface ABTestGuardrail {
  /**
   * Name of the metric.
   */
  readonly name: string;

  /**
   * Greatest value.
   *
   * @default - none
   */
  readonly max?: number;

  /**
   * Least value.
   *
   * @default - none
   */
  readonly min?: number;
}

/**
 * Converts an object of type 'ABTestGuardrail' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ABTestGuardrail(obj: ABTestGuardrail | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    max: obj.max,
    min: obj.min,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * How sure a result must be.
 */
export interface ABTestSignificance {
  /**
   * Level of significance: the accepted chance of a false difference.
   * More than 0, at most 0.5.
   *
   * @default 0.05
   */
  readonly level?: number;

  /**
   * Chance that a real difference is found.
   * At least 0, at most 1.
   *
   * @default 0.8
   */
  readonly power?: number;

  /**
   * Requests that each variant must have had.
   * At least 1.
   *
   * @default 1000
   */
  readonly minimumSamples?: number;
}

/**
 * Converts an object of type 'ABTestSignificance' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ABTestSignificance(obj: ABTestSignificance | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    level: obj.level,
    power: obj.power,
    minimumSamples: obj.minimumSamples,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What happens when the test ends.
 */
export interface ABTestPromotion {
  /**
   * manual: the weights stay. automatic: the better variant gets all traffic.
   *
   * @default 'manual'
   */
  readonly strategy?: PromotionStrategy;

  /**
   * automatic: what happens when no variant is better.
   *
   * @default 'return-to-control'
   */
  readonly onInconclusive?: InconclusiveAction;

  /**
   * automatic: percentages that the better variant passes through, ascending.
   *
   * @default - all at once
   */
  readonly steps?: number[];

  /**
   * Time between two steps.
   *
   * @default '10m'
   */
  readonly interval?: string;
}

/**
 * Converts an object of type 'ABTestPromotion' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ABTestPromotion(obj: ABTestPromotion | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    strategy: obj.strategy,
    onInconclusive: obj.onInconclusive,
    steps: obj.steps?.map((y) => y),
    interval: obj.interval,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What tells users apart.
 */
export enum ABTestStickinessType {
  /** header */
  HEADER = 'header',
  /** cookie */
  COOKIE = 'cookie',
}
checkedEnum('ABTestStickinessType', ABTestStickinessType);

/**
 * What is compared: the share of successes, the mean, or a percentile of a histogram.
 */
export enum ABTestMetricType {
  /** ratio */
  RATIO = 'ratio',
  /** mean */
  MEAN = 'mean',
  /** percentile */
  PERCENTILE = 'percentile',
}
checkedEnum('ABTestMetricType', ABTestMetricType);

/**
 * Which direction is better.
 */
export enum ABTestGoal {
  /** maximize */
  MAXIMIZE = 'maximize',
  /** minimize */
  MINIMIZE = 'minimize',
}
checkedEnum('ABTestGoal', ABTestGoal);

/**
 * manual: the weights stay. automatic: the better variant gets all traffic.
 */
export enum PromotionStrategy {
  /** manual */
  MANUAL = 'manual',
  /** automatic */
  AUTOMATIC = 'automatic',
}
checkedEnum('PromotionStrategy', PromotionStrategy);

/**
 * automatic: what happens when no variant is better.
 */
export enum InconclusiveAction {
  /** keep-weights */
  KEEP_WEIGHTS = 'keep-weights',
  /** return-to-control */
  RETURN_TO_CONTROL = 'return-to-control',
}
checkedEnum('InconclusiveAction', InconclusiveAction);

/**
 * What was observed.
 */
export interface ABTestStatus {
  /**
   * Generation of the object that this status refers to.
   * At least 0.
   *
   * @default - none
   */
  readonly observedGeneration?: number;

  /**
   * The state as one word; the conditions say more.
   *
   * @default - none
   */
  readonly phase?: ABTestStatusPhase;

  /**
   * When traffic was first shared.
   *
   * @default - none
   */
  readonly startTime?: string;

  /**
   * When the test ended.
   *
   * @default - none
   */
  readonly endTime?: string;

  /**
   * Variant that was better.
   *
   * @default - none
   */
  readonly winner?: string;

  /**
   * Chance of the difference that was seen, if there were none.
   * At least 0, at most 1.
   *
   * @default - none
   */
  readonly pValue?: number;

  /**
   * Address that is shared.
   *
   * @default - none
   */
  readonly url?: string;

  /**
   * What was observed of each variant.
   *
   * @default - none
   */
  readonly variants?: ABTestStatusVariants[];

  /**
   * What is known about the object, one entry per aspect.
   *
   * @default - none
   */
  readonly conditions?: Condition[];
}

/**
 * The state as one word; the conditions say more.
 */
export enum ABTestStatusPhase {
  /** Pending */
  PENDING = 'Pending',
  /** Running */
  RUNNING = 'Running',
  /** Promoting */
  PROMOTING = 'Promoting',
  /** Completed */
  COMPLETED = 'Completed',
  /** Inconclusive */
  INCONCLUSIVE = 'Inconclusive',
  /** Aborted */
  ABORTED = 'Aborted',
  /** Suspended */
  SUSPENDED = 'Suspended',
  /** Failed */
  FAILED = 'Failed',
}

/**
 * A variant.
 */
export interface ABTestStatusVariants {
  /**
   * Name of the variant.
   */
  readonly name: string;

  /**
   * Percentage of the requests that it gets now.
   * At least 0, at most 100.
   *
   * @default - none
   */
  readonly weight?: number;

  /**
   * Requests that it has had.
   * At least 0.
   *
   * @default - none
   */
  readonly samples?: number;

  /**
   * Its figure.
   *
   * @default - none
   */
  readonly value?: number;
}
