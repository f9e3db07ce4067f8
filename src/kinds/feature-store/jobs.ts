import { FeatureSourceType, OfflineStorage } from '../../api/generated';
import {
  FLINK_USER,
  RUNNER_PACKAGES,
  RUNNER_SPARK_VERSION,
  SPARK_DRIVER_CONF,
  sparkTemplate,
  SPARK_USER,
  SPARK_WORK_FOLDER,
} from '../../constructs/engines/engine-pods';
import { Json, UNPRIVILEGED_CONTAINER } from '../../constructs/workloads/pod';
import { NO_NODE_METADATA, renderSecretEnv } from '../../constructs/workloads/env';
import { RUN_TO_COMPLETION_ANNOTATIONS } from '../../contracts/names';
import { contentName } from '../child-names';
import { busOf, computes, FeatureStorePlan, groupId, JobGroup, Manifest, PROGRAMS_FOLDER, StreamJob } from './plan';
import { feastPod, podSecurity, programsMount, s3Credentials } from './server';

/** What computes values and brings them to the online store. */
export function featureJobs(plan: FeatureStorePlan): Manifest[] {
  return [
    ...(plan.model.online && hasMaterialized(plan) ? [materialization(plan)] : []),
    ...plan.batch.map((group) => batchJob(plan, group)),
    ...plan.models.map((group) => modelJob(plan, group)),
    ...plan.streams.map((stream) => streamJob(plan, stream)),
  ];
}

function hasMaterialized({ model }: FeatureStorePlan): boolean {
  return model.views.some(({ source }) => source.type !== FeatureSourceType.STREAMING);
}

function materialization(plan: FeatureStorePlan): Manifest {
  return cronJob(plan, {
    id: 'Materialize',
    name: contentName(plan.name, 'materialize', [], 52),
    schedule: plan.settings.materializationSchedule,
    component: 'feature-materialize',
    program: 'materialize.py',
    file: 'materialize.json',
    memory: '4Gi',
  });
}

function modelJob(plan: FeatureStorePlan, group: JobGroup): Manifest {
  const id = groupId('model', group);
  return cronJob(plan, {
    id: `Model${id}`,
    name: contentName(plan.name, 'model', [group.schedule, group.image], 52),
    schedule: group.schedule,
    component: 'feature-model',
    program: 'model_features.py',
    file: `${id}.json`,
    image: group.image,
    memory: '2Gi',
    annotations: computes(group.views),
  });
}

interface CronJobInput {
  readonly id: string;
  readonly name: string;
  readonly schedule: string;
  readonly component: string;
  readonly program: string;
  readonly file: string;
  readonly image?: string;
  readonly memory: string;
  readonly annotations?: { readonly [key: string]: string };
}

function cronJob(plan: FeatureStorePlan, input: CronJobInput): Manifest {
  return {
    id: input.id,
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: input.name,
    annotations: input.annotations,
    body: {
      spec: {
        schedule: input.schedule,
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        suspend: plan.spec.suspend ?? false,
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: 6 * 3600,
            template: feastPod(plan, {
              container: 'job',
              component: input.component,
              image: input.image,
              command: ['python', `${PROGRAMS_FOLDER}/${input.program}`, `${PROGRAMS_FOLDER}/${input.file}`],
              cpu: '250m',
              memory: input.memory,
              programs: true,
              ends: true,
            }),
          },
        },
      },
    },
  };
}

/** Spark runs the queries of a group on the lake and appends their rows to the folders of the views. */
function batchJob(plan: FeatureStorePlan, group: JobGroup): Manifest {
  const { settings, model } = plan;
  const id = groupId('batch', group);
  const labels = { ...plan.labels, 'app.kubernetes.io/component': 'feature-batch' };
  const endpoint = settings.s3Endpoint;
  const env = renderSecretEnv(s3Credentials(plan));
  const pod = {
    labels,
    annotations: RUN_TO_COMPLETION_ANNOTATIONS,
    securityContext: UNPRIVILEGED_CONTAINER,
    podSecurityContext: podSecurity(SPARK_USER),
    env: [{ name: 'HOME', value: '/tmp' }, ...noNodeMetadata(), ...env],
    volumeMounts: [programsMount(), { name: 'tmp', mountPath: '/tmp' }, { name: 'work', mountPath: SPARK_WORK_FOLDER }],
  };
  return {
    id: `Batch${id}`,
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'ScheduledSparkApplication',
    // a run's name is this and a number of 19 digits; its pods add a word, and all are label values
    name: contentName(plan.name, 'batch', [group.schedule, group.image], 34),
    annotations: computes(group.views),
    body: {
      spec: {
        schedule: group.schedule,
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        suspend: plan.spec.suspend ?? false,
        successfulRunHistoryLimit: 1,
        failedRunHistoryLimit: 3,
        template: {
          type: 'Python',
          pythonVersion: '3',
          mode: 'cluster',
          image: group.image,
          imagePullPolicy: 'IfNotPresent',
          sparkVersion: RUNNER_SPARK_VERSION,
          mainApplicationFile: `local://${PROGRAMS_FOLDER}/batch_features.py`,
          arguments: [`${PROGRAMS_FOLDER}/${id}.json`],
          deps: { packages: packages(plan) },
          sparkConf: {
            ...SPARK_DRIVER_CONF,
            'spark.jars.ivy': '/tmp/.ivy2',
            'spark.sql.session.timeZone': 'UTC',
            ...(model.offline.storage === OfflineStorage.DELTA
              ? {
                  'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
                  'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
                }
              : {}),
            ...settings.sparkConf,
          },
          ...(endpoint !== undefined
            ? {
                hadoopConf: {
                  'fs.s3a.endpoint': endpoint,
                  'fs.s3a.path.style.access': 'true',
                  'fs.s3a.connection.ssl.enabled': String(endpoint.startsWith('https://')),
                },
              }
            : {}),
          restartPolicy: {
            type: 'OnFailure',
            onFailureRetries: 2,
            onFailureRetryInterval: 60,
            onSubmissionFailureRetries: 3,
            onSubmissionFailureRetryInterval: 30,
          },
          driver: {
            cores: 1,
            memory: '2g',
            serviceAccount: settings.sparkServiceAccountName,
            template: sparkTemplate('driver'),
            ...pod,
          },
          executor: {
            instances: 2,
            cores: 1,
            memory: '2g',
            serviceAccount: settings.sparkServiceAccountName,
            template: sparkTemplate('executor'),
            ...pod,
          },
          volumes: [
            { name: 'programs', configMap: { name: plan.programsName } },
            { name: 'tmp', emptyDir: { sizeLimit: '10Gi' } },
            { name: 'work', emptyDir: { sizeLimit: '1Gi' } },
          ],
        },
      },
    },
  };
}

/** Maven packages for the folder and the lake. */
function packages(plan: FeatureStorePlan): string[] {
  const places = [plan.model.offline.path, plan.settings.lake];
  const formats: (string | undefined)[] = [plan.model.offline.storage, plan.settings.lakeFormat];
  return [
    ...(places.some((place) => /^s3a?:/.test(place ?? '')) ? RUNNER_PACKAGES.s3 : []),
    ...(formats.includes('delta') ? RUNNER_PACKAGES.delta : []),
  ];
}

/** Flink reads a topic, runs the tenant's transformation and pushes the values to the feature servers. */
function streamJob(plan: FeatureStorePlan, stream: StreamJob): Manifest {
  const { settings } = plan;
  const { view } = stream;
  const name = contentName(plan.name, `stream-${view.name.toLowerCase().replaceAll('_', '-')}`, [view.name], 45);
  const state = `${plan.model.offline.path ?? ''}.flink/${view.name}/`;
  const resource = { cpu: 1, memory: '2048m' };
  return {
    id: `Stream${view.name}`,
    apiVersion: 'flink.apache.org/v1beta1',
    kind: 'FlinkDeployment',
    name,
    annotations: computes([view]),
    body: {
      spec: {
        image: view.source.image ?? settings.streamImage,
        imagePullPolicy: 'IfNotPresent',
        flinkVersion: settings.flinkVersion,
        serviceAccount: settings.flinkServiceAccountName,
        flinkConfiguration: {
          'taskmanager.numberOfTaskSlots': '1',
          'state.backend.type': 'rocksdb',
          'execution.checkpointing.interval': '60s',
          'execution.checkpointing.dir': `${state}checkpoints`,
          'execution.checkpointing.savepoint-dir': `${state}savepoints`,
          'high-availability.type': 'kubernetes',
          'high-availability.storageDir': `${state}ha`,
          'python.client.executable': 'python3',
          'python.executable': 'python3',
          ...(settings.s3Endpoint !== undefined
            ? { 's3.endpoint': settings.s3Endpoint, 's3.path.style.access': 'true' }
            : {}),
        },
        jobManager: { replicas: 1, resource },
        taskManager: { resource },
        podTemplate: streamPod(plan, stream),
        job: {
          entryClass: 'org.apache.flink.client.python.PythonDriver',
          jarURI: settings.flinkPythonJar,
          args: [
            '-py',
            `${PROGRAMS_FOLDER}/stream_features.py`,
            '-pyfs',
            PROGRAMS_FOLDER,
            `${PROGRAMS_FOLDER}/stream.json`,
          ],
          parallelism: 1,
          upgradeMode: 'last-state',
          state: plan.spec.suspend ? 'suspended' : 'running',
        },
      },
    },
  };
}

function noNodeMetadata(): Json[] {
  return Object.entries(NO_NODE_METADATA).map(([name, value]) => ({ name, value }));
}

function streamPod(plan: FeatureStorePlan, stream: StreamJob): Json {
  const env = renderSecretEnv([...s3Credentials(plan), ...(busOf(plan.settings)?.flinkSecretEnv ?? [])]);
  return {
    metadata: { labels: { ...plan.labels, 'app.kubernetes.io/component': 'feature-stream' } },
    spec: {
      securityContext: podSecurity(FLINK_USER),
      containers: [
        {
          // the operator's own container has this name
          name: 'flink-main-container',
          securityContext: UNPRIVILEGED_CONTAINER,
          env: [
            { name: 'HOME', value: '/tmp' },
            { name: 'PYTHONDONTWRITEBYTECODE', value: '1' },
            ...noNodeMetadata(),
            ...env,
          ],
          volumeMounts: [
            programsMount(),
            { name: 'tmp', mountPath: '/tmp' },
            { name: 'log', mountPath: '/opt/flink/log' },
          ],
        },
      ],
      volumes: [
        { name: 'programs', configMap: { name: stream.configName } },
        { name: 'tmp', emptyDir: { sizeLimit: '5Gi' } },
        { name: 'log', emptyDir: { sizeLimit: '1Gi' } },
      ],
    },
  };
}
