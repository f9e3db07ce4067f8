import { Construct } from 'constructs';
import { CronJobWorkload, CronJobWorkloadProps } from './cron-job-workload';

/** Properties of a data-processing job. Those that are not given have the defaults of `DataProcessingJob`. */
export interface DataProcessingJobProps extends CronJobWorkloadProps {}

/**
 * A batch that processes data on a schedule.
 *
 * Beside the defaults of `CronJobWorkload`: 1 CPU and 4Gi memory; six hours at most, two retries; 10Gi in `/tmp`.
 */
export class DataProcessingJob extends CronJobWorkload {
  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  public constructor(scope: Construct, id: string, props: DataProcessingJobProps) {
    super(scope, id, {
      ...props,
      component: props.component ?? 'data-processing',
      cpu: props.cpu ?? '1',
      memory: props.memory ?? '4Gi',
      backoffLimit: props.backoffLimit ?? 2,
      activeDeadlineSeconds: props.activeDeadlineSeconds ?? 21_600,
      tmpSize: props.tmpSize ?? '10Gi',
    });
  }
}
