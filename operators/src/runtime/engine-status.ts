import { KubernetesObject } from './protocol';

/*
 * What the operators of Spark and Flink say of their objects, for the kinds that run on them: data-pipeline and feature-store.
 */

export const SPARK = 'sparkoperator.k8s.io/v1beta2';
export const FLINK = 'flink.apache.org/v1beta1';

/** Label of the drivers of Spark, beside those of their owner. */
export const DRIVER_LABELS = { 'spark-role': 'driver' };

/** Whether a pod is the driver of a run of Spark. */
export function isDriverOf(run: string, { metadata: { labels = {} } }: KubernetesObject): boolean {
  return labels['sparkoperator.k8s.io/app-name'] === run && labels['spark-role'] === DRIVER_LABELS['spark-role'];
}

/** What Flink's operator says of a FlinkDeployment. */
export interface FlinkStatus {
  readonly error?: string | null;
  readonly jobManagerDeploymentStatus?: string;
  readonly lifecycleState?: string;
  readonly jobStatus?: { readonly state?: string; readonly startTime?: string };
}

/** Whether Flink's operator has given up, whatever the job last said. */
export function hasFailed({ jobManagerDeploymentStatus, lifecycleState }: FlinkStatus): boolean {
  return jobManagerDeploymentStatus === 'ERROR' || lifecycleState === 'FAILED';
}

interface FlinkError {
  readonly type?: string;
  readonly message?: string;
  /** What caused it, the root last. */
  readonly throwableList?: readonly { readonly message?: string }[];
}

/** What Flink's operator says of an error: a text, or an exception as JSON. */
export function errorText(error: string): string {
  if (!error.startsWith('{')) return error;
  try {
    const { type, message, throwableList } = JSON.parse(error) as FlinkError;
    const cause = throwableList?.at(-1)?.message;
    return [message ?? type, cause === message ? undefined : cause].filter(Boolean).join(': ') || error;
  } catch {
    // it is cut where it is long
    return error;
  }
}
