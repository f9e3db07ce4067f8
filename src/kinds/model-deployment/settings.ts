import { DriftMethod } from '../../api/generated/shared';
import { SecretEnv } from '../../contracts/backing-service';
import { ImageSigner } from '../../contracts/image-signer';
import { NetworkPeer } from '../../contracts/network';
import { Tier } from '../../contracts/tier';

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
   * @default - for each bound that is left out, that of policies/bounds/development.json: the zero-touch document's
   */
  readonly policies?: ModelPolicies;
  /**
   * Who signs the images of models. An image is deployed when one of them has signed it, its SBOM, its scan and the gate's verdict, and the
   * verdict is of the evidence in the manifest.
   *
   * @default - signatures are not looked at
   */
  readonly signers?: ImageSigner[];
  /**
   * Tier of the environment, by whose bounds the attested verdict must be.
   *
   * @default - production
   */
  readonly tier?: Tier;
  /**
   * The registry of the images, for what verifies them.
   *
   * @default - one at a public address that anybody may read
   */
  readonly registry?: ImageRegistrySettings;
  /**
   * URL of MLflow, in which a model is registered before it is deployed.
   *
   * @default - models are not registered
   */
  readonly mlflowUrl?: string;
  /**
   * When the version that was served before comes back by itself, for deployments that do not say.
   *
   * @default - the defaults of its fields
   */
  readonly rollback?: ModelRollbackSettings;
  /**
   * Image with Sigstore's cosign.
   *
   * @default 'ghcr.io/sigstore/cosign/cosign:v3.1.3'
   */
  readonly cosignImage?: string;
  /**
   * Image with Python, which compares evidence and registers models.
   *
   * @default 'docker.io/library/python:3.13.7-slim'
   */
  readonly pythonImage?: string;
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

/** The registry of images, as what verifies them reaches it. */
export interface ImageRegistrySettings {
  /**
   * Secret of type `kubernetes.io/dockerconfigjson` in the namespace of each ModelDeployment.
   *
   * @default - the registry asks for no login, or the ServiceAccount has one
   */
  readonly secretName?: string;
  /**
   * ServiceAccount in the namespace of each ModelDeployment, whose cloud identity may read the registry.
   *
   * @default - the default one, without a token
   */
  readonly serviceAccountName?: string;
  /**
   * Where the registry is.
   *
   * @default - port 443 of all public addresses
   */
  readonly egress?: NetworkPeer[];
  /**
   * Whether the registry has no TLS, as one inside a cluster.
   *
   * @default false
   */
  readonly plainHttp?: boolean;
}

/** When the version that was served before comes back by itself. */
export interface ModelRollbackSettings {
  /**
   * Seconds after a roll-out in which errors and latency decide.
   *
   * @default 600
   */
  readonly windowSeconds?: number;
  /**
   * Greatest share of requests that end with an error of the server.
   *
   * @default 0.05
   */
  readonly maxErrorRatio?: number;
  /**
   * Milliseconds that 95 % of the answers take at most.
   *
   * @default - not looked at
   */
  readonly maxLatencyMs?: number;
}

/** The settings for a namespace: without the account and the keys that it does not have. */
export function settingsIn(namespace: string, settings: ModelDeploymentSettings): ModelDeploymentSettings {
  const { accountNamespaces, serviceAccountName: _, storage, ...rest } = settings;
  if (accountNamespaces?.includes(namespace) ?? true) return settings;
  return { ...rest, accountNamespaces, storage: { ...storage, secretEnv: undefined } };
}

/**
 * What the policy gate asks of a ModelDeployment before it is served. A manifest that does not keep one of them is Rejected, and what
 * was served before stays. What is left out is as the environment's tier has it in the folder policies/bounds.
 */
export interface ModelPolicies {
  /**
   * Least value of figures by their name in `spec.metrics` or `spec.fairness`. One that is missing is too low.
   *
   * @default - accuracy 0.85 and f1_score 0.8; 0 switches one off
   */
  readonly least?: { readonly [figure: string]: number };
  /**
   * Greatest value of figures by their name there, such as `latency_p95_ms`. One that is missing is too great.
   *
   * @default - no bounds
   */
  readonly most?: { readonly [figure: string]: number };
  /**
   * Greatest difference between groups of persons, for each of `demographic_parity`, `equalized_odds` and `equal_opportunity` that a
   * manifest has.
   *
   * @default 0.1
   */
  readonly fairness?: number;
  /**
   * Least `disparate_impact` of a manifest that has it.
   *
   * @default 0.8
   */
  readonly leastDisparateImpact?: number;
  /**
   * Greatest `disparate_impact` of a manifest that has it.
   *
   * @default 1.25
   */
  readonly mostDisparateImpact?: number;
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
   * @default - 90 in staging, 30 in production; elsewhere it always does
   */
  readonly driftMaxAgeDays?: number;
  /**
   * Libraries that a service may have: `xgboost` in any version, or `xgboost==2.1.4`. A manifest has to list those of its service.
   *
   * @default - those of policies/bounds in staging and production; elsewhere any, and the manifest need not list them
   */
  readonly dependencies?: string[];
  /**
   * Severity from which on a known vulnerability of a package is refused, where something was scanned: `negligible`, `low`, `medium`,
   * `high` or `critical`. One that the scanner cannot tell counts as `medium`.
   *
   * @default 'critical'
   */
  readonly severity?: string;
  /**
   * The same of libraries that the manifest lists.
   *
   * @default - `critical` in local environments, `high` in development, `medium` in staging, `low` in production
   */
  readonly dependencySeverity?: string;
  /**
   * Whether an image must be given by its digest.
   *
   * @default - true in staging and production
   */
  readonly imageDigest?: boolean;
  /**
   * Whether `spec.model.owner` must say who answers for the model.
   *
   * @default - true in staging and production
   */
  readonly owner?: boolean;
  /**
   * Whether `spec.model.card` must say where the model card is.
   *
   * @default - true in production
   */
  readonly card?: boolean;
  /**
   * Whether a model is served only when a reviewer has set the condition `Approved` for the spec as it is.
   *
   * @default false
   */
  readonly approval?: boolean;
}

/** Images that are used where the settings name none. */
export const DEPLOYMENT_IMAGES = {
  cosign: 'ghcr.io/sigstore/cosign/cosign:v3.1.3',
  python: 'docker.io/library/python:3.13.7-slim',
} as const;
