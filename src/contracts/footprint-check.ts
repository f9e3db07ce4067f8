import { IConstruct } from 'constructs';
import { checkWhole } from './bounds';
import { ChartValues, isMap, valueAt } from './chart-values';
import { fail } from './errors';
import { ComponentFootprint, FootprintContainer, FootprintVolume, FootprintWorkload } from './footprint';
import { byteQuantity, cpuQuantity } from './quantity';

/** What makes pods of a component. */
const COMPONENT_KINDS = ['DaemonSet', 'Deployment', 'Job', 'StatefulSet'];

/**
 * Refuses what would not be counted: kinds and amounts of a footprint, and amounts in the chart values that it names.
 *
 * @throws InvalidInputError for the first of them
 */
export function checkFootprint(where: string, { workloads }: ComponentFootprint, values: ChartValues): void {
  for (const workload of workloads) {
    checkWorkload(where, `footprint.workloads "${workload.name}"`, workload, COMPONENT_KINDS);
    for (const { resourcesAt } of containersOf(workload)) checkResources(where, resourcesAt, values);
    for (const volume of workload.volumes ?? []) {
      checkAmount(where, `values.${volume.sizeAt ?? ''}`, 'memory', valueAt(values, volume.sizeAt));
    }
  }
}

/**
 * Refuses a workload of a kind that makes no pods here, or with an amount that is no quantity.
 *
 * @param prop the prop that has it
 * @param kinds the kinds that make pods
 */
export function checkWorkload(
  where: IConstruct | string,
  prop: string,
  workload: FootprintWorkload,
  kinds: readonly string[],
): void {
  const { kind, replicas, volumes = [] } = workload;
  if (!kinds.includes(kind)) {
    const fix = 'give what makes the pods; those of the control plane are no pods of the nodes';
    fail(where, `${prop}.kind`, `must be one of ${kinds.join(', ')}`, kind, fix);
  }
  const pods = 'give the number of pods; a DaemonSet has one on each node';
  checkWhole(where, `${prop}.replicas`, replicas, 0, 10_000, pods);
  for (const { name, cpu, memory, cpuLimit } of containersOf(workload)) {
    checkAmount(where, `${prop}.${name}.cpu`, 'cpu', cpu);
    checkAmount(where, `${prop}.${name}.memory`, 'memory', memory);
    checkAmount(where, `${prop}.${name}.cpuLimit`, 'cpu', cpuLimit);
  }
  volumes.forEach(({ size }: FootprintVolume, at) => checkAmount(where, `${prop}.volumes[${at}].size`, 'memory', size));
}

function containersOf({ containers, initContainers = [] }: FootprintWorkload): FootprintContainer[] {
  return [...containers, ...initContainers];
}

function checkResources(where: string, path: string | undefined, values: ChartValues): void {
  const resources = valueAt(values, path);
  for (const part of ['requests', 'limits']) {
    const amounts = isMap(resources) ? resources[part] : undefined;
    if (!isMap(amounts)) continue;
    for (const name of ['cpu', 'memory'] as const) {
      checkAmount(where, `values.${path ?? ''}.${part}.${name}`, name, amounts[name]);
    }
  }
}

/** Nothing, and what Terraform knows, is fine. */
function checkAmount(where: IConstruct | string, prop: string, resource: 'cpu' | 'memory', given: unknown): void {
  if ((typeof given !== 'string' && typeof given !== 'number') || Number(given) === 0) return;
  const text = String(given);
  if (text.includes('${')) return;
  (resource === 'cpu' ? cpuQuantity : byteQuantity)(where, prop, text);
}
