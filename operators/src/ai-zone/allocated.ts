import { ZONE_QUOTA } from '../../../src/kinds/ai-zone/zone-quota';
import { parseQuantity } from '../../../src/contracts/quantity';
import { KubernetesObject } from '../runtime/protocol';
import { ZoneContext } from './zone-context';

type Amounts = Readonly<Record<string, string>>;
/** A Pod may have 1 where it could have "1". */
type Requests = Readonly<Record<string, string | number>>;

interface Container {
  readonly resources?: { readonly requests?: Requests };
  readonly restartPolicy?: string;
}

interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly overhead?: Requests;
}

/** Whether all that is reported of a zone is counted by its quota, so that no Pods have to be looked at. */
export function isCounted(limits: Readonly<Record<string, unknown>> = {}): boolean {
  return 'cpu' in limits && 'memory' in limits && Object.keys(limits).some(isGpu);
}

/**
 * What the Pods of the zone request together: as its quota counts it, and for what the quota does not bound, as the sum over the
 * Pods that have not ended. `gpu` counts all kinds of GPUs.
 */
export function allocatedResources({ children, related, namespace }: ZoneContext): Amounts {
  const quota = children.find('v1', 'ResourceQuota', ZONE_QUOTA, namespace);
  const used = (quota?.status?.used ?? {}) as Amounts;
  const counted = Object.entries(used).filter(([key]) => key.startsWith('requests.'));
  const quotaOf = (name: string): string | undefined => used[`requests.${name}`];
  const gpus = counted.filter(([key]) => isGpu(key.slice('requests.'.length)));
  const pods = related.all('v1', 'Pod').filter((pod) => pod.metadata.namespace === namespace && !hasEnded(pod));
  const requests = pods.map(({ spec }) => requestsOf((spec ?? {}) as PodSpec));
  const sum = (matches: (name: string) => boolean): number =>
    requests.reduce(
      (total, one) =>
        total + Object.entries(one).reduce((amount, [name, value]) => amount + (matches(name) ? value : 0), 0),
      0,
    );
  const storage = quotaOf('storage');
  return {
    cpu: quotaOf('cpu') ?? cores(sum((name) => name === 'cpu')),
    memory: quotaOf('memory') ?? bytes(sum((name) => name === 'memory')),
    gpu: String(gpus.length > 0 ? gpus.reduce((total, [, count]) => total + Number(count), 0) : sum(isGpu)),
    ...(storage !== undefined ? { storage } : {}),
  };
}

/** Whether a Pod does nothing any more. */
export function hasEnded({ status, metadata }: KubernetesObject): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' || metadata.deletionTimestamp !== undefined;
}

/** Whole GPUs, slices of them, and those of other makers. */
function isGpu(name: string): boolean {
  return name.includes('/') && /gpu|\/mig-/.test(name);
}

/**
 * What the scheduler reserves for a Pod: its containers and the sidecars among its init containers together, or what one of the
 * others needs when that is more.
 */
function requestsOf({ containers = [], initContainers = [], overhead = {} }: PodSpec): Record<string, number> {
  let running: Record<string, number> = {};
  let start: Record<string, number> = {};
  for (const container of initContainers) {
    const own = amounts(container.resources?.requests);
    if (container.restartPolicy === 'Always') {
      running = combine(running, own, (a, b) => a + b);
      start = combine(start, running, Math.max);
    } else {
      start = combine(
        start,
        combine(running, own, (a, b) => a + b),
        Math.max,
      );
    }
  }
  for (const { resources } of containers) running = combine(running, amounts(resources?.requests), (a, b) => a + b);
  return combine(combine(running, start, Math.max), amounts(overhead), (a, b) => a + b);
}

function amounts(given: Requests = {}): Record<string, number> {
  return Object.fromEntries(Object.entries(given).map(([name, text]) => [name, parseQuantity(String(text)) ?? 0]));
}

function combine(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
  how: (a: number, b: number) => number,
): Record<string, number> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => [name, how(a[name] ?? 0, b[name] ?? 0)]));
}

function cores(amount: number): string {
  const thousandths = Math.round(amount * 1000);
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}

function bytes(amount: number): string {
  let rest = Math.ceil(amount);
  const units = ['', 'Ki', 'Mi', 'Gi', 'Ti'];
  let unit = 0;
  while (rest > 0 && rest % 1024 === 0 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${rest}${units[unit]}`;
}
