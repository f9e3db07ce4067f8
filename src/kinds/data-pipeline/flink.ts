import { DataPipelineSpec } from '../../api/generated/data-pipeline';
import { cores, enginePodSecurity, FLINK_USER, mebibytes } from '../../constructs/engines/engine-pods';
import { renderSecretEnv } from '../../constructs/workloads/env';
import { CONTAINER_SECURITY } from '../../constructs/workloads/pod';
import { fail } from '../../contracts/errors';
import { location } from './flink-sql';
import { DataPipelinePlan, Json, podLabels } from './plan';
import {
  claimVolumes,
  environment,
  FLINK_METRICS_PORT,
  PIPELINE_FILE,
  placement,
  PROGRAM_FOLDER,
  programMounts,
  programVolumes,
} from './pods';

/** Below it Flink has too little for its own parts of the memory. */
const LEAST_MIB = 1024;

/**
 * What runs a pipeline on Flink: a FlinkDeployment in application mode. A change of the pipeline goes on from the last checkpoint, which
 * fits as long as the steps keep their order.
 *
 * Source: https://nightlies.apache.org/flink/flink-kubernetes-operator-docs-release-1.15/docs/custom-resource/reference/
 */
export function flinkJob(plan: DataPipelinePlan, configName: string): Json {
  const { spec, settings, scope, base, namespace, labels } = plan;
  const { driver, executor } = spec.resources ?? {};
  const perManager = cores(scope, 'resources.executor.cpu', executor?.cpu);
  const slots = Math.max(1, Math.ceil(perManager));
  const folder = checkpointFolder(plan);
  return {
    apiVersion: 'flink.apache.org/v1beta1',
    kind: 'FlinkDeployment',
    metadata: { name: base, namespace, labels },
    spec: {
      image: settings.flinkImage,
      imagePullPolicy: 'IfNotPresent',
      flinkVersion: settings.flinkVersion,
      serviceAccount: spec.serviceAccountName ?? settings.flinkServiceAccountName,
      flinkConfiguration: {
        'taskmanager.numberOfTaskSlots': `${slots}`,
        'state.backend.type': 'rocksdb',
        'execution.checkpointing.interval': '60s',
        'execution.checkpointing.dir': `${folder}checkpoints`,
        'execution.checkpointing.savepoint-dir': `${folder}savepoints`,
        'high-availability.type': 'kubernetes',
        'high-availability.storageDir': `${folder}ha`,
        'restart-strategy.type': 'exponential-delay',
        'metrics.reporter.prom.factory.class': 'org.apache.flink.metrics.prometheus.PrometheusReporterFactory',
        'metrics.reporter.prom.port': `${FLINK_METRICS_PORT}`,
        'python.client.executable': 'python3',
        'python.executable': 'python3',
        ...s3(settings.env),
      },
      jobManager: {
        replicas: 1,
        resource: amounts(cores(scope, 'resources.driver.cpu', driver?.cpu), memory(plan, 'driver')),
      },
      taskManager: { resource: amounts(perManager, memory(plan, 'executor')) },
      podTemplate: podTemplate(plan, configName),
      job: {
        entryClass: 'org.apache.flink.client.python.PythonDriver',
        // that of the image, whose name has its version
        jarURI: 'local:///opt/flink/opt/flink-python.jar',
        args: ['-py', `${PROGRAM_FOLDER}/main.py`, `${PROGRAM_FOLDER}/${PIPELINE_FILE}`],
        parallelism: (executor?.instances ?? 2) * slots,
        upgradeMode: 'last-state',
        state: spec.suspend ? 'suspended' : 'running',
      },
    },
  };
}

function memory({ scope, spec }: DataPipelinePlan, pod: 'driver' | 'executor'): number {
  return mebibytes(scope, `resources.${pod}.memory`, spec.resources?.[pod]?.memory, 'Flink', LEAST_MIB);
}

/** Flink divides the memory of the pod by itself. */
function amounts(cpu: number, mib: number): Json {
  return { cpu, memory: `${mib}m` };
}

function checkpointFolder({ scope, spec, folder = ownFolder(spec), namespace, name }: DataPipelinePlan): string {
  if (folder === undefined) {
    const fix = 'write to a datalake, or have the platform set the folder of pipelines';
    fail(scope, 'sink.type', 'must be a store that keeps checkpoints', spec.sink.type, fix);
  }
  return `${location(folder)}flink/${namespace}.${name}/`;
}

function ownFolder({ sink }: DataPipelineSpec): string | undefined {
  return sink.config.path === undefined ? undefined : `${sink.config.path.replace(/\/?$/, '/')}_state/`;
}

function s3({ AWS_ENDPOINT_URL_S3: endpoint }: { readonly [name: string]: string }): Json {
  return endpoint === undefined ? {} : { 's3.endpoint': endpoint, 's3.path.style.access': 'true' };
}

function podTemplate(plan: DataPipelinePlan, configName: string): Json {
  const claims = claimVolumes(plan);
  return {
    metadata: { labels: podLabels(plan) },
    spec: {
      ...placement(plan),
      securityContext: enginePodSecurity(FLINK_USER),
      containers: [
        {
          // the operator's own container has this name
          name: 'flink-main-container',
          securityContext: CONTAINER_SECURITY,
          env: [...environment(plan), ...renderSecretEnv((plan.bus.source ?? plan.bus.sink)?.flinkSecretEnv)],
          ports: [{ name: 'metrics', containerPort: FLINK_METRICS_PORT, protocol: 'TCP' }],
          volumeMounts: [
            { name: 'tmp', mountPath: '/tmp' },
            { name: 'log', mountPath: '/opt/flink/log' },
            ...programMounts(plan),
            ...claims.mounts,
          ],
        },
      ],
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '10Gi' } },
        { name: 'log', emptyDir: { sizeLimit: '1Gi' } },
        ...programVolumes(plan, configName),
        ...claims.volumes,
      ],
    },
  };
}
