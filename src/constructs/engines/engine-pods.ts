import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { programFiles } from '../../contracts/programs';
import { cpuQuantity, parseQuantity } from '../../contracts/quantity';

/*
 * What the pods of Spark and Flink have in common, whichever kind makes them: ml-workflow, data-pipeline and feature-store. Their
 * ServiceAccount is that of EngineAccount.
 */

/** What `programs/pipeline-runner` says of the Spark that it is for. */
interface Connectors {
  readonly spark: string;
  readonly scala: string;
  readonly packages: Readonly<Record<string, readonly string[]>>;
}

const { spark, scala, packages } = JSON.parse(programFiles('pipeline-runner')['connectors.json']) as Connectors;

/** Version of Spark that the pipeline runner is written and tested for. */
export const RUNNER_SPARK_VERSION = spark;

/** Image of that Spark, with Python. */
export const RUNNER_IMAGE = `docker.io/apache/spark:${spark}-scala${scala}-java17-python3-ubuntu`;

/** Maven packages by the connector that needs them: drivers of databases, formats, schemes of stores, and kafka. */
export const RUNNER_PACKAGES = packages;

/** The user `spark` of Apache's images of Spark. */
export const SPARK_USER = 185;
/** Where such an image has its working directory, which Spark writes to. */
export const SPARK_WORK_FOLDER = '/opt/spark/work-dir';
/** The user `flink` of the images of Flink. */
export const FLINK_USER = 9999;

/**
 * What keeps a driver from what its account may not do, and need not: its Service belongs to the driver's pod and goes with it, and
 * executors have no claims.
 */
export const SPARK_DRIVER_CONF: { readonly [key: string]: string } = {
  'spark.kubernetes.driver.service.deleteOnTermination': 'false',
  'spark.kubernetes.driver.ownPersistentVolumeClaim': 'false',
  'spark.kubernetes.driver.reusePersistentVolumeClaim': 'false',
};

/**
 * Template of the pod of a driver or an executor, for what a SparkApplication has no field for. The driver makes the executors and so needs
 * the token of its account; executors do not. Spark's operator adds its fields to the pods of templates too.
 */
export function sparkTemplate(
  role: 'driver' | 'executor',
  more: { readonly [field: string]: unknown } = {},
): { readonly spec: { readonly [field: string]: unknown } } {
  return {
    spec: {
      ...more,
      automountServiceAccountToken: role === 'driver',
      containers: [{ name: `spark-kubernetes-${role}` }],
    },
  };
}

/** The security context of a pod of level `restricted`, for the user of an image. */
export function enginePodSecurity(user: number): { readonly [field: string]: unknown } {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

const MIB = 2 ** 20;
/** Spark's least overhead, and the least heap that it starts with. */
const MIN_OVERHEAD_MIB = 384;
const MIN_HEAP_MIB = 512;

/** What a program of Spark is written for. */
export enum SparkLanguage {
  /** The JVM alone. */
  JVM,
  /** Python, which needs memory beside the JVM. */
  PYTHON,
}

/** What Spark on Kubernetes adds to the heap. */
const OVERHEAD: { readonly [language in SparkLanguage]: number } = {
  [SparkLanguage.JVM]: 0.1,
  [SparkLanguage.PYTHON]: 0.4,
};

/** Amounts as a spec has them. */
interface Amounts {
  readonly cpu?: string | number;
  readonly memory?: string | number;
}

/** CPU as a SparkApplication has it. */
interface SparkCpu {
  /** Tasks at a time. */
  readonly cores: number;
  /** CPU that the pod requests. */
  readonly coreRequest: string;
}

/** Memory as a SparkApplication has it. */
interface SparkMemory {
  /** The heap of the JVM. */
  readonly memory: string;
  /** The rest of the pod. With the heap it is what the spec says. */
  readonly memoryOverhead: string;
}

/** What a pod of Spark with a Python program gets. */
export function sparkAmounts(scope: Construct, prop: string, given: Amounts = {}): SparkCpu & SparkMemory {
  return {
    ...sparkCpu(scope, `${prop}.cpu`, given.cpu),
    ...sparkMemory(scope, `${prop}.memory`, given.memory, SparkLanguage.PYTHON),
  };
}

/** The CPU of a pod of Spark. */
export function sparkCpu(scope: Construct, prop: string, given: string | number | undefined): SparkCpu {
  const cpu = cores(scope, prop, given);
  return {
    cores: Math.max(1, Math.ceil(cpu)),
    coreRequest: Number.isInteger(cpu) ? `${cpu}` : `${Math.round(cpu * 1000)}m`,
  };
}

/**
 * The memory of a pod of Spark. The pod has what the spec says, no more: Spark by itself would take that for the heap and add to it.
 *
 * Source: https://spark.apache.org/docs/4.0.1/running-on-kubernetes.html (spark.kubernetes.memoryOverheadFactor)
 *
 * @param user who needs it, for the message
 */
export function sparkMemory(
  scope: Construct,
  prop: string,
  given: string | number | undefined,
  language: SparkLanguage,
  user = 'Spark',
): SparkMemory {
  const total = mebibytes(scope, prop, given, user, MIN_HEAP_MIB + MIN_OVERHEAD_MIB);
  const factor = OVERHEAD[language];
  const overhead = Math.max(MIN_OVERHEAD_MIB, Math.ceil((total * factor) / (1 + factor)));
  return { memory: `${total - overhead}m`, memoryOverhead: `${overhead}m` };
}

/** The number of cores, to a thousandth. */
export function cores(scope: Construct, prop: string, given: string | number | undefined): number {
  const text = cpuQuantity(scope, prop, `${given ?? 1}`);
  return Math.round((parseQuantity(text) ?? 0) * 1000) / 1000;
}

/** Whole mebibytes, which Spark and Flink write with `m`. */
export function mebibytes(
  scope: Construct,
  prop: string,
  given: string | number | undefined,
  engine: string,
  least: number,
): number {
  const text = `${given ?? '2Gi'}`;
  const total = Math.floor((parseQuantity(text) ?? 0) / MIB);
  if (total < least) fail(scope, prop, `must be at least ${least}Mi for ${engine}`, text, 'give it more');
  return total;
}
