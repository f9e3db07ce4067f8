import { AIZoneSpec } from '../../../src/api/generated/ai-zone';
import { AI_ZONE } from '../../../src/api/kinds/ai-zone';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { parseQuantity } from '../../../src/contracts/quantity';
import { lookup } from '../../../src/contracts/lookup';
import { ZONE_CONTENTS, ZONE_USERS } from '../../../src/kinds/ai-zone/operator';
import { ZONE_QUOTA } from '../../../src/kinds/ai-zone/placement';
import { ConditionReport } from '../runtime/conditions';
import { SyncContext } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';

type Context = SyncContext<AIZoneSpec>;

/** The namespace of the zone as it is, whatever made it. */
export function namespaceOf({ related, namespace }: Context): KubernetesObject | undefined {
  return related.find('v1', 'Namespace', namespace);
}

/** Whether the zone made an object. */
export function isOwned({ parent }: Context, object: KubernetesObject): boolean {
  const owners = object.metadata.ownerReferences as readonly { readonly uid?: string }[] | undefined;
  return owners?.some(({ uid }) => uid === parent.metadata.uid) ?? false;
}

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
export function allocatedResources({ children, related, namespace }: Context): Amounts {
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
function hasEnded({ status, metadata }: KubernetesObject): boolean {
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
  return Object.fromEntries(names.map((name) => [name, how(lookup(a, name) ?? 0, lookup(b, name) ?? 0)]));
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

/** Objects that are named in a message; of more, only the number is. */
const NAMED = 10;

/** Why a zone cannot be deleted yet: who would lose what runs, and does not expect it. */
export function blocksDeletion(context: Context): ConditionReport | undefined {
  const namespace = namespaceOf(context);
  // of someone else's namespace nothing is deleted, and of one that is on its way nothing can be kept
  if (!namespace || !isOwned(context, namespace) || namespace.metadata.deletionTimestamp !== undefined)
    return undefined;
  if (context.spec.allowCascadingDeletion ?? false) return undefined;
  const found = [...contents(context), ...users(context), ...namespacesOfTenant(context)];
  if (found.length === 0) return undefined;
  const more = found.length > NAMED ? ` and ${found.length - NAMED} more` : '';
  return {
    type: 'DeletionBlocked',
    status: true,
    reason: 'InUse',
    message: `The zone still holds ${found.slice(0, NAMED).join(', ')}${more}: remove them, or set spec.allowCascadingDeletion`,
  };
}

/** What lives in the namespace, as far as the zone did not make it. */
function contents(context: Context): string[] {
  const { related, namespace } = context;
  const inside = ({ metadata }: KubernetesObject): boolean => metadata.namespace === namespace;
  const objects = ZONE_CONTENTS.flatMap(({ apiVersion, kind }) => related.all(apiVersion, kind))
    .filter((object) => inside(object) && !isOwned(context, object))
    .map(describe);
  const models = new Set((context.spec.models ?? []).map(({ name }) => name));
  const pods = related
    .all('v1', 'Pod')
    .filter((pod) => inside(pod) && !hasEnded(pod) && !models.has(pod.metadata.labels?.model_name ?? ''))
    .map(describe);
  return [...objects, ...pods];
}

/** What names the zone, in whatever namespace it is. */
function users({ related, name, namespace }: Context): string[] {
  const others = ZONE_USERS.flatMap(({ apiVersion, kind }) => related.all(apiVersion, kind)).filter(
    ({ metadata, spec }) => metadata.namespace !== namespace && zoneIn(spec) === name,
  );
  const below = related.all(apiVersionOf(AI_ZONE), AI_ZONE.kind).filter(({ spec }) => spec?.parent === name);
  return [...others, ...below].map(describe);
}

function zoneIn(spec: KubernetesObject['spec']): unknown {
  return spec?.zone ?? (spec?.serving as { readonly zone?: unknown } | undefined)?.zone;
}

/** Capsule removes the namespaces of a Tenant with it. */
function namespacesOfTenant({ children, namespace }: Context): string[] {
  const tenant = children.find('capsule.clastix.io/v1beta2', 'Tenant', namespace);
  const names = tenant?.status?.namespaces;
  return Array.isArray(names) ? names.map((name) => `Namespace ${String(name)} of its tenant`) : [];
}

function describe({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
