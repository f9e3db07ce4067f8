import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { AIZoneType, ZoneIsolation, ZoneResources } from '../../api/generated/ai-zone';
import { deviceTolerations, NVIDIA_TAINT } from '../../contracts/devices';
import { fail } from '../../contracts/errors';
import { PLATFORM_GROUP } from '../../contracts/names';
import { parseQuantity } from '../../contracts/quantity';
import { AIZonePlan, ZONE_LABEL, zoneLabels } from './plan';

/** What a workload has to know of the AIZone that it runs in. */
export interface ZonePlacement {
  /** Name of the AIZone. */
  readonly name: string;
  /**
   * Labels of the nodes of the zone.
   *
   * @default - any node
   */
  readonly nodeSelector?: { readonly [key: string]: string };
  /**
   * What all workloads of the zone may request together, as Kubernetes writes it. Only extended resources such as `nvidia.com/gpu`
   * are compared with what a workload may request; a quota bounds the others.
   *
   * @default - no bounds
   */
  readonly limits?: { readonly [resource: string]: string };
  /**
   * Whether no other workload runs on the nodes of the zone. They have the taint `nstarx.io/zone` with the zone's name.
   *
   * @default false
   */
  readonly ownNodes?: boolean;
  /**
   * What the zone is for.
   *
   * @default AIZoneType.INFERENCE
   */
  readonly type?: AIZoneType;
}

/**
 * The taints that a pod in a zone tolerates: those of the devices that it asks for or is placed by, and that of the zone's own nodes.
 * No pod of the kinds has other tolerations, and the policy `tenant-pods` refuses others.
 */
export function zoneTolerations(
  zone: Pick<ZonePlacement, 'name' | 'nodeSelector' | 'ownNodes'> | undefined,
  devices: readonly string[],
): { [key: string]: string }[] {
  // every pod of a zone with GPU nodes only is placed on such a node
  const onGpuNodes = Object.keys(zone?.nodeSelector ?? {}).some((key) => key.startsWith(NVIDIA_TAINT));
  return [
    ...deviceTolerations([...devices, ...(onGpuNodes ? [NVIDIA_TAINT] : [])]),
    ...(zone?.ownNodes ? [{ key: ZONE_LABEL, operator: 'Equal', value: zone.name, effect: 'NoSchedule' }] : []),
  ];
}

/** Name of the ResourceQuota and of the LimitRange of a zone. */
export const ZONE_QUOTA = 'zone';

/** What a container gets that asks for nothing; the same as in the namespaces of teams. */
const DEFAULTS = { cpu: '100m', memory: '128Mi', memoryLimit: '512Mi' } as const;

/**
 * The bounds of a zone, as a ResourceQuota has them. CPU limits are not bounded: a quota on them refuses each container without
 * one, and unused CPU may be used by others. Memory is, as request and as limit, because it cannot be reclaimed.
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

/** The ResourceQuota of a zone, and the LimitRange without which it would refuse every container that requests nothing. */
export function addQuota(scope: Construct, plan: AIZonePlan, bounds: { [key: string]: string }): void {
  const metadata = { name: ZONE_QUOTA, namespace: plan.namespace, labels: zoneLabels(plan.zone, 'quota') };
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

const ADMISSION = 'admissionregistration.k8s.io/v1';

/**
 * Refuses Pods of a zone with nodes of its own that could run on other ones. The zone cannot keep others off its nodes: that
 * takes taints.
 */
export function addNodePolicy(scope: Construct, { zone, namespace, spec }: AIZonePlan): void {
  const nodeSelector = spec.resources?.compute?.nodeSelector ?? {};
  if (spec.isolation !== ZoneIsolation.NODE || Object.keys(nodeSelector).length === 0) return;
  const name = `zone-nodes-${zone}.${PLATFORM_GROUP}`;
  const labels = zoneLabels(zone, 'nodes');
  const desired = Object.entries(nodeSelector).sort();
  const holds = desired.map(([key, value]) => `object.spec.?nodeSelector[?${cel(key)}].orValue('') == ${cel(value)}`);
  new ApiObject(scope, 'NodePolicy', {
    apiVersion: ADMISSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name, labels },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      validations: [
        {
          expression: holds.join(' && '),
          message:
            `the Pods of zone ${zone} run on its own nodes: set the nodeSelector ` +
            desired.map(([key, value]) => `${key}=${value}`).join(', '),
          reason: 'Invalid',
        },
      ],
    },
  });
  new ApiObject(scope, 'NodePolicyBinding', {
    apiVersion: ADMISSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name, labels },
    spec: {
      policyName: name,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
    },
  });
}

/** Labels have no character that a string of CEL would have to escape. */
function cel(text: string): string {
  return `'${text}'`;
}
