import { SecretEnv } from '../../contracts/backing-service';
import { checkedEnum } from '../../contracts/checked';
import { GatewaySettings, NetworkPeer, ScraperSettings } from '../../contracts/network';

/** What changes the number of replicas of a model. There is never more than one. */
export enum ModelScaler {
  /** A HorizontalPodAutoscaler; custom metrics come from a metrics adapter. */
  HPA = 'hpa',
  /** A ScaledObject of KEDA; custom metrics come from Prometheus. */
  KEDA = 'keda',
}
checkedEnum('ModelScaler', ModelScaler);

/** How models are fetched from where they are kept. */
export interface AIModelStorageSettings {
  /**
   * Environment variables of what fetches models: those of the binding of the bucket, such as `AWS_ENDPOINT_URL_S3`.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: string };
  /**
   * Environment variables from Secrets in the namespace of the model. A model whose spec has `storage.secretRef` uses that Secret
   * instead.
   *
   * @default - none: the permissions of the ServiceAccount are used
   */
  readonly secretEnv?: SecretEnv[];
  /**
   * Where model servers may connect to.
   *
   * @default - port 443 of all public addresses
   */
  readonly egress?: NetworkPeer[];
  /**
   * Image that fetches models: KServe's storage initializer, or one with a shell, Python and a program of the same name
   * (`/storage-initializer/scripts/initializer-entrypoint <location> <folder>`).
   *
   * @default 'docker.io/kserve/storage-initializer:v0.20.0'
   */
  readonly initializerImage?: string;
  /**
   * Whether it is checked that a model is where the spec says, before a version is rolled out.
   *
   * @default true
   */
  readonly checkArtifacts?: boolean;
  /**
   * Image with rclone and a shell, for that check.
   *
   * @default 'docker.io/rclone/rclone:1.71.0'
   */
  readonly checkImage?: string;
}

/** What model servers have to know of the platform that they run on. */
export interface AIModelSettings {
  /**
   * Whether the cluster has KServe. Without it, models of `engine: kserve` and `engine: triton` run as plain Deployments.
   *
   * @default true
   */
  readonly kserve?: boolean;
  /**
   * What scales models.
   *
   * @default ModelScaler.HPA
   */
  readonly scaler?: ModelScaler;
  /**
   * Address of Prometheus; KEDA asks it for custom metrics.
   *
   * @default - none: KEDA cannot scale by custom metrics
   */
  readonly prometheusUrl?: string;
  /**
   * The Gateway that models are reached through.
   *
   * @default - models are reached from inside the cluster only
   */
  readonly gateway?: GatewaySettings;
  /**
   * The pods that scrape metrics.
   *
   * @default - none is let in
   */
  readonly scraper?: ScraperSettings;
  /**
   * ServiceAccount of model servers whose spec names none; it must exist in each of their namespaces.
   *
   * @default - each model has one of its own, without permissions
   */
  readonly serviceAccountName?: string;
  /**
   * Namespaces that have this ServiceAccount and the Secrets of `storage.secretEnv`. Models elsewhere, such as in zones, have a
   * ServiceAccount of their own and no keys: their specs name a ServiceAccount or `storage.secretRef` where the store asks for one.
   *
   * @default - every namespace
   */
  readonly accountNamespaces?: string[];
  /**
   * PriorityClass of model servers whose spec names none.
   *
   * @default 'nstarx-production-inference'
   */
  readonly priorityClassName?: string;
  /**
   * The same in zones that are not for inference.
   *
   * @default 'nstarx-batch-training'
   */
  readonly batchPriorityClassName?: string;
  /**
   * Whether each model has a ServiceMonitor of its own. Leave it out where `PlatformMonitors` scrapes the models of all namespaces:
   * with both, each series would be there twice, and every rate and sum would be doubled.
   *
   * @default false
   */
  readonly serviceMonitors?: boolean;
  /**
   * Whether each model has alerts. The cluster must have the Prometheus operator.
   *
   * @default true
   */
  readonly alerts?: boolean;
  /**
   * Image of Triton, for plain Deployments and, by its tag, for KServe. A model's `serving.image` wins.
   *
   * @default 'nvcr.io/nvidia/tritonserver:26.07-py3'
   */
  readonly tritonImage?: string;
  /**
   * Image with Python, NumPy and PyArrow, for the job that reads the training data of models with drift detection.
   *
   * @default 'quay.io/feastdev/feature-server:0.66.0'
   */
  readonly baselineImage?: string;
  /**
   * Image with Python, for the program that counts the values of requests to models with drift detection.
   *
   * @default 'docker.io/library/python:3.13.7-slim'
   */
  readonly collectorImage?: string;
  /**
   * How models are fetched.
   *
   * @default - with the permissions of the ServiceAccount
   */
  readonly storage?: AIModelStorageSettings;
}

/** The defaults of the images. */
export const MODEL_IMAGES = {
  triton: 'nvcr.io/nvidia/tritonserver:26.07-py3',
  baseline: 'quay.io/feastdev/feature-server:0.66.0',
  collector: 'docker.io/library/python:3.13.7-slim',
  initializer: 'docker.io/kserve/storage-initializer:v0.20.0',
  check: 'docker.io/rclone/rclone:1.71.0',
} as const;

/** The settings for a namespace: without the account and the keys that it does not have. */
export function settingsIn(namespace: string, settings: AIModelSettings): AIModelSettings {
  const { accountNamespaces, serviceAccountName: _, storage, ...rest } = settings;
  if (accountNamespaces?.includes(namespace) ?? true) return settings;
  return { ...rest, accountNamespaces, storage: { ...storage, secretEnv: undefined } };
}
