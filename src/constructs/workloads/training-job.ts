import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { JobWorkload, JobWorkloadProps } from './job-workload';
import { Volume } from './volume';

/**
 * Properties of a training job; `gpu` and `cluster` are required. Those that are not given have the defaults of `TrainingJob`,
 * not of its base.
 */
export interface TrainingJobProps extends JobWorkloadProps {
  /**
   * Size of `/dev/shm`, through which data loaders hand over batches. It counts towards the memory.
   *
   * @default '2Gi'
   */
  readonly sharedMemorySize?: string;
}

/**
 * The training of a model on GPUs.
 *
 * Beside the defaults of `JobWorkload`: 3 CPUs and 12Gi memory, which fit into the smallest GPU machine; a day at most, two
 * retries; two minutes to write a checkpoint when it is stopped; 20Gi in `/tmp`.
 */
export class TrainingJob extends JobWorkload {
  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  public constructor(scope: Construct, id: string, props: TrainingJobProps) {
    const sharedMemory = Volume.emptyDir('shared-memory', '/dev/shm', {
      size: props.sharedMemorySize ?? '2Gi',
      inMemory: true,
    });
    super(scope, id, {
      ...props,
      component: props.component ?? 'training',
      cpu: props.cpu ?? '3',
      memory: props.memory ?? '12Gi',
      backoffLimit: props.backoffLimit ?? 2,
      activeDeadlineSeconds: props.activeDeadlineSeconds ?? 86_400,
      terminationGracePeriodSeconds: props.terminationGracePeriodSeconds ?? 120,
      tmpSize: props.tmpSize ?? '20Gi',
      volumes: [sharedMemory, ...(props.volumes ?? [])],
    });
    if (!props.gpu) {
      fail(
        this,
        'gpu',
        'must be given',
        undefined,
        'ask for GPUs, such as GpuRequest.of(GpuModel.T4), or use a JobWorkload to train without',
      );
    }
  }
}
