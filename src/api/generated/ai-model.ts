// Generated from src/api/kinds by scripts/generate-api.ts. Do not edit.

import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked, checkedEnum } from '../../contracts/checked';
import { INamespace } from '../../contracts/namespace';
import { AI_MODEL } from '../kinds/ai-model';
import { addTypedObject } from '../platform-resource';
import {
  SecretRef,
  toJson_SecretRef,
  ComputeResources,
  toJson_ComputeResources,
  Autoscaling,
  toJson_Autoscaling,
  DriftMethod,
  Condition,
} from './shared';

/** The name and place of the object, and its spec. */
export interface AIModelProps extends AIModelSpec {
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
 * A trained model and how it is served: replicas, resources, scaling, endpoints and monitoring.
 *
 * The object is nstarx.io/v1alpha1 AIModel. It takes at least type, version, storage, serving.
 *
 * @example
 * new AIModel(chart, 'example', {
 *   namespace: platform.teams.ml,
 *   type: AIModelType.PYTORCH,
 *   version: '1.4.0',
 *   storage: { location: 's3://models/churn/1.4.0', format: AIModelFormat.TORCHSCRIPT },
 *   serving: {
 *     resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '4Gi' } },
 *     autoscaling: {
 *       minReplicas: 2,
 *       maxReplicas: 8,
 *       metrics: [{ type: ScalingMetricType.CPU, targetAverageUtilization: 70 }],
 *     },
 *   },
 * });
 */
@checked('AIModel')
export class AIModel extends Construct {
  /** The object. */
  public readonly resource: ApiObject;
  /** Name of the object. */
  public readonly name: string;

  /** @throws InvalidInputError when the API server would refuse the object; it names every field that is wrong */
  public constructor(scope: Construct, id: string, props: AIModelProps) {
    super(scope, id);
    this.resource = addTypedObject(this, AI_MODEL, props, toJson_AIModelSpec(props));
    this.name = this.resource.name;
  }
}

/**
 * Desired state.
 */
export interface AIModelSpec {
  /**
   * What the model was made with; the server is chosen by it.
   */
  readonly type: AIModelType;

  /**
   * Version of the model. A change rolls out the new one and keeps the old one as a revision.
   */
  readonly version: string;

  /**
   * The library that the model was made with.
   *
   * @default - that of the type
   */
  readonly framework?: AIModelFramework;

  /**
   * Where the model is kept.
   */
  readonly storage: AIModelStorage;

  /**
   * How the model is served.
   */
  readonly serving: AIModelServing;

  /**
   * Figures of the model as its author measured them. Prometheus has them as `model:declared:value`; alerts compare times and throughput with what is observed.
   *
   * @default - none
   */
  readonly metrics?: AIModelMetrics;

  /**
   * Paths under which the model answers.
   *
   * @default - what the engine serves
   */
  readonly endpoints?: AIModelEndpoint[];

  /**
   * What is watched.
   *
   * @default - the defaults of its fields
   */
  readonly monitoring?: AIModelMonitoring;

  /**
   * Old versions that are kept for a rollback.
   * At least 0, at most 50.
   *
   * @default 10
   */
  readonly revisionHistoryLimit?: number;

  /**
   * Old version that is served instead of `version`; it must be among the revisions in the status.
   *
   * @default - none
   */
  readonly rollbackTo?: string;
}

/**
 * Converts an object of type 'AIModelSpec' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_AIModelSpec(obj: AIModelSpec | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    type: obj.type,
    version: obj.version,
    framework: toJson_AIModelFramework(obj.framework),
    storage: toJson_AIModelStorage(obj.storage),
    serving: toJson_AIModelServing(obj.serving),
    metrics: toJson_AIModelMetrics(obj.metrics),
    endpoints: obj.endpoints?.map((y) => toJson_AIModelEndpoint(y)),
    monitoring: toJson_AIModelMonitoring(obj.monitoring),
    revisionHistoryLimit: obj.revisionHistoryLimit,
    rollbackTo: obj.rollbackTo,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What the model was made with; the server is chosen by it.
 */
export enum AIModelType {
  /** tensorflow */
  TENSORFLOW = 'tensorflow',
  /** pytorch */
  PYTORCH = 'pytorch',
  /** onnx */
  ONNX = 'onnx',
  /** sklearn */
  SKLEARN = 'sklearn',
  /** xgboost */
  XGBOOST = 'xgboost',
  /** lightgbm */
  LIGHTGBM = 'lightgbm',
  /** huggingface */
  HUGGINGFACE = 'huggingface',
  /** tensorrt */
  TENSORRT = 'tensorrt',
  /** mlflow */
  MLFLOW = 'mlflow',
  /** pmml */
  PMML = 'pmml',
  /** custom */
  CUSTOM = 'custom',
}
checkedEnum('AIModelType', AIModelType);

/**
 * The library that the model was made with.
 */
export interface AIModelFramework {
  /**
   * Name of the library.
   */
  readonly name: string;

  /**
   * Version of the library.
   *
   * @default - any
   */
  readonly version?: string;
}

/**
 * Converts an object of type 'AIModelFramework' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_AIModelFramework(obj: AIModelFramework | undefined): Record<string, any> | undefined {
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
 * Where the model is kept.
 */
export interface AIModelStorage {
  /**
   * Folder or file of the model.
   */
  readonly location: string;

  /**
   * How the model is written.
   *
   * @default - what the server expects for the type
   */
  readonly format?: AIModelFormat;

  /**
   * Secret with the credentials of the store.
   *
   * @default - none
   */
  readonly secretRef?: SecretRef;

  /**
   * Checksum of the file; the server does not start with another.
   *
   * @default - not checked
   */
  readonly sha256?: string;
}

/**
 * Converts an object of type 'AIModelStorage' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_AIModelStorage(obj: AIModelStorage | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    location: obj.location,
    format: obj.format,
    secretRef: toJson_SecretRef(obj.secretRef),
    sha256: obj.sha256,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * How the model is served.
 */
export interface AIModelServing {
  /**
   * What serves the model.
   *
   * @default 'kserve'
   */
  readonly engine?: ServingEngine;

  /**
   * AIZone in which the model runs; its author must be allowed to use it.
   *
   * @default - the namespace of the model, as it is
   */
  readonly zone?: string;

  /**
   * Replicas; with autoscaling only the start.
   * At most 1000.
   *
   * @default 1
   */
  readonly replicas?: number;

  /**
   * What each replica gets.
   */
  readonly resources: ComputeResources;

  /**
   * Follow the load instead of a fixed number of replicas.
   *
   * @default - none
   */
  readonly autoscaling?: Autoscaling;

  /**
   * Container image of the server.
   *
   * @default - the runtime that the engine has for the type
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
   * Port on which the server listens.
   * At least 1, at most 65535.
   *
   * @default 8080
   */
  readonly port?: number;

  /**
   * ServiceAccount of the server.
   *
   * @default - that of the platform in its namespaces for models, one without permissions in others
   */
  readonly serviceAccountName?: string;

  /**
   * PriorityClass of the server.
   *
   * @default - nstarx-production-inference
   */
  readonly priorityClassName?: string;

  /**
   * Labels of the nodes that may run the server.
   *
   * @default - none
   */
  readonly nodeSelector?: { readonly [key: string]: string };

  /**
   * Environment variables of the server. Nothing secret belongs here.
   *
   * @default - none
   */
  readonly environment?: { readonly [key: string]: string };
}

/**
 * Converts an object of type 'AIModelServing' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_AIModelServing(obj: AIModelServing | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    engine: obj.engine,
    zone: obj.zone,
    replicas: obj.replicas,
    resources: toJson_ComputeResources(obj.resources),
    autoscaling: toJson_Autoscaling(obj.autoscaling),
    image: obj.image,
    runAsUser: obj.runAsUser,
    port: obj.port,
    serviceAccountName: obj.serviceAccountName,
    priorityClassName: obj.priorityClassName,
    nodeSelector:
      obj.nodeSelector === undefined
        ? undefined
        : Object.entries(obj.nodeSelector).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
    environment:
      obj.environment === undefined
        ? undefined
        : Object.entries(obj.environment).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Figures of the model as its author measured them. Prometheus has them as `model:declared:value`; alerts compare times and throughput with what is observed.
 */
export interface AIModelMetrics {
  /**
   * Share of right answers.
   * At least 0, at most 1.
   *
   * @default - none
   */
  readonly accuracy?: number;

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
   * Harmonic mean of precision and recall.
   * At least 0, at most 1.
   *
   * @default - none
   */
  readonly f1Score?: number;

  /**
   * Area under the ROC curve.
   * At least 0, at most 1.
   *
   * @default - none
   */
  readonly auc?: number;

  /**
   * Median time of an answer.
   *
   * @default - none
   */
  readonly latencyP50?: string;

  /**
   * Time that 95 % of the answers take at most.
   *
   * @default - none
   */
  readonly latencyP95?: string;

  /**
   * Time that 99 % of the answers take at most.
   *
   * @default - none
   */
  readonly latencyP99?: string;

  /**
   * Answers per second and replica.
   * At least 0.
   *
   * @default - none
   */
  readonly throughput?: number;
}

/**
 * Converts an object of type 'AIModelMetrics' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_AIModelMetrics(obj: AIModelMetrics | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    accuracy: obj.accuracy,
    precision: obj.precision,
    recall: obj.recall,
    f1Score: obj.f1Score,
    auc: obj.auc,
    latencyP50: obj.latencyP50,
    latencyP95: obj.latencyP95,
    latencyP99: obj.latencyP99,
    throughput: obj.throughput,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * A path under which the model answers.
 */
export interface AIModelEndpoint {
  /**
   * Name of the endpoint, and of its rule in the route.
   */
  readonly name: string;

  /**
   * Path of the URL.
   */
  readonly path: string;

  /**
   * Method of the request.
   *
   * @default 'POST'
   */
  readonly method?: HttpMethod;
}

/**
 * Converts an object of type 'AIModelEndpoint' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_AIModelEndpoint(obj: AIModelEndpoint | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    path: obj.path,
    method: obj.method,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What is watched.
 */
export interface AIModelMonitoring {
  /**
   * Whether metrics of the server are scraped, and alerts made of them.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Compare what the model is asked with what it was trained on.
   *
   * @default - none
   */
  readonly drift?: DriftDetection;
}

/**
 * Converts an object of type 'AIModelMonitoring' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_AIModelMonitoring(obj: AIModelMonitoring | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    drift: toJson_DriftDetection(obj.drift),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * How the model is written.
 */
export enum AIModelFormat {
  /** savedmodel */
  SAVEDMODEL = 'savedmodel',
  /** torchscript */
  TORCHSCRIPT = 'torchscript',
  /** onnx */
  ONNX = 'onnx',
  /** safetensors */
  SAFETENSORS = 'safetensors',
  /** gguf */
  GGUF = 'gguf',
  /** pickle */
  PICKLE = 'pickle',
  /** joblib */
  JOBLIB = 'joblib',
  /** pmml */
  PMML = 'pmml',
  /** xgboost */
  XGBOOST = 'xgboost',
  /** lightgbm */
  LIGHTGBM = 'lightgbm',
  /** mlflow */
  MLFLOW = 'mlflow',
  /** tensorrt */
  TENSORRT = 'tensorrt',
}
checkedEnum('AIModelFormat', AIModelFormat);

/**
 * What serves the model.
 */
export enum ServingEngine {
  /** kserve */
  KSERVE = 'kserve',
  /** triton */
  TRITON = 'triton',
  /** deployment */
  DEPLOYMENT = 'deployment',
}
checkedEnum('ServingEngine', ServingEngine);

/**
 * Method of the request.
 */
export enum HttpMethod {
  /** GET */
  GET = 'GET',
  /** POST */
  POST = 'POST',
  /** PUT */
  PUT = 'PUT',
  /** PATCH */
  PATCH = 'PATCH',
  /** DELETE */
  DELETE = 'DELETE',
}
checkedEnum('HttpMethod', HttpMethod);

/**
 * Compare what the model is asked with what it was trained on.
 */
export interface DriftDetection {
  /**
   * Whether drift is looked for.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Measure of the distance.
   *
   * @default 'population-stability-index'
   */
  readonly method?: DriftMethod;

  /**
   * Distance from which drift is reported.
   * At least 0, at most 1.
   *
   * @default 0.3
   */
  readonly threshold?: number;

  /**
   * Data that the model was trained on.
   */
  readonly baseline: string;

  /**
   * Time between two comparisons.
   *
   * @default '1h'
   */
  readonly interval?: string;

  /**
   * Upper bounds of the buckets by feature, as the histogram `model_feature` of the server has them. Only these features are compared.
   *
   * @default - deciles of each column of numbers in the baseline
   */
  readonly buckets?: { readonly [key: string]: number[] };

  /**
   * Have the threshold follow what is usual for the model; `threshold` is then the least.
   *
   * @default - the threshold is fixed
   */
  readonly adaptive?: AdaptiveDriftThreshold;
}

/**
 * Converts an object of type 'DriftDetection' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_DriftDetection(obj: DriftDetection | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    method: obj.method,
    threshold: obj.threshold,
    baseline: obj.baseline,
    interval: obj.interval,
    buckets:
      obj.buckets === undefined
        ? undefined
        : Object.entries(obj.buckets).reduce(
            (r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1]?.map((y) => y) }),
            {},
          ),
    adaptive: toJson_AdaptiveDriftThreshold(obj.adaptive),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Have the threshold follow what is usual for the model; `threshold` is then the least.
 */
export interface AdaptiveDriftThreshold {
  /**
   * Standard deviations above the mean of the model's own drift.
   * At least 0.
   *
   * @default 3
   */
  readonly deviations?: number;

  /**
   * Time that the mean is taken of.
   *
   * @default '7d'
   */
  readonly history?: string;

  /**
   * Threshold that is never exceeded.
   * At least 0, at most 1.
   *
   * @default - none: drift that lasts becomes usual
   */
  readonly maximum?: number;
}

/**
 * Converts an object of type 'AdaptiveDriftThreshold' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_AdaptiveDriftThreshold(obj: AdaptiveDriftThreshold | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    deviations: obj.deviations,
    history: obj.history,
    maximum: obj.maximum,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What was observed.
 */
export interface AIModelStatus {
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
  readonly phase?: AIModelStatusPhase;

  /**
   * Version that is served.
   *
   * @default - none
   */
  readonly version?: string;

  /**
   * Replicas there are.
   * At least 0.
   *
   * @default - none
   */
  readonly replicas?: number;

  /**
   * Replicas that answer.
   * At least 0.
   *
   * @default - none
   */
  readonly readyReplicas?: number;

  /**
   * Label selector of the replicas, for scaling.
   *
   * @default - none
   */
  readonly selector?: string;

  /**
   * URLs under which the model answers.
   *
   * @default - none
   */
  readonly endpoints?: string[];

  /**
   * Versions that can be rolled back to.
   *
   * @default - none
   */
  readonly revisions?: string[];

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
export enum AIModelStatusPhase {
  /** Pending */
  PENDING = 'Pending',
  /** Deploying */
  DEPLOYING = 'Deploying',
  /** Serving */
  SERVING = 'Serving',
  /** Degraded */
  DEGRADED = 'Degraded',
  /** RollingBack */
  ROLLING_BACK = 'RollingBack',
  /** Failed */
  FAILED = 'Failed',
}
