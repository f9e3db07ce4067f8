import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked, checkedEnum } from '../../contracts/checked';
import { dnsLabel } from '../../contracts/names';
import { checkWhole } from '../../contracts/bounds';
import { cronSchedule } from '../../contracts/cron-schedule';
import { timeZone } from '../../contracts/time-zone';
import { addPodMonitor, BatchWorkloadProps, checkBatchProps, jobSpec } from './job-workload';
import { Workload } from './workload';

/** What happens when a run is due while the last one still runs. */
export enum ConcurrencyPolicy {
  /** The new run is left out. */
  FORBID = 'Forbid',
  /** The last run is ended. */
  REPLACE = 'Replace',
  /** Both run. */
  ALLOW = 'Allow',
}
checkedEnum('ConcurrencyPolicy', ConcurrencyPolicy);

/** Properties of a workload that runs again and again. */
export interface CronJobWorkloadProps extends BatchWorkloadProps {
  /** When it runs: minute, hour, day of the month, month, day of the week, such as `30 2 * * *`, or `@daily` and the like. */
  readonly schedule: string;
  /**
   * Time zone of the schedule, a name of the IANA database.
   *
   * @default 'Etc/UTC'
   */
  readonly timeZone?: string;
  /**
   * What happens when a run is due while the last one still runs.
   *
   * @default ConcurrencyPolicy.FORBID
   */
  readonly concurrencyPolicy?: ConcurrencyPolicy;
  /**
   * Seconds that a run may start late before it is left out; at least 10, since the controller looks every ten seconds.
   *
   * @default 300
   */
  readonly startingDeadlineSeconds?: number;
  /**
   * Runs that are kept when they have succeeded.
   *
   * @default 3
   */
  readonly successfulJobsHistoryLimit?: number;
  /**
   * Runs that are kept when they have failed.
   *
   * @default 3
   */
  readonly failedJobsHistoryLimit?: number;
  /**
   * Whether no further runs start.
   *
   * @default false
   */
  readonly suspend?: boolean;
}

/** A workload that runs again and again: a CronJob, and a PodMonitor where there are metrics and a scraper. *
 * @example
 * const report = new CronJobWorkload(chart, 'report', {
 *   namespace: platform.teams.data,
 *   image: 'ghcr.io/acme/report:1.4.2',
 *   schedule: '30 6 * * MON',
 *   timeZone: 'Europe/Berlin',
 * });
 * platform.database.grantRead(report);
 */
@checked('CronJobWorkload')
export class CronJobWorkload extends Workload {
  /** The CronJob. */
  public readonly cronJob: ApiObject;
  /** The PodMonitor, where there are metrics and a scraper. */
  public readonly monitor?: ApiObject;

  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  public constructor(scope: Construct, id: string, props: CronJobWorkloadProps) {
    super(scope, id, { ...props, component: props.component ?? 'cron-job' });
    checkBatchProps(this, props);
    this.checkCronProps(props);
    const scraped = this._exposeMetrics() !== undefined;
    this._allowDeclaredPeers();
    const template = this._podTemplate({ restartPolicy: 'Never', spread: false }, props.parallelism ?? 1);
    this.cronJob = this._object('Resource', 'batch/v1', 'CronJob', {
      spec: {
        schedule: props.schedule,
        timeZone: props.timeZone ?? 'Etc/UTC',
        concurrencyPolicy: props.concurrencyPolicy ?? ConcurrencyPolicy.FORBID,
        startingDeadlineSeconds: props.startingDeadlineSeconds ?? 300,
        successfulJobsHistoryLimit: props.successfulJobsHistoryLimit ?? 3,
        failedJobsHistoryLimit: props.failedJobsHistoryLimit ?? 3,
        suspend: props.suspend ?? false,
        jobTemplate: { metadata: { labels: this.labels }, spec: jobSpec(props, template) },
      },
    });
    if (scraped) this.monitor = addPodMonitor(this, props);
  }

  private checkCronProps(props: CronJobWorkloadProps): void {
    // the controller adds eleven characters to the names of the jobs
    dnsLabel(this, 'name', this.workloadName, 52);
    cronSchedule(this, 'schedule', props.schedule);
    if (props.timeZone !== undefined) timeZone(this, 'timeZone', props.timeZone);
    checkWhole(this, 'startingDeadlineSeconds', props.startingDeadlineSeconds, 10, 2 ** 31 - 1, 'give seconds');
    checkWhole(this, 'successfulJobsHistoryLimit', props.successfulJobsHistoryLimit, 0, 1000, 'give a number of runs');
    checkWhole(this, 'failedJobsHistoryLimit', props.failedJobsHistoryLimit, 0, 1000, 'give a number of runs');
  }
}

/** Properties of a data-processing cron job. Those that are not given have the defaults of `DataProcessingCronJob`. */
export interface DataProcessingCronJobProps extends CronJobWorkloadProps {}

/**
 * A batch that processes data on a schedule.
 *
 * A `CronJobWorkload` that presets 1 CPU and 2Gi memory, which fit into the smallest default instance; six hours at most, two retries; 10Gi in `/tmp`.
 *
 * @example
 * const features = new DataProcessingCronJob(chart, 'prepare-features', {
 *   namespace: platform.teams.data,
 *   image: 'ghcr.io/acme/prepare-features:1.4.2',
 *   schedule: '15 2 * * *',
 * });
 * platform.artifactBucket.grantReadWrite(features);
 */
@checked('DataProcessingCronJob')
export class DataProcessingCronJob extends CronJobWorkload {
  /**
   * @throws InvalidInputError when a prop is malformed, or the cluster lacks the GPUs
   */
  public constructor(scope: Construct, id: string, props: DataProcessingCronJobProps) {
    super(scope, id, {
      ...props,
      component: props.component ?? 'data-processing',
      cpu: props.cpu ?? '1',
      memory: props.memory ?? '2Gi',
      backoffLimit: props.backoffLimit ?? 2,
      activeDeadlineSeconds: props.activeDeadlineSeconds ?? 21_600,
      tmpSize: props.tmpSize ?? '10Gi',
    });
  }
}
