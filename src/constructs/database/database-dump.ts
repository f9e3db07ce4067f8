import { JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import { IDatabase, IObjectStore } from '../../contracts/backing-service';
import { checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { checkReferences, expectNoLaterScraper } from '../../contracts/environment-scope';
import { AWS_CLI_IMAGE, POSTGRES_IMAGE, POSTGRES_IMAGE_USER } from '../../contracts/images';
import { pinnedImage } from '../../contracts/image-reference';
import { upperSnakeCase } from '../../contracts/names';
import { INamespace } from '../../contracts/namespace';
import { byteQuantity } from '../../contracts/quantity';
import { runbookUrl } from '../../contracts/runbooks';
import { AlertRules, AlertSeverity } from '../monitoring/alert-rules';
import { CronJobWorkload } from '../workloads/cron-job-workload';
import { NO_NODE_METADATA } from '../workloads/env';
import { stoppable } from '../workloads/stoppable';
import { Volume } from '../workloads/volume';

const DUMP_FOLDER = '/dump';

/** Options of a database dump. */
export interface DatabaseDumpProps {
  /** The database server. */
  readonly database: IDatabase;
  /**
   * Which of its databases is dumped.
   *
   * @default - the one that the server begins with
   */
  readonly databaseName?: string;
  /** Bucket that the dumps are kept in. How long is the bucket's business. */
  readonly store: IObjectStore;
  /** Namespace that the dump runs in. */
  readonly namespace: INamespace;
  /**
   * Name of the CronJob.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * When it runs (UTC), as five fields of cron.
   *
   * @default '30 1 * * *'
   */
  readonly schedule?: string;
  /**
   * Disk space for a dump, which is compressed, as a Kubernetes quantity.
   *
   * @default '10Gi'
   */
  readonly size?: string;
  /**
   * Seconds after which a dump is given up.
   *
   * @default 14400
   */
  readonly timeoutSeconds?: number;
  /**
   * Hours without a successful dump after which an alert fires, where the namespace is monitored.
   *
   * @default 26
   */
  readonly alertAfterHours?: number;
  /**
   * Image with `pg_dump`, of the database's major version or a later one.
   *
   * @default - `docker.io/library/postgres:18.4`, by its digest
   */
  readonly postgresImage?: string;
  /**
   * Image with a shell and the AWS CLI, which talks to every store with the S3 API.
   *
   * @default 'public.ecr.aws/aws-cli/aws-cli:2.36.44'
   */
  readonly uploadImage?: string;
}

/**
 * A logical backup of a PostgreSQL database, the same on every provider: `pg_dump` in its custom format, read once through
 * to see that it is whole, then uploaded as `database-dumps/<database>/<database>-<time>.dump`. `pg_restore` restores it, to
 * another version or provider as well.
 *
 * It complements the provider's own backups, which restore faster. A failure leaves a failed Job, and where the namespace
 * has a scraper, alerts.
 *
 * It dumps one database. Where one of a server is dumped, the synthesis finds those that are not.
 *
 * @example
 * new DatabaseDump(chart, 'database-dump', {
 *   database: platform.database,
 *   store: platform.artifactBucket,
 *   namespace: platform.teams.data,
 *   size: '50Gi',
 * });
 */
@checked('DatabaseDump')
export class DatabaseDump extends Construct {
  /** What runs: its CronJob, identity and network flows. */
  public readonly workload: CronJobWorkload;
  /**
   * The alerts.
   *
   * @default - none: the namespace has no scraper
   */
  public readonly alerts?: AlertRules;

  /** @throws InvalidInputError when the database can be none, the schedule is none, an image is not pinned, or a number is out of bounds */
  public constructor(scope: Construct, id: string, props: DatabaseDumpProps) {
    super(scope, id);
    checkReferences(this, props);
    const size = byteQuantity(this, 'size', props.size ?? '10Gi');
    const alertAfterHours = checkWhole(this, 'alertAfterHours', props.alertAfterHours ?? 26, 1, 8760, 'give hours');
    const { database, store } = props;
    const databaseName = props.databaseName ?? database.databaseName;
    const folder = `database-dumps/${databaseName}/`;
    this.workload = new CronJobWorkload(this, 'Resource', {
      name: props.name ?? id,
      namespace: props.namespace,
      component: 'database-dump',
      schedule: props.schedule ?? '30 1 * * *',
      image: pinnedImage(this, 'uploadImage', props.uploadImage ?? AWS_CLI_IMAGE),
      command: stoppable(['aws', 's3', 'cp', DUMP_FOLDER]),
      // the kubelet puts the variable in
      args: [`s3://$(${upperSnakeCase(store.serviceName)}_BUCKET)/${folder}`, '--recursive', '--no-progress'],
      env: {
        HOME: '/tmp',
        ...NO_NODE_METADATA,
        // other stores than AWS's may not know the newer checksums
        AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
        AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
      },
      volumes: [Volume.emptyDir('dump', DUMP_FOLDER, { size })],
      runAsUser: POSTGRES_IMAGE_USER,
      memory: '512Mi',
      backoffLimit: 2,
      activeDeadlineSeconds: checkWhole(
        this,
        'timeoutSeconds',
        props.timeoutSeconds ?? 14_400,
        1,
        604_800,
        'give seconds',
      ),
    });
    database.grantRead(this.workload, databaseName === database.databaseName ? {} : { database: databaseName });
    expectDumpsOfAll(this, database, databaseName);
    store.grantReadWrite(this.workload, { prefixes: [folder] });
    this.dumpFirst(database, props.postgresImage ?? POSTGRES_IMAGE);
    if (props.namespace.scraper) this.alerts = this.alertOnFailure(props.namespace, alertAfterHours);
    else expectNoLaterScraper(this, 'alerts');
  }

  /** The dump is an init container, so that nothing is uploaded unless it is whole. */
  private dumpFirst(database: IDatabase, image: string): void {
    pinnedImage(this, 'postgresImage', image);
    const prefix = upperSnakeCase(database.serviceName);
    const { container } = podOf(this.workload.cronJob.toJson() as CronJobJson);
    const connection = [
      ['PGHOST', 'HOST'],
      ['PGPORT', 'PORT'],
      ['PGDATABASE', 'NAME'],
      ['PGSSLMODE', 'SSLMODE'],
      ['PGUSER', 'USERNAME'],
      ['PGPASSWORD', 'PASSWORD'],
    ].map(([name, suffix]) => ({ name, value: `$(${prefix}_${suffix})` }));
    const dump = {
      ...container,
      name: 'dump',
      image,
      command: ['/bin/sh', '-ec'],
      args: [DUMP_SCRIPT],
      env: [...container.env, ...connection],
    };
    this.workload.cronJob.addJsonPatch(JsonPatch.add(`${POD_PATH}/initContainers`, [dump]));
  }

  private alertOnFailure(namespace: INamespace, hours: number): AlertRules {
    const name = this.workload.workloadName;
    const job = `namespace="${namespace.namespaceName}",cronjob="${name}"`;
    const rules = new AlertRules(this, 'Alerts', { namespace, name });
    rules.add({
      name: 'DatabaseDumpMissing',
      runbookUrl: runbookUrl('DatabaseDumpMissing'),
      // a dump that never succeeded has no time of success, so its creation counts
      expression: `time() - (kube_cronjob_status_last_successful_time{${job}} or kube_cronjob_created{${job}}) > ${hours} * 3600`,
      summary: `${name} has had no success for ${hours} hours`,
      severity: AlertSeverity.CRITICAL,
    });
    rules.add({
      name: 'DatabaseDumpFailed',
      runbookUrl: runbookUrl('DatabaseDumpFailed'),
      expression: `kube_job_status_failed{namespace="${namespace.namespaceName}",job_name=~"${name}-[0-9]+"} > 0`,
      summary: `{{ $labels.job_name }} failed`,
    });
    return rules;
  }
}

/** The databases of each server that are dumped, and the dump that speaks for those that are not. */
const DUMPED = new WeakMap<IDatabase, Set<string>>();

function expectDumpsOfAll(dump: Construct, database: IDatabase, name: string): void {
  const known = DUMPED.get(database);
  const dumped = known ?? new Set<string>();
  DUMPED.set(database, dumped.add(name));
  if (known !== undefined) return;
  dump.node.addValidation({
    validate: () =>
      database.databaseNames
        .filter((one) => !dumped.has(one))
        .map(
          (one) =>
            `dumps nothing of the database ${one} of ${database.serviceName}: add a DatabaseDump with databaseName: '${one}'`,
        ),
  });
}

const POD_PATH = '/spec/jobTemplate/spec/template/spec';

const DUMP_SCRIPT = [
  // a shell that is the first process of a container heeds a signal only with a trap, and only while it waits
  `trap 'kill $! 2> /dev/null; exit 143' TERM`,
  'export PGCONNECT_TIMEOUT=30',
  `file="${DUMP_FOLDER}/$PGDATABASE-$(date -u +%Y%m%dT%H%M%SZ).dump"`,
  'pg_dump --format=custom --no-owner --no-privileges --file="$file" & wait $!',
  // reads and decompresses everything, without a database
  'pg_restore --file=/dev/null "$file" & wait $!',
].join('\n');

interface CronJobJson {
  readonly spec: { jobTemplate: { spec: { template: { spec: { containers: ContainerJson[] } } } } };
}

interface ContainerJson {
  readonly env: { name: string }[];
}

function podOf(cronJob: CronJobJson): { container: ContainerJson } {
  return { container: cronJob.spec.jobTemplate.spec.template.spec.containers[0] };
}
