import { DriftMethod } from '../../api/generated/shared';
import { SecretEnv } from '../../contracts/backing-service';
import { NetworkPeer } from '../../contracts/network';

/** How model services fetch models from the platform's bucket. */
export interface ModelDeploymentStorageSettings {
  /**
   * Environment variables: those of the binding of the bucket, such as `AWS_ENDPOINT_URL_S3`.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: string };
  /**
   * Environment variables from Secrets in the namespaces that have the account.
   *
   * @default - none: the permissions of the ServiceAccount are used
   */
  readonly secretEnv?: SecretEnv[];
  /**
   * Where the pods may connect to.
   *
   * @default - port 443 of all public addresses
   */
  readonly egress?: NetworkPeer[];
}

/**
 * The sizes of model services in an environment, for deployments that name none.
 *
 * The zero-touch document has: development 1 replica of 500m/512Mi, staging 2 of 1000m/1Gi, production 3 of 2000m/4Gi and at
 * most 50. Its block for the autoscaler says 2 in production; the table wins.
 */
export interface ModelDeploymentSettings {
  /** Replicas that always run. */
  readonly minReplicas: number;
  /** Replicas that run at most. */
  readonly maxReplicas: number;
  /** CPU of a replica, as a Kubernetes quantity. */
  readonly cpu: string;
  /** Memory of a replica, as a Kubernetes quantity. */
  readonly memory: string;
  /**
   * Name of the PriorityClass.
   *
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;
  /**
   * What the policy gate asks of a manifest.
   *
   * @default - the bounds of the zero-touch document, and no approval
   */
  readonly policies?: ModelPolicies;
  /**
   * ServiceAccount of services that fetch their model from the bucket. One for all of a namespace: a role of AWS is bound to a ServiceAccount by
   * name, before there is any ModelDeployment. Others run as one of their own, without permissions.
   *
   * @default - all run as one of their own
   */
  readonly serviceAccountName?: string;
  /**
   * Namespaces that have this ServiceAccount and the Secrets of `storage.secretEnv`. Elsewhere a model in a bucket is refused.
   *
   * @default - every namespace
   */
  readonly accountNamespaces?: string[];
  /**
   * How models are fetched from the bucket.
   *
   * @default - with the permissions of the ServiceAccount
   */
  readonly storage?: ModelDeploymentStorageSettings;
  /**
   * Public key (PEM) with which the artifacts of models are signed, as `cosign sign-blob` does. The service then loads none whose signature
   * `<artifact>.sig` does not verify.
   *
   * @default - signatures of artifacts are not looked at; those of images are verified at admission
   */
  readonly artifactPublicKey?: string;
  /**
   * Whether each ModelDeployment has a ServiceMonitor of its own. Leave it out where `PlatformMonitors` scrapes the model servers of all
   * namespaces: with both, each series would be there twice.
   *
   * @default false
   */
  readonly serviceMonitors?: boolean;
  /**
   * Whether each ModelDeployment has alerts. The cluster must have the Prometheus operator.
   *
   * @default true
   */
  readonly alerts?: boolean;
}

/** The settings for a namespace: without the account and the keys that it does not have. */
export function settingsIn(namespace: string, settings: ModelDeploymentSettings): ModelDeploymentSettings {
  const { accountNamespaces, serviceAccountName: _, storage, ...rest } = settings;
  if (accountNamespaces?.includes(namespace) ?? true) return settings;
  return { ...rest, accountNamespaces, storage: { ...storage, secretEnv: undefined } };
}

/**
 * What the policy gate asks of a ModelDeployment before it is served. A manifest that does not keep one of them is Rejected, and what
 * was served before stays.
 */
export interface ModelPolicies {
  /**
   * Least value of figures by their name in `spec.metrics` or `spec.fairness`. One that is missing is too low.
   *
   * @default - accuracy 0.85 and f1_score 0.8; 0 switches one off
   */
  readonly least?: { readonly [figure: string]: number };
  /**
   * Greatest value of figures by their name there, such as `latency_p95_ms` or `demographic_parity`. One that is missing is too great.
   *
   * @default - no bounds
   */
  readonly most?: { readonly [figure: string]: number };
  /**
   * Columns that the groups of the evaluation of fairness must be told apart by.
   *
   * @default - any
   */
  readonly protectedAttributes?: string[];
  /**
   * Drift that a model must be below.
   *
   * @default 0.3
   */
  readonly drift?: number;
  /**
   * Measure of the drift that the bound is of.
   *
   * @default - any
   */
  readonly driftMethod?: DriftMethod;
  /**
   * Days for which a measurement of drift counts.
   *
   * @default - it always does
   */
  readonly driftMaxAgeDays?: number;
  /**
   * Libraries that a service may have: `xgboost` in any version, or `xgboost==2.1.4`.
   *
   * @default - any, and the manifest need not list them
   */
  readonly dependencies?: string[];
  /**
   * Whether a model is served only when a reviewer has set the condition `Approved` for the spec as it is.
   *
   * @default false
   */
  readonly approval?: boolean;
}
