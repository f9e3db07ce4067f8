import { GpuCapability } from '../../contracts/cluster';
import { asAmount, asObject, asObjects, at, JsonObject } from '../json';
import { ObjectOfGraph } from '../manifest-graph';

/** What a pod asks a node for, in cores, bytes and pieces. */
export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
  /** GPUs, by extended resource. */
  readonly gpus: { readonly [resource: string]: number };
}

/** Amounts by name of the resource, such as `memory` or `nvidia.com/gpu`. */
export interface ResourceAmounts {
  readonly [resource: string]: number;
}

/** What a pod requests and is limited to. */
export interface PodResources {
  readonly requests: ResourceAmounts;
  readonly limits: ResourceAmounts;
}

/** What containers of a namespace get that ask for nothing: `defaultRequest` and `default` of its LimitRange. */
export interface ContainerDefaults {
  readonly requests?: unknown;
  readonly limits?: unknown;
}

/** What the LimitRanges among some objects give to containers, by namespace. */
export function containerDefaults(objects: readonly ObjectOfGraph[]): Map<string, ContainerDefaults> {
  const defaults = new Map<string, ContainerDefaults>();
  for (const { kind, group, namespace = '', json } of objects) {
    if (kind !== 'LimitRange' || group !== '') continue;
    const container = asObjects(at(json, 'spec', 'limits')).find(({ type }) => type === 'Container');
    if (container) defaults.set(namespace, { requests: container.defaultRequest, limits: container.default });
  }
  return defaults;
}

/**
 * What the scheduler and quotas count of a PodSpec: containers and sidecars together, or the largest of the init containers; of a pod that
 * has resources of its own, these.
 */
export function podResources(spec: JsonObject, defaults: ContainerDefaults = {}): PodResources {
  const inits = asObjects(spec.initContainers);
  const sidecars = inits.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const resources = (one: JsonObject): PodResources => containerResources(asObject(one.resources), defaults);
  const running = [...asObjects(spec.containers), ...sidecars].map(resources);
  const before = inits.filter((one) => !sidecars.includes(one)).map(resources);
  const total = (of: 'requests' | 'limits'): ResourceAmounts => ({
    ...largest(sum(running.map((one) => one[of])), ...before.map((one) => one[of])),
    ...amounts(at(spec, 'resources', of)),
  });
  return { requests: total('requests'), limits: total('limits') };
}

/** What counts of the resources of a container: a limit without a request is the request too. */
export function containerResources(resources: JsonObject, defaults: ContainerDefaults = {}): PodResources {
  const limits = amounts(resources.limits);
  const requests = { ...amounts(defaults.requests), ...limits, ...amounts(resources.requests) };
  return { requests, limits: { ...amounts(defaults.limits), ...limits } };
}

/** What of it nodes are asked for. */
export function amountsOf({ requests }: PodResources, gpus: readonly GpuCapability[]): Amounts {
  const { cpu = 0, memory = 0 } = requests;
  const names = [...new Set(gpus.map(({ resourceName }) => resourceName))].filter((name) => (requests[name] ?? 0) > 0);
  return { cpu, memory, gpus: Object.fromEntries(names.map((name) => [name, requests[name]])) };
}

function amounts(of: unknown): ResourceAmounts {
  return Object.fromEntries(Object.entries(asObject(of)).map(([name, amount]) => [name, asAmount(amount)]));
}

function sum(all: readonly ResourceAmounts[]): ResourceAmounts {
  const total: { [resource: string]: number } = {};
  for (const one of all) for (const [name, amount] of Object.entries(one)) total[name] = (total[name] ?? 0) + amount;
  return total;
}

function largest(...all: readonly ResourceAmounts[]): ResourceAmounts {
  const most: { [resource: string]: number } = {};
  for (const one of all) {
    for (const [name, amount] of Object.entries(one)) most[name] = Math.max(most[name] ?? 0, amount);
  }
  return most;
}
