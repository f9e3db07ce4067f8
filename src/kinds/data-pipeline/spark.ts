import { RunConcurrencyPolicy } from '../../api/generated/shared';
import {
  enginePodSecurity,
  RUNNER_IMAGE,
  RUNNER_PACKAGES,
  sparkAmounts,
  SPARK_DRIVER_CONF,
  sparkTemplate,
  SPARK_USER,
  SPARK_WORK_FOLDER,
} from '../../constructs/engines/engine-pods';
import { CONTAINER_SECURITY } from '../../constructs/workloads/pod';
import { cronSchedule } from '../../contracts/cron-schedule';
import { timeZone } from '../../contracts/time-zone';
import { renderSecretEnv } from '../../constructs/workloads/env';
import { contentHash } from '../../contracts/content-hash';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';
import { RUN_TO_COMPLETION_ANNOTATIONS } from '../../contracts/names';
import { lookup } from '../../contracts/lookup';
import { DataPipelinePlan, Json, podLabels } from './plan';
import {
  claimVolumes,
  environment,
  PIPELINE_FILE,
  placement,
  PROGRAM_FOLDER,
  programMounts,
  programVolumes,
  SECRETS_FOLDER,
  SPARK_METRICS_PORT,
} from './pods';

/** Seconds before the first retry; later ones wait twice as long, three times as long, and so on. */
const RETRY_SECONDS = 60;
const API_VERSION = 'sparkoperator.k8s.io/v1beta2';

/**
 * What runs a pipeline on Spark: a ScheduledSparkApplication where it has a schedule, or else one SparkApplication. The name of that
 * one is another for each change of what the pipeline does, since Spark's operator runs it once. What the platform changes (image,
 * program, settings) does not run it again.
 *
 * Source: https://github.com/kubeflow/spark-operator/tree/v2.5.2/api/v1beta2
 */
export function sparkJob(plan: DataPipelinePlan, configName: string): Json {
  const { spec, base, namespace, labels, scope } = plan;
  const template = application(plan, configName);
  if (spec.schedule === undefined) {
    const { resources, zone, serviceAccountName, timeout, retries } = spec;
    const hash = contentHash(plan.work, [resources, zone, serviceAccountName, timeout, retries]);
    const metadata = { name: `${base}-${hash}`, namespace, labels };
    const suspend = spec.suspend ? { suspend: true } : {};
    return { apiVersion: API_VERSION, kind: 'SparkApplication', metadata, spec: { ...suspend, ...template } };
  }
  // fewer than one would leave nothing to tell how the last run ended
  const kept = Math.max(1, spec.historyLimit ?? 5);
  return {
    apiVersion: API_VERSION,
    kind: 'ScheduledSparkApplication',
    metadata: { name: base, namespace, labels },
    spec: {
      schedule: cronSchedule(scope, 'schedule', spec.schedule),
      timeZone: timeZone(scope, 'timeZone', spec.timeZone ?? 'Etc/UTC'),
      concurrencyPolicy: spec.concurrencyPolicy ?? RunConcurrencyPolicy.FORBID,
      suspend: spec.suspend ?? false,
      successfulRunHistoryLimit: kept,
      failedRunHistoryLimit: kept,
      template,
    },
  };
}

function application(plan: DataPipelinePlan, configName: string): Json {
  const { spec, settings, scope, connectors } = plan;
  const { executor } = spec.resources ?? {};
  const claims = claimVolumes(plan);
  const pod = {
    labels: podLabels(plan),
    annotations: RUN_TO_COMPLETION_ANNOTATIONS,
    serviceAccount: spec.serviceAccountName ?? settings.sparkServiceAccountName,
    // JDBC reads and writes times in the zone of the JVM
    javaOptions: '-Duser.timezone=UTC',
    ...placement(plan),
    podSecurityContext: enginePodSecurity(SPARK_USER),
    securityContext: CONTAINER_SECURITY,
  };
  const scratch = [
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'work', mountPath: SPARK_WORK_FOLDER },
    ...claims.mounts,
  ];
  const image = plan.stepImage ?? settings.sparkImage;
  const packages = image === undefined ? connectors.flatMap(({ name }) => lookup(RUNNER_PACKAGES, name) ?? []) : [];
  return {
    type: 'Python',
    pythonVersion: '3',
    mode: 'cluster',
    sparkVersion: settings.sparkVersion,
    image: image ?? RUNNER_IMAGE,
    imagePullPolicy: 'IfNotPresent',
    mainApplicationFile: `local://${PROGRAM_FOLDER}/main.py`,
    arguments: programArguments(plan),
    ...(packages.length > 0 ? { deps: dependencies(plan, packages) } : {}),
    sparkConf: sparkConf(plan, packages.length > 0),
    restartPolicy: restartPolicy(spec.retries ?? 2),
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: '10Gi' } },
      { name: 'work', emptyDir: { sizeLimit: '5Gi' } },
      ...programVolumes(plan, configName),
      ...claims.volumes,
    ],
    driver: {
      ...pod,
      ...sparkAmounts(scope, 'resources.driver', spec.resources?.driver),
      env: [...environment(plan), ...driverEnvironment(plan)],
      ports: [{ name: 'metrics', containerPort: SPARK_METRICS_PORT, protocol: 'TCP' }],
      volumeMounts: [...scratch, ...programMounts(plan)],
      template: sparkTemplate(
        'driver',
        spec.timeout === undefined ? {} : { activeDeadlineSeconds: seconds(plan, spec.timeout) },
      ),
    },
    executor: {
      ...pod,
      instances: executor?.instances ?? 2,
      ...sparkAmounts(scope, 'resources.executor', executor),
      env: environment(plan),
      volumeMounts: scratch,
      template: sparkTemplate('executor'),
    },
  };
}

function programArguments(plan: DataPipelinePlan): string[] {
  const { spec, settings, name, namespace, folder } = plan;
  const connection = (part: 'source' | 'sink'): string[] =>
    spec[part].config.connection === undefined ? [] : [`--${part}-connection`, `${SECRETS_FOLDER}/${part}`];
  const own = spec.sink.config.path === undefined;
  return [
    `${PROGRAM_FOLDER}/${PIPELINE_FILE}`,
    ...connection('source'),
    ...connection('sink'),
    ...(folder !== undefined && plan.keepsElsewhere ? ['--state', `${folder}state`] : []),
    ...(folder !== undefined && own ? ['--quarantine', `${folder}quarantine/${namespace}.${name}`] : []),
    ...(settings.lookupFolder !== undefined && plan.looksUpFiles ? ['--lookup', settings.lookupFolder] : []),
    '--metrics-port',
    `${SPARK_METRICS_PORT}`,
    '--metrics-linger',
    `${settings.metricsLingerSeconds}`,
  ];
}

/** Jars that are fetched; into /tmp, since the root file system cannot be written. */
function dependencies({ settings }: DataPipelinePlan, packages: readonly string[]): Json {
  const { mavenRepositories: repositories } = settings;
  return { packages, ...(repositories.length > 0 ? { repositories } : {}) };
}

function sparkConf(plan: DataPipelinePlan, fetches: boolean): Json {
  const { settings } = plan;
  const names = plan.connectors.map(({ name }) => name);
  const extensions = [
    ...(names.includes('delta') ? ['io.delta.sql.DeltaSparkSessionExtension'] : []),
    ...(names.includes('iceberg') ? ['org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions'] : []),
  ];
  return {
    ...SPARK_DRIVER_CONF,
    'spark.sql.warehouse.dir': '/tmp/warehouse',
    ...(fetches ? { 'spark.jars.ivy': '/tmp/.ivy2' } : {}),
    ...(extensions.length > 0 ? { 'spark.sql.extensions': extensions.join(',') } : {}),
    ...(names.includes('delta')
      ? { 'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog' }
      : {}),
    ...(names.includes('s3') ? s3Conf(settings.env) : {}),
    ...settings.sparkConf,
  };
}

/** Keys from the environment, or the identity of the pod, whichever there is. */
function s3Conf(variables: { readonly [name: string]: string }): Json {
  const { AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: region } = variables;
  const provider = 'software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider';
  return {
    'spark.hadoop.fs.s3a.aws.credentials.provider': provider,
    ...(endpoint === undefined
      ? {}
      : { 'spark.hadoop.fs.s3a.endpoint': endpoint, 'spark.hadoop.fs.s3a.path.style.access': 'true' }),
    ...(region === undefined ? {} : { 'spark.hadoop.fs.s3a.endpoint.region': region }),
  };
}

function driverEnvironment({ spec, settings, bus }: DataPipelinePlan): Json[] {
  const { lineage, bootstrapServers } = settings;
  const { properties, sparkSecretEnv } = bus.source ?? bus.sink ?? {};
  const kafka = [
    ...(bootstrapServers === undefined ? [] : [{ name: 'KAFKA_BOOTSTRAP_SERVERS', value: bootstrapServers }]),
    ...renderSecretEnv(sparkSecretEnv),
    // Kubernetes replaces $(NAME) only, so the program finds each ${NAME} as it is
    ...(properties === undefined ? [] : [{ name: 'KAFKA_PROPERTIES', value: JSON.stringify(properties) }]),
  ];
  if (lineage === undefined || spec.lineage?.enabled === false) return kafka;
  const { url, endpoint, apiKey } = lineage;
  return [
    ...kafka,
    { name: 'OPENLINEAGE_URL', value: url },
    ...(endpoint === undefined ? [] : [{ name: 'OPENLINEAGE_ENDPOINT', value: endpoint }]),
    ...renderSecretEnv(apiKey && [{ ...apiKey, name: 'OPENLINEAGE_API_KEY' }]),
  ];
}

function restartPolicy(retries: number): Json {
  if (retries === 0) return { type: 'Never' };
  return {
    type: 'OnFailure',
    onFailureRetries: retries,
    onFailureRetryInterval: RETRY_SECONDS,
    onSubmissionFailureRetries: retries,
    onSubmissionFailureRetryInterval: RETRY_SECONDS,
  };
}

/** Whole seconds of the timeout. */
function seconds({ scope }: DataPipelinePlan, timeout: string): number {
  const total = Math.ceil(durationSeconds(timeout));
  if (!(total >= 1)) {
    fail(scope, 'timeout', 'must be a duration of at least one second', timeout, "write it like '90m' or '2h'");
  }
  return total;
}
