import {
  enginePodSecurity,
  sparkCpu,
  SparkLanguage,
  sparkMemory,
  SPARK_DRIVER_CONF,
  sparkTemplate,
  SPARK_USER,
  SPARK_WORK_FOLDER,
} from '../../constructs/engines/engine-pods';
import { CONTAINER_SECURITY } from '../../constructs/workloads/pod';
import { devicesOf } from '../../contracts/devices';
import { fail } from '../../contracts/errors';
import { RUN_TO_COMPLETION_ANNOTATIONS } from '../../contracts/names';
import { configProp, Json, RUN_LABEL, StagePlan } from './plan';
import { RUN_NAME } from './variables';
import { environment, generatedMetadata, placement, resourceTemplate, StageTemplate } from './pods';

/** A class or a Python program on Spark: a SparkApplication of the Spark operator, whose driver and executors get the profile. */
export function sparkStage(plan: StagePlan): StageTemplate {
  const { scope, stage, settings, zone, amounts, deadline } = plan;
  const { config } = stage;
  const file = config.jar?.replace(/^s3:\/\//, 's3a://').replace(/^file:\/\//, 'local://');
  const isPython = file?.endsWith('.py') === true;
  if (config.mainClass === undefined && !isPython) {
    fail(
      scope,
      configProp(plan, 'mainClass'),
      'must be given, since Spark starts a class or a Python program',
      undefined,
      'name the class, or a file that ends with .py in config.jar',
    );
  }
  const pod = sparkPod(plan, isPython ? SparkLanguage.PYTHON : SparkLanguage.JVM);
  const devices = devicesOf(amounts);
  const [device] = devices;
  const manifest = {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: generatedMetadata(plan),
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
      sparkConf: { ...SPARK_DRIVER_CONF, 'spark.sql.warehouse.dir': '/tmp/warehouse', ...settings.sparkConf },
      dynamicAllocation: { enabled: true, minExecutors: 1, maxExecutors: settings.sparkMaxExecutors },
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '10Gi' } },
        { name: 'work', emptyDir: { sizeLimit: '5Gi' } },
      ],
      driver: {
        ...pod,
        ...placement(zone, devices),
        serviceAccount: settings.sparkServiceAccountName,
        // the driver ends in time by itself: the pod that waits for it cannot stop it
        template: sparkTemplate('driver', deadline === undefined ? {} : { activeDeadlineSeconds: deadline }),
      },
      executor: {
        ...pod,
        ...placement(zone, devices),
        serviceAccount: settings.sparkServiceAccountName,
        template: sparkTemplate('executor'),
        ...(device === undefined ? {} : { gpu: { name: device, quantity: Number(amounts[device]) } }),
      },
    },
  };
  return {
    makes: 'sparkapplications.sparkoperator.k8s.io',
    template: resourceTemplate(plan, {
      action: 'create',
      manifest,
      success: 'status.applicationState.state == COMPLETED',
      failure: 'status.applicationState.state in (FAILED, SUBMISSION_FAILED)',
    }),
  };
}

/** What driver and executors have in common. */
function sparkPod(plan: StagePlan, language: SparkLanguage): Json {
  const { scope, stage, settings, amounts, amountProps } = plan;
  const user = `Spark, which stage ${stage.name} runs on`;
  return {
    labels: { ...plan.labels, [RUN_LABEL]: RUN_NAME },
    annotations: RUN_TO_COMPLETION_ANNOTATIONS,
    ...sparkCpu(scope, amountProps.cpu, amounts.cpu),
    ...sparkMemory(scope, amountProps.memory, amounts.memory, language, user),
    // the API of the operator has a map for plain variables, but none for those of Secrets with a name of their own
    env: environment(plan),
    ...(settings.priorityClassName === undefined ? {} : { priorityClassName: settings.priorityClassName }),
    podSecurityContext: enginePodSecurity(stage.config.runAsUser ?? SPARK_USER),
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'work', mountPath: SPARK_WORK_FOLDER },
    ],
  };
}
