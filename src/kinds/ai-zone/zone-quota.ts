import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { ZoneResources } from '../../api/generated/ai-zone';
import { fail } from '../../contracts/errors';
import { parseQuantity } from '../../contracts/quantity';
import { zoneLabels } from './zone-labels';

/** Name of the ResourceQuota and of the LimitRange of a zone. */
export const ZONE_QUOTA = 'zone';

/** What a container gets that asks for nothing; the same as in the namespaces of teams. */
const DEFAULTS = { cpu: '100m', memory: '128Mi', memoryLimit: '512Mi' } as const;

/**
 * The bounds of a zone, as a ResourceQuota has them. CPU limits are not bounded: a quota on them refuses each container without
 * one, and unused CPU may be used by whoever has work. Memory is, as request and as limit, because it cannot be taken back.
 *
 * @internal
 */
export function zoneBounds(where: IConstruct, resources: ZoneResources = {}): { [key: string]: string } {
  const bounds: { [key: string]: string } = { 'services.loadbalancers': '0', 'services.nodeports': '0' };
  for (const [name, given] of Object.entries(resources.compute?.limits ?? {}).sort()) {
    const amount = text(given);
    if (parseQuantity(amount) === undefined) {
      fail(where, `resources.compute.limits.${name}`, 'must be a quantity', given, "write it like '8' or '512Gi'");
    }
    for (const key of quotaKeys(where, name)) bounds[key] = amount;
  }
  const { storage } = resources;
  if (storage) {
    bounds['requests.storage'] = text(storage.size);
    if (storage.class !== undefined) {
      bounds[`${storage.class}.storageclass.storage.k8s.io/requests.storage`] = text(storage.size);
    }
  }
  return bounds;
}

/** A CRD takes 8 as well as "8". */
function text(amount: string | number): string {
  return String(amount);
}

function quotaKeys(where: IConstruct, name: string): string[] {
  if (name === 'memory') return ['requests.memory', 'limits.memory'];
  if (name === 'cpu' || name === 'ephemeral-storage' || name.startsWith('hugepages-')) return [`requests.${name}`];
  if (name === 'pods') return ['pods'];
  // the request of an extended resource is its limit, and a quota takes the request only
  if (/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)\/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name))
    return [`requests.${name}`];
  return fail(
    where,
    `resources.compute.limits.${name}`,
    'must be a resource that can be bounded',
    name,
    'use cpu, memory, ephemeral-storage, pods, hugepages-<size> or an extended resource such as nvidia.com/gpu',
  );
}

/**
 * The ResourceQuota of a zone, and the LimitRange without which it would refuse every container that asks for nothing.
 *
 * @internal
 */
export function addQuota(scope: Construct, zone: string, namespace: string, bounds: { [key: string]: string }): void {
  const metadata = { name: ZONE_QUOTA, namespace, labels: zoneLabels(zone, 'quota') };
  new ApiObject(scope, 'Quota', { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: bounds } });
  const cpu = 'requests.cpu' in bounds;
  const memory = 'requests.memory' in bounds;
  if (!cpu && !memory) return;
  new ApiObject(scope, 'Limits', {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata,
    spec: {
      limits: [
        {
          type: 'Container',
          defaultRequest: { ...(cpu ? { cpu: DEFAULTS.cpu } : {}), ...(memory ? { memory: DEFAULTS.memory } : {}) },
          ...(memory ? { default: { memory: DEFAULTS.memoryLimit } } : {}),
        },
      ],
    },
  });
}
