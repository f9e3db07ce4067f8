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
}
