import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { cpuQuantity, parseQuantity } from '../../contracts/quantity';

const MIB = 2 ** 20;
/** Spark's least overhead, and the least heap that it starts with. */
const MIN_OVERHEAD_MIB = 384;
const MIN_HEAP_MIB = 512;
/** What Spark on Kubernetes adds to the heap of a Python program: Python itself needs memory beside the JVM. */
const PYTHON_OVERHEAD = 0.4;

/** Amounts as a spec has them. */
export interface Amounts {
  readonly cpu?: string | number;
  readonly memory?: string | number;
}

/** Amounts as a SparkApplication has them. */
export interface SparkAmounts {
  /** Tasks at a time. */
  readonly cores: number;
  /** CPU that the pod requests. */
  readonly coreRequest: string;
  /** The heap of the JVM. */
  readonly memory: string;
  /** The rest of the pod. With the heap it is what the spec says. */
  readonly memoryOverhead: string;
}

/**
 * What a pod of Spark gets. The pod has the CPU and the memory of the spec, no more: Spark by itself would take the memory for the heap
 * and add to it.
 *
 * Source: https://spark.apache.org/docs/4.0.1/running-on-kubernetes.html (spark.kubernetes.memoryOverheadFactor)
 *
 * @param prop path of the amounts in the spec
 */
export function sparkAmounts(scope: Construct, prop: string, given: Amounts = {}): SparkAmounts {
  const total = mebibytes(scope, `${prop}.memory`, given.memory, 'Spark', MIN_HEAP_MIB + MIN_OVERHEAD_MIB);
  const overhead = Math.max(MIN_OVERHEAD_MIB, Math.ceil((total * PYTHON_OVERHEAD) / (1 + PYTHON_OVERHEAD)));
  const cpu = cores(scope, `${prop}.cpu`, given.cpu);
  return {
    cores: Math.max(1, Math.ceil(cpu)),
    coreRequest: Number.isInteger(cpu) ? `${cpu}` : `${Math.round(cpu * 1000)}m`,
    memory: `${total - overhead}m`,
    memoryOverhead: `${overhead}m`,
  };
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
