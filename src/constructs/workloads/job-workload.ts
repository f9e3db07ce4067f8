import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { WorkloadMonitor } from '../monitoring/workload-monitor';
import { checkWhole } from '../../contracts/bounds';
import { Json } from './pod-template';
import { Workload } from './workload';
import { WorkloadProps } from './workload-props';

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
 * The API server refuses changes of a Job's pods: give a new version a new name.
 */
export class JobWorkload extends Workload {
  /** The Job. */
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
    const template = this._podTemplate({ restartPolicy: 'Never', spread: false, maxPods: props.parallelism ?? 1 });
    this.job = this._object('Resource', 'batch/v1', 'Job', { spec: jobSpec(props, template) });
    if (scraped) this.monitor = addPodMonitor(this, props);
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
export function jobSpec(props: BatchWorkloadProps, template: Json): Json {
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
