import { OfflineStorage } from '../../api/generated';
import { RUNNER_PACKAGES, RUNNER_SPARK_VERSION } from '../../constructs/engines/spark-runner';
import { UNPRIVILEGED_CONTAINER } from '../../constructs/workloads/container-security';
import { secretEnvironment } from '../../constructs/workloads/secret-environment';
import { podSecurity, programsMount, s3Credentials } from './feast-pods';
import { computes, JobGroup } from './feature-job-files';
import { FeatureStoreContext, Manifest } from './feature-store-context';
import { PROGRAMS_FOLDER, groupId, labelsOf, nameWith } from './feature-store-names';

/** The user of Spark's image. */
const SPARK_USER = 185;

/** Spark runs the queries of a group on the lake and appends their rows to the folders of the views. */
export function batchJob(context: FeatureStoreContext, group: JobGroup): Manifest {
  const { settings, model } = context;
  const id = groupId('batch', group);
  const labels = labelsOf(context.name, 'feature-batch');
  const endpoint = settings.s3Endpoint;
  const env = secretEnvironment(s3Credentials(context));
  const pod = {
    labels,
    securityContext: UNPRIVILEGED_CONTAINER,
    podSecurityContext: podSecurity(SPARK_USER),
    env: [{ name: 'HOME', value: '/tmp' }, ...env],
    volumeMounts: [
      programsMount(),
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'work', mountPath: '/opt/spark/work-dir' },
    ],
  };
  return {
    id: `Batch${id}`,
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'ScheduledSparkApplication',
    // a run's name is this and a number of 19 digits; its pods add a word, and all stand in labels
    name: nameWith(context.name, id, 34),
    annotations: computes(group.views),
    body: {
      spec: {
        schedule: group.schedule,
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        suspend: context.spec.suspend ?? false,
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
          deps: { packages: packages(context) },
          sparkConf: {
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
          driver: { cores: 1, memory: '2g', serviceAccount: settings.sparkServiceAccountName, ...pod },
          executor: { instances: 2, cores: 1, memory: '2g', ...pod },
          volumes: [
            { name: 'programs', configMap: { name: context.programsName } },
            { name: 'tmp', emptyDir: { sizeLimit: '10Gi' } },
            { name: 'work', emptyDir: { sizeLimit: '1Gi' } },
          ],
        },
      },
    },
  };
}

/** Maven packages for the folder and the lake. */
function packages(context: FeatureStoreContext): string[] {
  const places = [context.model.offline.path, context.settings.lake];
  const formats: (string | undefined)[] = [context.model.offline.storage, context.settings.lakeFormat];
  return [
    ...(places.some((place) => /^s3a?:/.test(place ?? '')) ? RUNNER_PACKAGES.s3 : []),
    ...(formats.includes('delta') ? RUNNER_PACKAGES.delta : []),
  ];
}
