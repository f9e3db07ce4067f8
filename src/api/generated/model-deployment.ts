// Generated from src/api/kinds by scripts/generate-api.ts. Do not edit.

import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked, checkedEnum } from '../../contracts/checked';
import { INamespace } from '../../contracts/namespace';
import { MODEL_DEPLOYMENT } from '../kinds/model-deployment';
import { addTypedObject } from '../platform-resource';
import {
  ComputeResources,
  toJson_ComputeResources,
  Autoscaling,
  toJson_Autoscaling,
  DriftMethod,
  Condition,
} from './shared';

/** The name and place of the object, and its spec. */
export interface ModelDeploymentProps extends ModelDeploymentSpec {
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
 * A trained model with the evidence that the policy gate asks for, before it is built, scanned, signed, registered and deployed.
 *
 * The object is mlifecycle.io/v1 ModelDeployment. It takes at least model, metrics.
 *
 * @example
 * new ModelDeployment(chart, 'example', {
 *   namespace: platform.teams.ml,
 *   model: {
 *     name: 'churn',
 *     version: '1.4.0',
 *     framework: DeployedFramework.XGBOOST,
 *     owner: 'growth-ml',
 *     card: 'MODEL_CARD.md',
 *   },
 *   metrics: { accuracy: 0.91, f1Score: 0.88 },
 *   fairness: { demographicParity: 0.04, protectedAttributes: ['age_group'] },
 *   drift: { score: 0.07, method: DriftMethod.POPULATION_STABILITY_INDEX, measuredAt: '2026-11-28T09:00:00Z' },
 *   dependencies: [{ name: 'xgboost', version: '2.1.4' }],
 * });
 */
@checked('ModelDeployment')
export class ModelDeployment extends Construct {
  /** The object. */
  public readonly resource: ApiObject;
  /** Name of the object. */
  public readonly name: string;

  /** @throws InvalidInputError when the API server would refuse the object; it names every field that is wrong */
  public constructor(scope: Construct, id: string, props: ModelDeploymentProps) {
    super(scope, id);
    this.resource = addTypedObject(this, MODEL_DEPLOYMENT, props, toJson_ModelDeploymentSpec(props));
    this.name = this.resource.name;
  }
}

/**
 * Desired state.
 */
export interface ModelDeploymentSpec {
  /**
   * The model.
   */
  readonly model: DeployedModel;

  /**
   * Figures of the model as its author measured them; the policy gate has bounds for them.
   */
  readonly metrics: DeploymentMetrics;

  /**
   * Differences between groups of persons; 0 is none.
   *
   * @default - none, which the policy gate refuses
   */
  readonly fairness?: FairnessMetrics;

  /**
   * How far the data has moved since the training.
   *
   * @default - none, which the policy gate refuses
   */
  readonly drift?: DriftEvidence;

  /**
   * Libraries that the service has; the policy gate has a list of those allowed.
   *
   * @default - those of the lock file
   */
  readonly dependencies?: ModelDependency[];

  /**
   * How the model is served.
   *
   * @default - the sizes of the environment
   */
  readonly serving?: DeploymentServing;

  /**
   * What is scraped, and what is promised; alerts hold the service to it.
   *
   * @default - scraped, with the defaults
   */
  readonly monitoring?: DeploymentMonitoring;

  /**
   * Former version that is served in place of this one; it is among the revisions in the status.
   *
   * @default - none
   */
  readonly rollbackTo?: string;
}

/**
 * Converts an object of type 'ModelDeploymentSpec' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ModelDeploymentSpec(obj: ModelDeploymentSpec | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    model: toJson_DeployedModel(obj.model),
    metrics: toJson_DeploymentMetrics(obj.metrics),
    fairness: toJson_FairnessMetrics(obj.fairness),
    drift: toJson_DriftEvidence(obj.drift),
    dependencies: obj.dependencies?.map((y) => toJson_ModelDependency(y)),
    serving: toJson_DeploymentServing(obj.serving),
    monitoring: toJson_DeploymentMonitoring(obj.monitoring),
    rollbackTo: obj.rollbackTo,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * The model.
 */
export interface DeployedModel {
  /**
   * Name of the model.
   */
  readonly name: string;

  /**
   * Version of the model.
   */
  readonly version: string;

  /**
   * Library that the model was made with.
   */
  readonly framework: DeployedFramework;

  /**
   * What the model does.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Team or person who answers for it.
   *
   * @default - none
   */
  readonly owner?: string;

  /**
   * Where the model card is: its path beside the manifest, or an address. It says what the model is for and where it fails.
   *
   * @default - none
   */
  readonly card?: string;

  /**
   * The trained model.
   *
   * @default - what the repository has beside the manifest
   */
  readonly artifact?: ModelArtifact;
}

/**
 * Converts an object of type 'DeployedModel' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_DeployedModel(obj: DeployedModel | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    version: obj.version,
    framework: obj.framework,
    description: obj.description,
    owner: obj.owner,
    card: obj.card,
    artifact: toJson_ModelArtifact(obj.artifact),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Figures of the model as its author measured them; the policy gate has bounds for them.
 */
export interface DeploymentMetrics {
  /**
   * Share of right answers.
   * At least 0, at most 1.
   */
  readonly accuracy: number;

  /**
   * Harmonic mean of precision and recall.
   * At least 0, at most 1.
   */
  readonly f1Score: number;

  /**
   * Share of right ones among the positive answers.
   * At least 0, at most 1.
   *
   * @default - none
   */
  readonly precision?: number;

  /**
   * Share of the positive cases that were found.
   * At least 0, at most 1.
   *
   * @default - none
   */
  readonly recall?: number;

  /**
   * Area under the ROC curve.
   * At least 0, at most 1.
   *
   * @default - none
   */
  readonly aucRoc?: number;

  /**
   * Milliseconds that 95 % of the answers take at most.
   * At least 0.
   *
   * @default - none
   */
  readonly latencyP95Ms?: number;
}

/**
 * Converts an object of type 'DeploymentMetrics' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_DeploymentMetrics(obj: DeploymentMetrics | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    accuracy: obj.accuracy,
    f1_score: obj.f1Score,
    precision: obj.precision,
    recall: obj.recall,
    auc_roc: obj.aucRoc,
    latency_p95_ms: obj.latencyP95Ms,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Differences between groups of persons; 0 is none.
 */
export interface FairnessMetrics {
  /**
   * Difference of the shares of positive answers.
   * At least 0, at most 1.
   *
   * @default - none
   */
  readonly demographicParity?: number;

  /**
   * Greatest difference of the true or false positive rates.
   * At least 0, at most 1.
   *
   * @default - none
   */
  readonly equalizedOdds?: number;

  /**
   * Difference of the true positive rates.
   * At least 0, at most 1.
   *
   * @default - none
   */
  readonly equalOpportunity?: number;

  /**
   * Ratio of the shares of positive answers; 1 is none.
   * At least 0, at most 10.
   *
   * @default - none
   */
  readonly disparateImpact?: number;

  /**
   * Columns that tell the groups apart.
   *
   * @default - none
   */
  readonly protectedAttributes?: string[];
}

/**
 * Converts an object of type 'FairnessMetrics' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_FairnessMetrics(obj: FairnessMetrics | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    demographic_parity: obj.demographicParity,
    equalized_odds: obj.equalizedOdds,
    equal_opportunity: obj.equalOpportunity,
    disparate_impact: obj.disparateImpact,
    protected_attributes: obj.protectedAttributes?.map((y) => y),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * How far the data has moved since the training.
 */
export interface DriftEvidence {
  /**
   * Distance; 0 is none.
   * At least 0, at most 1.
   */
  readonly score: number;

  /**
   * Measure of the distance.
   *
   * @default - not said
   */
  readonly method?: DriftMethod;

  /**
   * When it was measured.
   *
   * @default - none
   */
  readonly measuredAt?: string;

  /**
   * Histograms of the data that the model was trained on, as its training found them; requests are compared with them.
   *
   * @default - none: drift is not measured while the model is served
   */
  readonly baseline?: BaselineFeature[];
}

/**
 * Converts an object of type 'DriftEvidence' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_DriftEvidence(obj: DriftEvidence | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    score: obj.score,
    method: obj.method,
    measuredAt: obj.measuredAt,
    baseline: obj.baseline?.map((y) => toJson_BaselineFeature(y)),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * A library.
 */
export interface ModelDependency {
  /**
   * Name in its package index.
   */
  readonly name: string;

  /**
   * The version, exactly.
   */
  readonly version: string;
}

/**
 * Converts an object of type 'ModelDependency' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ModelDependency(obj: ModelDependency | undefined): Record<string, any> | undefined {
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

/**
 * How the model is served.
 */
export interface DeploymentServing {
  /**
   * Container image of the service.
   *
   * @default - the one that the workflow builds
   */
  readonly image?: string;

  /**
   * User (UID) that the image runs as, for one whose own user is root or has a name.
   * At least 1, at most 2147483647.
   *
   * @default - that of the image, which must be a number other than 0
   */
  readonly runAsUser?: number;

  /**
   * Replicas; with autoscaling only the start.
   * At least 1, at most 1000.
   *
   * @default - as many as the environment has
   */
  readonly replicas?: number;

  /**
   * What each replica gets.
   *
   * @default - none
   */
  readonly resources?: ComputeResources;

  /**
   * Follow the load instead of a fixed number of replicas.
   *
   * @default - none
   */
  readonly autoscaling?: Autoscaling;

  /**
   * How a new version comes: beside the old one, or after it, where there are no nodes, GPUs or quota for one pod more.
   *
   * @default 'RollingUpdate'
   */
  readonly strategy?: DeploymentStrategy;

  /**
   * Labels of the nodes that may run the service.
   *
   * @default - none
   */
  readonly nodeSelector?: { readonly [key: string]: string };

  /**
   * Whether the image has the model, so that nothing is fetched from its artifact.
   *
   * @default false
   */
  readonly modelInImage?: boolean;

  /**
   * Longest time of an answer.
   * At least 1, at most 600.
   *
   * @default 10
   */
  readonly timeoutSeconds?: number;

  /**
   * Longest time from the start of the container until the model is loaded.
   * At least 10, at most 7200.
   *
   * @default - 600, and 1800 with a GPU
   */
  readonly startupSeconds?: number;

  /**
   * How requests wait for each other.
   *
   * @default - as the service has it
   */
  readonly batching?: InferenceBatching;

  /**
   * When the version that was served before comes back by itself.
   *
   * @default - as the platform has it
   */
  readonly rollback?: DeploymentRollback;
}

/**
 * Converts an object of type 'DeploymentServing' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_DeploymentServing(obj: DeploymentServing | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    image: obj.image,
    runAsUser: obj.runAsUser,
    replicas: obj.replicas,
    resources: toJson_ComputeResources(obj.resources),
    autoscaling: toJson_Autoscaling(obj.autoscaling),
    strategy: obj.strategy,
    nodeSelector:
      obj.nodeSelector === undefined
        ? undefined
        : Object.entries(obj.nodeSelector).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
    modelInImage: obj.modelInImage,
    timeoutSeconds: obj.timeoutSeconds,
    startupSeconds: obj.startupSeconds,
    batching: toJson_InferenceBatching(obj.batching),
    rollback: toJson_DeploymentRollback(obj.rollback),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What is scraped, and what is promised; alerts hold the service to it.
 */
export interface DeploymentMonitoring {
  /**
   * Whether metrics are scraped and alerts watch them.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Time that 99 % of the answers take at most.
   *
   * @default '1s'
   */
  readonly latencyP99?: string;

  /**
   * Largest share of requests that the service may fail.
   * More than 0, at most 1.
   *
   * @default 0.05
   */
  readonly errorRatio?: number;
}

/**
 * Converts an object of type 'DeploymentMonitoring' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_DeploymentMonitoring(obj: DeploymentMonitoring | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    latencyP99: obj.latencyP99,
    errorRatio: obj.errorRatio,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Library that the model was made with.
 */
export enum DeployedFramework {
  /** pytorch */
  PYTORCH = 'pytorch',
  /** tensorflow */
  TENSORFLOW = 'tensorflow',
  /** sklearn */
  SKLEARN = 'sklearn',
  /** xgboost */
  XGBOOST = 'xgboost',
  /** lightgbm */
  LIGHTGBM = 'lightgbm',
  /** onnx */
  ONNX = 'onnx',
  /** huggingface */
  HUGGINGFACE = 'huggingface',
}
checkedEnum('DeployedFramework', DeployedFramework);

/**
 * The trained model.
 */
export interface ModelArtifact {
  /**
   * Where it is.
   */
  readonly uri: string;

  /**
   * Checksum of what is there; the service is told of it.
   *
   * @default - not checked
   */
  readonly sha256?: string;
}

/**
 * Converts an object of type 'ModelArtifact' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ModelArtifact(obj: ModelArtifact | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    uri: obj.uri,
    sha256: obj.sha256,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * How the values of a feature are spread over the buckets of a histogram.
 */
export interface BaselineFeature {
  /**
   * Name of the feature, as in requests.
   */
  readonly name: string;

  /**
   * Upper bounds of the buckets, ascending, without the infinite one.
   */
  readonly bounds: number[];

  /**
   * Values in each bucket; one more than bounds, for what is above the last.
   */
  readonly counts: number[];
}

/**
 * Converts an object of type 'BaselineFeature' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_BaselineFeature(obj: BaselineFeature | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    bounds: obj.bounds?.map((y) => y),
    counts: obj.counts?.map((y) => y),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * How a new version comes: beside the old one, or after it, where there are no nodes, GPUs or quota for one pod more.
 */
export enum DeploymentStrategy {
  /** RollingUpdate */
  ROLLING_UPDATE = 'RollingUpdate',
  /** Recreate */
  RECREATE = 'Recreate',
}
checkedEnum('DeploymentStrategy', DeploymentStrategy);

/**
 * How requests wait for each other.
 */
export interface InferenceBatching {
  /**
   * Rows that the model is asked with at once, at most.
   * At least 1, at most 65536.
   *
   * @default - as the service has it
   */
  readonly maxSize?: number;

  /**
   * How long a request waits for others.
   * At least 0, at most 1000.
   *
   * @default - as the service has it
   */
  readonly waitMilliseconds?: number;

  /**
   * Requests that wait in a replica; what is above is refused with 429.
   * At least 1, at most 100000.
   *
   * @default - as the service has it
   */
  readonly maxQueue?: number;
}

/**
 * Converts an object of type 'InferenceBatching' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_InferenceBatching(obj: InferenceBatching | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    maxSize: obj.maxSize,
    waitMilliseconds: obj.waitMilliseconds,
    maxQueue: obj.maxQueue,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * When the version that was served before comes back by itself.
 */
export interface DeploymentRollback {
  /**
   * Whether it does.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Seconds after a roll-out in which the bounds decide; later they are only told.
   * At least 60, at most 86400.
   *
   * @default - as the platform has it
   */
  readonly windowSeconds?: number;

  /**
   * Greatest share of requests that end with an error.
   * At least 0, at most 1.
   *
   * @default - as the platform has it
   */
  readonly maxErrorRatio?: number;

  /**
   * Milliseconds that 95 % of the answers take at most.
   * At least 1.
   *
   * @default - as the platform has it
   */
  readonly maxLatencyMs?: number;
}

/**
 * Converts an object of type 'DeploymentRollback' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_DeploymentRollback(obj: DeploymentRollback | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    windowSeconds: obj.windowSeconds,
    maxErrorRatio: obj.maxErrorRatio,
    maxLatencyMs: obj.maxLatencyMs,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What was observed.
 */
export interface ModelDeploymentStatus {
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
  readonly phase?: ModelDeploymentStatusPhase;

  /**
   * Version of the model that answers.
   *
   * @default - none
   */
  readonly version?: string;

  /**
   * Image that answers, by its digest where the nodes know it.
   *
   * @default - none
   */
  readonly image?: string;

  /**
   * Former versions that `spec.rollbackTo` may name.
   *
   * @default - none
   */
  readonly revisions?: string[];

  /**
   * The model in the registry.
   *
   * @default - none
   */
  readonly registration?: ModelDeploymentStatusRegistration;

  /**
   * What the policy gate said.
   *
   * @default - none
   */
  readonly policies?: ModelDeploymentStatusPolicies[];

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
export enum ModelDeploymentStatusPhase {
  /** Validating */
  VALIDATING = 'Validating',
  /** Rejected */
  REJECTED = 'Rejected',
  /** Scanning */
  SCANNING = 'Scanning',
  /** Registering */
  REGISTERING = 'Registering',
  /** Deploying */
  DEPLOYING = 'Deploying',
  /** Serving */
  SERVING = 'Serving',
  /** Degraded */
  DEGRADED = 'Degraded',
  /** RollingBack */
  ROLLING_BACK = 'RollingBack',
}

/**
 * The model in the registry.
 */
export interface ModelDeploymentStatusRegistration {
  /**
   * Name of the registered model.
   *
   * @default - none
   */
  readonly name?: string;

  /**
   * Its version there, which counts up.
   *
   * @default - none
   */
  readonly version?: string;

  /**
   * The run that has the evidence.
   *
   * @default - none
   */
  readonly run?: string;

  /**
   * Where it is shown.
   *
   * @default - none
   */
  readonly url?: string;
}

/**
 * A policy.
 */
export interface ModelDeploymentStatusPolicies {
  /**
   * Name of the policy.
   */
  readonly name: string;

  /**
   * Whether the manifest keeps it.
   */
  readonly passed: boolean;

  /**
   * Why not.
   *
   * @default - none
   */
  readonly message?: string;
}
