import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { WorkloadMonitor } from '../monitoring/workload-monitor';
import { checkWhole } from '../../contracts/bounds';
import { canonicalJson } from '../../contracts/canonical-json';
import { contentHash } from '../../contracts/content-hash';
import { Json } from './pod';
import { Volume } from './volume';
import { Workload, WorkloadProps } from './workload';
import { byteQuantity } from '../../contracts/quantity';

/** Properties that jobs and what makes jobs have in common. */
export interface BatchWorkloadProps extends WorkloadProps {
  /**
   * Failed pods that are replaced before the job counts as failed. Pods that lose their node to an eviction, a drain or
   * the end of spot capacity do not count.
   *
   * @default 3
   */
  readonly backoffLimit?: number;
  /**
   * Seconds after which the job is ended, whether it is done or not.
   *
   * @default - none: it may take as long as it wants
   */
  readonly activeDeadlineSeconds?: number;
  /**
   * Seconds after which a job that has ended is deleted.
   *
   * @default - a job is kept: where manifests are applied continuously, it would be made, and run, again
   */
  readonly ttlSecondsAfterFinished?: number;
  /**
   * Pods that run at the same time.
   *
   * @default 1
   */
  readonly parallelism?: number;
  /**
   * Pods that must succeed.
   *
   * @default - parallelism
   */
  readonly completions?: number;
}

/** Properties of a workload that runs once. */
export interface JobWorkloadProps extends BatchWorkloadProps {}

/**
 * A workload that runs to its end, once: a Job, and a PodMonitor where there are metrics and a scraper.
 *
 * The API server refuses changes of a Job's pods, so the Job's name is the workload's and a hash of them: with another image, or
 * whatever else changes the pods, it is another Job, and runs. What it does must be safe to do again. Find the Job and its pods by
 * the label `app.kubernetes.io/name`.
 *
 * @example
 * const migration = new JobWorkload(chart, 'migrate', {
 *   namespace: platform.teams.core,
 *   image: 'ghcr.io/acme/api:1.4.2',
 *   args: ['migrate'],
 * });
 * platform.database.grantReadWrite(migration);
 */
@checked('JobWorkload')
export class JobWorkload extends Workload {
  /** The Job. In the manifest its name ends with a hash; a JSON patch of `/metadata/name` sets one without. */
  public readonly job: ApiObject;
  /** The PodMonitor, where there are metrics and a scraper. */
  public readonly monitor?: ApiObject;

  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  public constructor(scope: Construct, id: string, props: JobWorkloadProps) {
    super(scope, id, { ...props, component: props.component ?? 'job' });
    checkBatchProps(this, props);
    const scraped = this._exposeMetrics() !== undefined;
    this._allowDeclaredPeers();
    const template = this._podTemplate({ restartPolicy: 'Never', spread: false }, props.parallelism ?? 1);
    this.job = new ContentNamedJob(
      this,
      'Resource',
      this._manifest('batch/v1', 'Job', { spec: jobSpec(props, template) }),
    );
    if (scraped) this.monitor = addPodMonitor(this, props);
  }
}

/**
 * Properties of a training job; `gpuModel` is required. Those that are not given have the defaults of `TrainingJob`, not of its
 * base.
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
 * A `JobWorkload` that must have GPUs and presets 3 CPUs and 12Gi memory, which fit into the smallest GPU instance; shared
 * memory; a day at most, two retries; two minutes to write a checkpoint when it is stopped; 20Gi in `/tmp`.
 *
 * @example
 * const training = new TrainingJob(chart, 'train-ranking', {
 *   namespace: platform.teams.ml,
 *   image: 'ghcr.io/acme/train-ranking:1.4.2',
 *   gpuModel: GpuModel.T4,
 *   priorityClassName: platform.priorities.batch,
 * });
 * platform.artifactBucket.grantReadWrite(training);
 */
@checked('TrainingJob')
export class TrainingJob extends JobWorkload {
  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  public constructor(scope: Construct, id: string, props: TrainingJobProps) {
    const sharedMemory = Volume.emptyDir('shared-memory', '/dev/shm', {
      size: byteQuantity(`${scope.node.path}/${id}`, 'sharedMemorySize', props.sharedMemorySize ?? '2Gi'),
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
    if (!props.gpuModel) {
      fail(
        this,
        'gpuModel',
        'must be given',
        undefined,
        'name the GPUs to train on, such as GpuModel.T4, or use a JobWorkload to train without',
      );
    }
  }
}

/** Pods are labelled with the name of their Job, so it is as long as a label's value at most. */
const LONGEST_NAME = 63;

/** What the API server lets change in the spec of a Job. */
const CHANGEABLE = ['parallelism', 'backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished', 'suspend'];

/** A Job whose name changes with everything that the API server does not let change. */
class ContentNamedJob extends ApiObject {
  public override toJson(): Json {
    const json = super.toJson() as Json & { metadata: { name: string }; spec: Json };
    // a JSON patch gave it another name
    if (json.metadata.name !== this.name) return json;
    const hash = contentHash(canonicalJson(Object.entries(json.spec).filter(([field]) => !CHANGEABLE.includes(field))));
    const name = `${this.name.slice(0, LONGEST_NAME - hash.length - 1).replace(/-+$/, '')}-${hash}`;
    return { ...json, metadata: { ...json.metadata, name } };
  }
}

/** Refuses numbers that the API server would refuse. */
export function checkBatchProps(workload: Workload, props: BatchWorkloadProps): void {
  const most = 2 ** 31 - 1;
  checkWhole(workload, 'backoffLimit', props.backoffLimit, 0, most, 'give a number of failed pods');
  checkWhole(workload, 'activeDeadlineSeconds', props.activeDeadlineSeconds, 1, most, 'give seconds');
  checkWhole(workload, 'ttlSecondsAfterFinished', props.ttlSecondsAfterFinished, 0, most, 'give seconds');
  checkWhole(workload, 'parallelism', props.parallelism, 1, 100_000, 'give a number of pods');
  checkWhole(workload, 'completions', props.completions, 1, 100_000, 'give a number of pods');
  const parallelism = props.parallelism ?? 1;
  if (props.completions !== undefined && props.completions < parallelism) {
    fail(
      workload,
      'completions',
      `must be at least parallelism (${parallelism})`,
      props.completions,
      'raise completions or lower parallelism; pods beyond completions never start',
    );
  }
}

/** Has Prometheus scrape the pods of a job. */
export function addPodMonitor(workload: Workload, props: BatchWorkloadProps): ApiObject {
  const { monitor } = new WorkloadMonitor(workload, 'Monitor', {
    name: workload.workloadName,
    workload,
    port: props.metricsPort,
    path: props.metricsPath,
  });
  return workload._labelled(monitor);
}

/** The spec of a Job, alone or in a CronJob. */
export function jobSpec(props: BatchWorkloadProps, template: unknown): { [key: string]: unknown } {
  const parallelism = props.parallelism ?? 1;
  return {
    parallelism,
    completions: props.completions ?? parallelism,
    backoffLimit: props.backoffLimit ?? 3,
    activeDeadlineSeconds: props.activeDeadlineSeconds,
    ttlSecondsAfterFinished: props.ttlSecondsAfterFinished,
    podFailurePolicy: {
      rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
    },
    template,
  };
}
