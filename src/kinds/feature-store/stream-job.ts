import { UNPRIVILEGED_CONTAINER } from '../../constructs/workloads/container-security';
import { Json } from '../../constructs/workloads/pod-template';
import { secretEnvironment } from '../../constructs/workloads/secret-environment';
import { podSecurity, programsMount, s3Credentials } from './feast-pods';
import { computes } from './feature-job-files';
import { FeatureStoreContext, Manifest, StreamJob } from './feature-store-context';
import { PROGRAMS_FOLDER, labelsOf, nameWith } from './feature-store-names';

/** The user of Flink's image. */
const FLINK_USER = 9999;

/** Flink reads a topic, runs the tenant's transformation and pushes the values to the feature servers. */
export function streamJob(context: FeatureStoreContext, stream: StreamJob): Manifest {
  const { settings } = context;
  const { view } = stream;
  const name = nameWith(context.name, `s-${view.name.toLowerCase().replaceAll('_', '-')}`, 45);
  const state = `${context.model.offline.path ?? ''}.flink/${view.name}/`;
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
        podTemplate: streamPod(context, stream),
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
          state: context.spec.suspend ? 'suspended' : 'running',
        },
      },
    },
  };
}

function streamPod(context: FeatureStoreContext, stream: StreamJob): Json {
  const { kafkaSecretName } = context.settings;
  const env = secretEnvironment(s3Credentials(context));
  return {
    metadata: { labels: labelsOf(context.name, 'feature-stream') },
    spec: {
      securityContext: podSecurity(FLINK_USER),
      containers: [
        {
          // the operator's own container has this name
          name: 'flink-main-container',
          securityContext: UNPRIVILEGED_CONTAINER,
          env: [{ name: 'HOME', value: '/tmp' }, { name: 'PYTHONDONTWRITEBYTECODE', value: '1' }, ...env],
          ...(kafkaSecretName !== undefined ? { envFrom: [{ secretRef: { name: kafkaSecretName } }] } : {}),
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
