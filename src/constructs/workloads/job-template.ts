import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { checkReferences, expectNoLaterScraper } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { dnsLabel, upperSnakeCase } from '../../contracts/names';
import { INamespace } from '../../contracts/namespace';
import { promMatchers } from '../../contracts/quoting';
import { runbookUrl } from '../../contracts/runbooks';
import { AlertRules } from '../monitoring/alert-rules';
import { addJobTemplatePolicy, REQUEST_ANNOTATION } from './job-template-policy';
import { addPodMonitor, BatchWorkloadProps, checkBatchProps, jobSpec } from './job-workload';
import { Workload } from './workload';

/** Properties of a template of Jobs. Those that are not given have the defaults of `JobTemplate`, not of its base. */
export interface JobTemplateProps extends BatchWorkloadProps {
  /**
   * Environment variable with the request that a Job was started with: the text of the annotation `nstarx.io/request` of its pods.
   * What starts a Job writes it, so the program must not trust it.
   *
   * @default 'JOB_REQUEST'
   */
  readonly requestVariable?: string;
  /**
   * Bytes that a request has at most, in UTF-8. Linux takes 128 KiB for one variable with its name.
   *
   * @default 16384
   */
  readonly maxRequestBytes?: number;
  /**
   * Jobs that run at the same time, at most; further ones wait. The ResourceQuota counts all pods of the namespace that have a deadline of their
   * own, as those of every JobTemplate have.
   *
   * @default - no bound but the quota of the namespace
   */
  readonly maxJobs?: number;
}

/** Variable with the name of the Job. */
const JOB_NAME = 'JOB_NAME';

/** The longest request with its variable that Linux takes is 131,072 bytes. Source: https://man7.org/linux/man-pages/man2/execve.2.html, MAX_ARG_STRLEN */
const MAX_REQUEST_BYTES = 100_000;

/** The CronJob controller deletes the oldest Jobs above this; they are to be deleted by their age. */
const HISTORY_LIMIT = 1_000;

/** The templates that a workload may start Jobs of. */
const TEMPLATES_OF = new WeakMap<Workload, JobTemplate[]>();

/** The template of a namespace whose Jobs are bounded. */
const BOUNDED = new WeakMap<INamespace, JobTemplate>();

/**
 * Jobs that services start while they run, all alike: a suspended CronJob, from which `kubectl create job --from` makes Jobs too. Each Job works on
 * one request, which its pods find in an environment variable; the variable `JOB_NAME` has the name of the Job.
 *
 * `grantStart` lets a workload start such Jobs, watch and delete them, and nothing else: a ValidatingAdmissionPolicy has the API server refuse each Job of
 * that workload which differs from the CronJob in anything but its name and the request, every change of a Job, and the deletion of Jobs that are not of
 * the template. It may read all Jobs of the namespace.
 *
 * Where there is a scraper, an alert tells of Jobs that have failed.
 *
 * A day at most for a Job, which is also what it may wait; it is deleted a day after its end.
 *
 * @example
 * const engine = new ServiceWorkload(chart, 'engine', { namespace: platform.teams.ml, image: 'ghcr.io/acme/engine:1.4.2' });
 * const training = new JobTemplate(chart, 'train-model', {
 *   namespace: platform.teams.ml,
 *   image: 'ghcr.io/acme/train:1.4.2',
 *   requestVariable: 'TRAINING_REQUEST',
 *   maxJobs: 10,
 * });
 * training.grantStart(engine);
 */
@checked('JobTemplate')
export class JobTemplate extends Workload {
  /** The CronJob. */
  public readonly cronJob: ApiObject;
  /** The ResourceQuota, with maxJobs. */
  public readonly quota?: ApiObject;
  /** The PodMonitor, where there are metrics and a scraper. */
  public readonly monitor?: ApiObject;
  /** The PrometheusRule, where there is a scraper. */
  public readonly alerts?: ApiObject;
  private readonly maxRequestBytes: number;
  private readonly starters: Workload[] = [];

  /**
   * @throws InvalidInputError when a prop is malformed, another template of the namespace has maxJobs, or the cluster lacks the GPUs
   */
  public constructor(scope: Construct, id: string, props: JobTemplateProps) {
    super(scope, id, { ...props, component: props.component ?? 'job' });
    // what is added to the name is that of a Job, 63 characters at most
    dnsLabel(this, 'name', this.workloadName, 52);
    checkBatchProps(this, props);
    this.maxRequestBytes = props.maxRequestBytes ?? 16_384;
    checkWhole(
      this,
      'maxRequestBytes',
      props.maxRequestBytes,
      1,
      MAX_REQUEST_BYTES,
      'pass the place of larger data in a bucket',
    );
    checkWhole(this, 'maxJobs', props.maxJobs, 1, 10_000, 'give a number of Jobs');
    const requestVariable = props.requestVariable ?? 'JOB_REQUEST';
    this.checkVariables(requestVariable, props);
    this._addFieldEnv(requestVariable, `metadata.annotations['${REQUEST_ANNOTATION}']`);
    this._addFieldEnv(JOB_NAME, `metadata.labels['batch.kubernetes.io/job-name']`);
    const scraped = this._exposeMetrics() !== undefined;
    this._allowDeclaredPeers();

    const activeDeadlineSeconds = props.activeDeadlineSeconds ?? 86_400;
    const ttlSecondsAfterFinished = props.ttlSecondsAfterFinished ?? 86_400;
    const pods = (props.parallelism ?? 1) * (props.maxJobs ?? 1);
    // a deadline of their own puts pods into the quota, and ends those whose Job is gone
    const template = this._podTemplate(
      { restartPolicy: 'Never', spread: false, podDeadlineSeconds: activeDeadlineSeconds },
      pods,
    );
    this.cronJob = this._object('Resource', 'batch/v1', 'CronJob', {
      spec: {
        // never: it is suspended
        schedule: '@yearly',
        suspend: true,
        concurrencyPolicy: 'Forbid',
        successfulJobsHistoryLimit: HISTORY_LIMIT,
        failedJobsHistoryLimit: HISTORY_LIMIT,
        jobTemplate: {
          metadata: { labels: this.labels },
          spec: {
            ...jobSpec({ ...props, activeDeadlineSeconds, ttlSecondsAfterFinished }, template),
            ...JOB_DEFAULTS,
          },
        },
      },
    });
    if (props.maxJobs !== undefined) this.quota = this.addQuota(pods, props.maxJobs);
    if (scraped) this.monitor = addPodMonitor(this, props);
    if (this.namespace.scraper) this.alerts = this.addAlerts(props.maxJobs);
    else expectNoLaterScraper(this, 'alerts');
  }

  /**
   * Lets a workload start Jobs of this template: it is given a token of its ServiceAccount, a way to the API server, a Role for Jobs and this
   * CronJob, and the variables `<NAME>_CRON_JOB`, `<NAME>_NAMESPACE` and `<NAME>_REQUEST_ANNOTATION`, such as `TRAIN_MODEL_CRON_JOB`.
   * Granted twice is granted once.
   *
   * It makes a Job as `kubectl create job --from` does: from `spec.jobTemplate` of the CronJob as it is then, with the CronJob as the owner and controller,
   * a name that begins with the template's and a hyphen, and the request as the annotation of `spec.template`; and deletes it with the propagation policy
   * `Background` or `Foreground`.
   *
   * @param workload a workload of the same environment
   * @throws InvalidInputError when it is of another environment, is this template, or has a variable of that name with another value
   */
  public grantStart(workload: Workload): void {
    checkReferences(this, { workload });
    if (workload === this) {
      fail(this, 'workload', 'must be another than the template', this.workloadName, 'let a service start the Jobs');
    }
    if (this.starters.includes(workload)) return;
    const prefix = upperSnakeCase(this.workloadName);
    workload.addBinding(this.workloadName, {
      env: {
        [`${prefix}_CRON_JOB`]: this.workloadName,
        [`${prefix}_NAMESPACE`]: this.identity.namespace,
        [`${prefix}_REQUEST_ANNOTATION`]: REQUEST_ANNOTATION,
      },
      secretEnv: [],
      egress: [],
      namespaceLabels: {},
    });
    workload._useApiServer();
    TEMPLATES_OF.set(workload, [...(TEMPLATES_OF.get(workload) ?? []), this]);
    if (this.starters.length === 0) this.addAccess();
    this.starters.push(workload);
  }

  /** The policy comes first: what the Role permits is bounded by it. */
  private addAccess(): void {
    const { namespace } = this.identity;
    addJobTemplatePolicy(this, {
      namespace,
      name: this.workloadName,
      maxRequestBytes: this.maxRequestBytes,
      starters: () =>
        this.starters.map((starter) => ({
          identity: starter.identity,
          otherTemplates: (TEMPLATES_OF.get(starter) ?? [])
            .filter((one) => one !== this && one.identity.namespace === namespace)
            .map((one) => one.workloadName),
        })),
    });
    const name = `${this.workloadName}-starter`;
    const apiGroup = 'rbac.authorization.k8s.io';
    const metadata = { name, namespace: this.namespace.namespaceName, labels: this.labels };
    new ApiObject(this, 'StarterRole', {
      apiVersion: `${apiGroup}/v1`,
      kind: 'Role',
      metadata,
      rules: [
        { apiGroups: ['batch'], resources: ['cronjobs'], resourceNames: [this.workloadName], verbs: ['get'] },
        { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
      ],
    });
    new ApiObject(this, 'StarterBinding', {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'Role', name },
      subjects: Lazy.any({
        produce: () =>
          this.starters.map(({ identity }) => ({
            kind: 'ServiceAccount',
            name: identity.serviceAccountName,
            namespace: identity.namespace,
          })),
      }) as unknown,
    });
  }

  private checkVariables(requestVariable: string, { env = {}, secretEnv = [] }: JobTemplateProps): void {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(requestVariable) || requestVariable === JOB_NAME) {
      fail(
        this,
        'requestVariable',
        `must be a name of letters, digits and underscores other than ${JOB_NAME}`,
        requestVariable,
        "name it like 'TRAINING_REQUEST'",
      );
    }
    const taken = [...Object.keys(env), ...secretEnv.map(({ name }) => name)].find(
      (name) => name === requestVariable || name === JOB_NAME,
    );
    if (taken !== undefined) {
      fail(
        this,
        'env',
        'must not set what a pod has from its Job',
        taken,
        'rename your variable, or give requestVariable',
      );
    }
  }

  private addQuota(pods: number, maxJobs: number): ApiObject {
    const other = BOUNDED.get(this.namespace);
    if (other) {
      fail(
        this,
        'maxJobs',
        'must be given to one JobTemplate of a namespace, since a quota cannot tell their pods apart',
        maxJobs,
        `leave it out here or in ${other.workloadName}, or use two namespaces`,
      );
    }
    BOUNDED.set(this.namespace, this);
    return this._object('Quota', 'v1', 'ResourceQuota', {
      spec: { scopes: ['Terminating'], hard: { pods: String(pods) } },
    });
  }

  private addAlerts(maxJobs: number | undefined): ApiObject {
    const { namespace } = this.identity;
    const rules = new AlertRules(this, 'Alerts', { name: this.workloadName, namespace: this.namespace });
    const owned = promMatchers({ namespace, owner_kind: 'CronJob', owner_name: this.workloadName });
    const failed = promMatchers({ namespace, condition: 'true' });
    rules.add({
      name: 'JobOfTemplateFailed',
      // Source: https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/job-metrics.md
      expression: `(max by (namespace, job_name) (kube_job_failed{${failed}}) > 0) and on (namespace, job_name) kube_job_owner{${owned}}`,
      summary: 'Job {{ $labels.job_name }} has failed',
      forMinutes: 0,
      runbookUrl: runbookUrl('JobOfTemplateFailed'),
    });
    if (maxJobs !== undefined) {
      const quota = (type: string): string =>
        `kube_resourcequota{${promMatchers({ namespace, resourcequota: this.workloadName, resource: 'pods', type })}}`;
      rules.add({
        name: 'JobsOfTemplateWait',
        expression: `${quota('used')} >= ignoring (type) ${quota('hard')}`,
        summary: `As many Jobs of ${this.workloadName} run as may, so that others wait`,
        forMinutes: 30,
        runbookUrl: runbookUrl('JobsOfTemplateWait'),
      });
    }
    return this._labelled(rules.rule);
  }
}

/**
 * What the API server fills in for a Job and not for the template of a CronJob. It is said here, so that a Job and its template are equal.
 *
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/apis/batch/v1/defaults.go, SetDefaults_Job
 */
const JOB_DEFAULTS = {
  completionMode: 'NonIndexed',
  manualSelector: false,
  // the only one with a podFailurePolicy
  podReplacementPolicy: 'Failed',
  suspend: false,
};
