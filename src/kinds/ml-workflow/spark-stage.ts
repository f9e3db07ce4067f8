import { fail } from '../../contracts/errors';
import {
  sparkCpu,
  SparkLanguage,
  sparkMemory,
  SPARK_USER,
  SPARK_WORK_FOLDER,
} from '../../constructs/engines/spark-amounts';
import { CONTAINER_SECURITY } from '../../constructs/workloads/container-security';
import { zoneTolerations } from '../ai-zone/placement';
import { deadlineOf, generatedMetadata, resourceTemplate } from './resource-stage';
import { configProp, Json, StageContext, stageLabels, StageTemplate } from './stage-context';
import { environment } from './stage-environment';
import { devicesOf, resourceProp, resourcesOf, StageResources } from './stage-resources';

/** A class or a Python program on Spark: a SparkApplication of the Spark operator, whose driver and executors get the profile. */
export function sparkStage(context: StageContext): StageTemplate {
  const { stage, settings, spec, zone } = context;
  const { config } = stage;
  const file = config.jar?.replace(/^s3:\/\//, 's3a://').replace(/^file:\/\//, 'local://');
  const isPython = file?.endsWith('.py') === true;
  if (config.mainClass === undefined && !isPython) {
    fail(
      context.scope,
      configProp(context, 'mainClass'),
      'must be given, since Spark starts a class or a Python program',
      undefined,
      'name the class, or a file that ends with .py in config.jar',
    );
  }
  const amounts = resourcesOf(spec, stage);
  const pod = sparkPod(context, amounts, isPython ? SparkLanguage.PYTHON : SparkLanguage.JVM);
  const [device] = devicesOf(amounts);
  const tolerated = zoneTolerations(zone, devicesOf(amounts));
  const tolerationsOf = tolerated.length > 0 ? { tolerations: tolerated } : {};
  const deadline = deadlineOf(context);
  const nodes = zone?.nodeSelector ? { nodeSelector: zone.nodeSelector } : {};
  const manifest = {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: generatedMetadata(context),
    spec: {
      type: isPython ? 'Python' : 'Scala',
      mode: 'cluster',
      sparkVersion: settings.sparkVersion,
      image: config.image ?? settings.sparkImage,
      ...(config.mainClass === undefined ? {} : { mainClass: config.mainClass }),
      // Spark's word for a class that the image has on its class path
      mainApplicationFile: file ?? 'spark-internal',
      ...(config.arguments && config.arguments.length > 0 ? { arguments: config.arguments } : {}),
      // the workflow tries again
      restartPolicy: { type: 'Never' },
      sparkConf: { 'spark.sql.warehouse.dir': '/tmp/warehouse', ...settings.sparkConf },
      dynamicAllocation: { enabled: true, minExecutors: 1, maxExecutors: settings.sparkMaxExecutors },
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '10Gi' } },
        { name: 'work', emptyDir: { sizeLimit: '5Gi' } },
      ],
      driver: {
        ...pod,
        ...nodes,
        ...tolerationsOf,
        serviceAccount: settings.sparkServiceAccountName,
        ...(deadline === undefined ? {} : { template: driverUntil(deadline) }),
      },
      executor: {
        ...pod,
        ...nodes,
        ...tolerationsOf,
        serviceAccount: settings.sparkServiceAccountName,
        ...(device === undefined ? {} : { gpu: { name: device, quantity: Number(amounts[device]) } }),
      },
    },
  };
  return {
    template: resourceTemplate(context, {
      action: 'create',
      manifest,
      success: 'status.applicationState.state == COMPLETED',
      failure: 'status.applicationState.state in (FAILED, SUBMISSION_FAILED)',
    }),
  };
}

/** The driver ends in time by itself: the pod that waits for it cannot stop it. The SparkApplication has no field for that. */
function driverUntil(activeDeadlineSeconds: number): Json {
  return { spec: { activeDeadlineSeconds, containers: [{ name: 'spark-kubernetes-driver' }] } };
}

/** What driver and executors have in common. */
function sparkPod(context: StageContext, amounts: StageResources, language: SparkLanguage): Json {
  const { scope, spec, stage, settings } = context;
  const user = `Spark, which stage ${stage.name} runs on`;
  return {
    labels: stageLabels(context),
    ...sparkCpu(scope, resourceProp(spec, stage, 'cpu'), amounts.cpu),
    ...sparkMemory(scope, resourceProp(spec, stage, 'memory'), amounts.memory, language, user),
    // the API of the operator has a map for plain variables, but none for those of Secrets with a name of their own
    env: environment(context),
    ...(settings.priorityClassName === undefined ? {} : { priorityClassName: settings.priorityClassName }),
    podSecurityContext: {
      runAsNonRoot: true,
      runAsUser: SPARK_USER,
      runAsGroup: SPARK_USER,
      fsGroup: SPARK_USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'work', mountPath: SPARK_WORK_FOLDER },
    ],
  };
}
