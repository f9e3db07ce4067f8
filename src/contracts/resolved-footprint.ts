import { ChartValues, isMap, valueAt } from './chart-values';
import { Component } from './component';
import {
  FootprintContainer,
  FootprintExpression,
  FootprintMetrics,
  FootprintReference,
  FootprintService,
  FootprintToleration,
  FootprintVolume,
  FootprintWorkload,
} from './footprint';
import { parseQuantity } from './quantity';

/** What a component brings with the values that it has, in plain numbers. */
export interface ResolvedFootprint {
  /** What makes pods; what the values switch off is left out. */
  readonly workloads: ResolvedWorkload[];
  /** The webhooks that are on. */
  readonly webhooks: ResolvedWebhook[];
  readonly services: FootprintService[];
  readonly metrics: FootprintMetrics[];
  readonly references: ResolvedReference[];
}

/** An object in the namespace of a component that its pods need and its chart does not make. */
export interface ResolvedReference {
  readonly kind: string;
  readonly name: string;
  /** The chart value that names it. */
  readonly at: string;
}

/** Equal pods. */
export interface ResolvedWorkload {
  readonly kind: string;
  readonly name: string;
  /** Undefined for a DaemonSet, which has a pod on each node that it may run on. */
  readonly replicas?: number;
  /** The chart value with the replicas; undefined where none changes them. */
  readonly replicasAt?: string;
  /** Cores that each pod requests. */
  readonly cpu: number;
  /** Bytes of memory that each pod requests. */
  readonly memory: number;
  /** Containers, and init containers, that request no memory. */
  readonly withoutRequests: string[];
  /** Containers, and init containers, that are limited in CPU. */
  readonly limitedInCpu: string[];
  /** Volumes of each pod. */
  readonly volumes: ResolvedVolume[];
  readonly images: string[];
  readonly podLabels: { readonly [label: string]: string };
  readonly nodeSelector: { readonly [label: string]: string };
  readonly nodeAffinity: FootprintExpression[];
  readonly tolerations: FootprintToleration[];
  readonly podSecurity: string;
  readonly onePerNode: boolean;
  readonly disruptionBudget: boolean;
  /** Hooks of Helm that run it; undefined for what stays. */
  readonly hook?: string;
}

/** A persistent volume. */
export interface ResolvedVolume {
  /** Bytes; 0 where neither the chart nor a value says. */
  readonly size: number;
  /** Undefined for the cluster's default class. */
  readonly storageClass?: string;
}

/** A webhook. */
export interface ResolvedWebhook {
  readonly name: string;
  readonly failurePolicy: string;
  readonly judges: string[];
  /** Name of the workload that answers; undefined where another component does. */
  readonly servedBy?: string;
  /** `Namespaced` or `Cluster`; undefined for both. */
  readonly scope?: string;
  readonly namespaceSelector: FootprintExpression[];
  readonly objectSelector: FootprintExpression[];
}

/**
 * What a component brings with its values, which a user may have overridden.
 *
 * @returns undefined when its footprint is not known
 */
export function resolveFootprint(component: Component): ResolvedFootprint | undefined {
  const { footprint, values } = component;
  if (footprint === undefined) return undefined;
  return {
    workloads: resolveWorkloads(footprint.workloads, values),
    webhooks: (footprint.webhooks ?? [])
      .filter((one) => isOn(one, values))
      .map((one) => ({
        name: one.name,
        failurePolicy: asText(valueAt(values, one.failurePolicyAt)) ?? one.failurePolicy,
        judges: one.judges,
        servedBy: one.servedBy,
        scope: one.scope,
        namespaceSelector:
          namespacesIn(valueAt(values, one.namespacesAt)) ??
          selectorIn(valueAt(values, one.namespaceSelectorAt)) ??
          one.namespaceSelector ??
          [],
        objectSelector: selectorIn(valueAt(values, one.objectSelectorAt)) ?? one.objectSelector ?? [],
      })),
    services: (footprint.services ?? []).filter((one) => isOn(one, values)),
    metrics: (footprint.metrics ?? []).filter((one) => isOn(one, values)),
    references: (footprint.references ?? []).flatMap((one) => resolvedReferences(one, values)),
  };
}

/** What makes pods, with some values of a chart; what they switch off is left out. */
export function resolveWorkloads(
  workloads: readonly FootprintWorkload[],
  values: ChartValues = {},
): ResolvedWorkload[] {
  return workloads.filter((one) => isOn(one, values)).map((one) => resolvedWorkload(one, values));
}

/** Whether labels meet all conditions of a selector. */
export function meets(
  labels: { readonly [label: string]: string },
  conditions: readonly FootprintExpression[],
): boolean {
  return conditions.every(({ key, operator, values = [] }) => {
    const has = key in labels;
    if (operator === 'Exists') return has;
    if (operator === 'DoesNotExist') return !has;
    return operator === 'In' ? has && values.includes(labels[key]) : !has || !values.includes(labels[key]);
  });
}

function resolvedReferences(
  { kind, name, nameAt, nameKey = 'name', enabledAt }: FootprintReference,
  values: ChartValues,
): ResolvedReference[] {
  if (enabledAt !== undefined && !asFlag(valueAt(values, enabledAt), false)) return [];
  const value = valueAt(values, nameAt) ?? name;
  return (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((one) => {
    const given = asText(isMap(one) ? one[nameKey] : one);
    return given === undefined || (isMap(one) && one.optional === true) ? [] : [{ kind, name: given, at: nameAt }];
  });
}

/** The conditions of a label selector; undefined for a value that gives none. */
function selectorIn(value: unknown): FootprintExpression[] | undefined {
  if (Array.isArray(value)) return value as FootprintExpression[];
  if (!isMap(value)) return undefined;
  const { matchLabels, matchExpressions } = value;
  const labels = Object.entries(isMap(matchLabels) ? (matchLabels as Labels) : {});
  return [
    ...labels.map(([key, given]) => ({ key, operator: 'In', values: [given] })),
    ...(Array.isArray(matchExpressions) ? (matchExpressions as FootprintExpression[]) : []),
  ];
}

function namespacesIn(value: unknown): FootprintExpression[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const values = value as string[];
  return values.includes('') ? [] : [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }];
}

interface Switch {
  readonly enabledAt?: string;
  readonly enabled?: boolean;
  readonly disabledAt?: string;
}

function isOn({ enabledAt, enabled = true, disabledAt }: Switch, values: ChartValues): boolean {
  return asFlag(valueAt(values, enabledAt), enabled) && !asFlag(valueAt(values, disabledAt), false);
}

function resolvedWorkload(workload: FootprintWorkload, values: ChartValues): ResolvedWorkload {
  const here = (one: FootprintContainer): boolean => asFlag(valueAt(values, one.enabledAt), true);
  const containers = workload.containers.filter(here);
  const initContainers = (workload.initContainers ?? []).filter(here);
  const request = (resource: 'cpu' | 'memory'): number => {
    const amount = (one: FootprintContainer): number => requestOf(one, resource, values) ?? 0;
    const together = containers.reduce((sum, one) => sum + amount(one), 0);
    return Math.max(together, ...initContainers.map(amount));
  };
  const replicas = asNumber(valueAt(values, workload.replicasAt)) ?? workload.replicas ?? 1;
  const nodeSelector = valueAt(values, workload.nodeSelectorAt);
  const tolerations = valueAt(values, workload.tolerationsAt);
  return {
    kind: workload.kind,
    name: workload.name,
    replicas: workload.kind === 'DaemonSet' ? undefined : replicas,
    replicasAt: workload.replicasAt,
    cpu: request('cpu'),
    memory: request('memory'),
    withoutRequests: [...containers, ...initContainers]
      .filter((one) => requestOf(one, 'memory', values) === undefined)
      .map(({ name }) => name),
    limitedInCpu: [...containers, ...initContainers]
      .filter((one) => isLimitedInCpu(one, values))
      .map(({ name }) => name),
    volumes: (workload.volumes ?? []).flatMap((volume) => resolvedVolume(volume, values)),
    images: [...containers, ...initContainers].flatMap((one) => imageOf(one, values) ?? []),
    podLabels: workload.podLabels ?? {},
    nodeSelector: { ...workload.nodeSelector, ...(isMap(nodeSelector) ? (nodeSelector as Labels) : {}) },
    nodeAffinity: workload.nodeAffinity ?? [],
    tolerations: Array.isArray(tolerations) ? (tolerations as FootprintToleration[]) : (workload.tolerations ?? []),
    podSecurity: workload.podSecurity ?? 'restricted',
    onePerNode: workload.onePerNode ?? false,
    disruptionBudget: hasBudget(valueAt(values, workload.disruptionBudgetAt), workload.disruptionBudget ?? false),
    hook: workload.hook,
  };
}

type Labels = { readonly [label: string]: string };

/** A value replaces the chart's own request; a limit alone is a request too. */
function requestOf(container: FootprintContainer, resource: 'cpu' | 'memory', values: ChartValues): number | undefined {
  const given = valueAt(values, container.resourcesAt);
  const { requests, limits } = (isMap(given) ? given : {}) as {
    readonly requests?: unknown;
    readonly limits?: unknown;
  };
  const own = container[resource];
  return (
    quantity(isMap(requests) ? requests[resource] : undefined) ??
    (own === undefined || (isMap(requests) && requests[resource] === null) ? undefined : parseQuantity(own)) ??
    quantity(isMap(limits) ? limits[resource] : undefined)
  );
}

/** A limit of the chart stays where values give others, unless they take it away with null. */
function isLimitedInCpu({ cpuLimit, resourcesAt }: FootprintContainer, values: ChartValues): boolean {
  const limit = valueAt(values, resourcesAt && `${resourcesAt}.limits.cpu`);
  return limit === undefined ? cpuLimit !== undefined : limit !== null;
}

function resolvedVolume(volume: FootprintVolume, values: ChartValues): ResolvedVolume[] {
  const enabled = valueAt(values, volume.enabledAt);
  if (volume.enabledAt !== undefined && !asFlag(enabled, false)) return [];
  const size = quantity(valueAt(values, volume.sizeAt)) ?? quantity(volume.size) ?? 0;
  const storageClass = asText(valueAt(values, volume.storageClassAt)) ?? volume.storageClass;
  return [{ size, ...(storageClass === undefined ? {} : { storageClass }) }];
}

/** The image with what a value replaces: all of it, or registry, repository and tag. */
function imageOf({ image, imageAt }: FootprintContainer, values: ChartValues): string | undefined {
  const given = valueAt(values, imageAt);
  if (typeof given === 'string') return given;
  if (image === undefined || !isMap(given)) return image;
  const [, name, reference = ''] = /^([^@]*?)((?::[^:/@]+)?(?:@.*)?)$/.exec(image) ?? [];
  const registry = asText(given.registry);
  const repository = asText(given.repository);
  const tag = asText(given.tag);
  const path = repository ?? (registry ? name.replace(/^[^/]*\//, '') : name);
  const host = registry ?? (repository && !/^[^/]*[.:]/.test(repository) && /^([^/]*[.:][^/]*)\//.exec(name)?.[1]);
  return `${host ? `${host}/` : ''}${path}${tag ? `:${tag}` : reference}`;
}

/** Charts switch a budget with `enabled` or `enable`, or by giving one of its two bounds. */
function hasBudget(value: unknown, byDefault: boolean): boolean {
  if (!isMap(value)) return byDefault;
  const flag = value.enabled ?? value.enable;
  if (typeof flag === 'boolean') return flag;
  return [value.minAvailable, value.maxUnavailable].some((bound) => bound !== undefined && bound !== null) || byDefault;
}

function quantity(value: unknown): number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? parseQuantity(String(value)) : undefined;
}

/** A switch is true or false, or a map or a list that is on when it is there. */
function asFlag(value: unknown, byDefault: boolean): boolean {
  if (value === undefined || value === null) return byDefault;
  return value !== false && value !== 'false' && value !== '';
}

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
