import { DriftMethod } from '../../api/generated/shared';

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
