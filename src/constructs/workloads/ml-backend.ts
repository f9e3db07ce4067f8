import { Construct } from 'constructs';
import { Probe } from './probe';
import { ServiceWorkload, ServiceWorkloadProps } from './service-workload';

/** Properties of an ML backend. Those that are not given have the defaults of `MlBackend`, not of its base. */
export interface MlBackendProps extends ServiceWorkloadProps {}

/**
 * The REST API for model management.
 *
 * Beside the defaults of `ServiceWorkload`: 500m CPU and 1Gi memory; two to six pods; metrics at `/metrics` of the port
 * that is served; `/healthz` for startup (five minutes at most) and liveness, `/readyz` for readiness.
 */
export class MlBackend extends ServiceWorkload {
  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  public constructor(scope: Construct, id: string, props: MlBackendProps) {
    const minReplicas = props.minReplicas ?? 2;
    super(scope, id, {
      ...props,
      component: props.component ?? 'ml-backend',
      cpu: props.cpu ?? '500m',
      memory: props.memory ?? '1Gi',
      minReplicas,
      maxReplicas: props.maxReplicas ?? Math.max(6, minReplicas),
      metricsPort: props.metricsPort ?? props.port ?? 8080,
      startupProbe: props.startupProbe ?? Probe.http('/healthz', { periodSeconds: 5, failureThreshold: 60 }),
      livenessProbe: props.livenessProbe ?? Probe.http('/healthz'),
      readinessProbe: props.readinessProbe ?? Probe.http('/readyz', { periodSeconds: 5 }),
    });
  }
}
