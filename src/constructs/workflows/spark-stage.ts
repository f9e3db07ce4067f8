import { fail } from '../../contracts/errors';
import { parseQuantity } from '../../contracts/quantity';
import { generatedMetadata, resourceTemplate } from './resource-stage';
import { configProp, Json, StageContext, stageLabels, StageTemplate } from './stage-context';
import { environment } from './stage-environment';
import { CONTAINER_SECURITY } from './stage-pod';
import { devicesOf, resourceProp, resourcesOf, StageResources } from './stage-resources';
import { zoneTolerations } from '../zones/zone-placement';

/** The user `spark` of Apache's images. */
const SPARK_USER = 185;
const MIB = 2 ** 20;
/** The least that a JVM of Spark starts with, and what is set aside for the rest of the pod. */
const MIN_HEAP_MIB = 512;
const MIN_OVERHEAD_MIB = 384;

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
  const pod = sparkPod(context, amounts);
  const [device] = devicesOf(amounts);
  const tolerated = zoneTolerations(zone, devicesOf(amounts));
  const tolerationsOf = tolerated.length > 0 ? { tolerations: tolerated } : {};
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
      volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '10Gi' } }],
      driver: { ...pod, ...nodes, ...tolerationsOf, serviceAccount: settings.sparkServiceAccountName },
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

/** What driver and executors have in common. */
function sparkPod(context: StageContext, amounts: StageResources): Json {
  const { spec, stage, settings } = context;
  const cores = parseQuantity(amounts.cpu) ?? 1;
  return {
    labels: stageLabels(context),
    cores: Math.max(1, Math.ceil(cores)),
    coreRequest: amounts.cpu,
    ...memory(context, resourceProp(spec, stage, 'memory'), amounts.memory),
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
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
}

/** The memory of a pod as Spark divides it: the heap of the JVM, and a tenth for the rest. */
function memory({ scope, stage }: StageContext, prop: string, amount: string): Json {
  const total = Math.floor((parseQuantity(amount) ?? 0) / MIB);
  const overhead = Math.max(MIN_OVERHEAD_MIB, Math.ceil(total / 11));
  if (total - overhead < MIN_HEAP_MIB) {
    fail(scope, prop, `must be at least 896Mi for Spark, which stage ${stage.name} runs on`, amount, 'give it more');
  }
  return { memory: `${total - overhead}m`, memoryOverhead: `${overhead}m` };
}
