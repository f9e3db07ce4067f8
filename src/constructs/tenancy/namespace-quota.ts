import { IConstruct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { fail } from '../../contracts/errors';
import { byteQuantity, cpuQuantity, parseQuantity } from '../../contracts/quantity';
import { findEnvironment } from '../../contracts/environment-scope';

/** What a namespace may use at most, all its pods together. */
export interface NamespaceQuota {
  /**
   * CPU that its pods request, as a Kubernetes quantity such as `16`. CPU limits are not bounded: unused CPU may be used by
   * others.
   */
  readonly cpu: string;
  /** Memory that its pods request, as a Kubernetes quantity such as `64Gi`, and half of what their limits may be. */
  readonly memory: string;
  /**
   * GPUs.
   *
   * @default 0
   */
  readonly gpus?: number;
  /**
   * Storage of its persistent volumes, as a Kubernetes quantity; `0` for none.
   *
   * @default '100Gi'
   */
  readonly storage?: string;
  /**
   * Pods that have not ended.
   *
   * @default 50
   */
  readonly pods?: number;
  /**
   * Ports of nodes that its Services may open. A load balancer opens one for each of its ports too.
   *
   * @default 0 - requests from outside come through the gateway of the platform
   */
  readonly nodePorts?: number;
  /**
   * Services of type LoadBalancer.
   *
   * @default 0 - requests from outside come through the gateway of the platform
   */
  readonly loadBalancers?: number;
  /**
   * Objects of a kind, by plural name and API group, such as `aimodels.nstarx.io`; for a kind of the core group the
   * name alone.
   *
   * @default - no bound for other kinds than those of Kubernetes itself
   */
  readonly objectCounts?: { [resource: string]: number };
  /**
   * Further bounds, by the key of a ResourceQuota, such as `count/inferenceservices.serving.kserve.io`.
   *
   * @default - none
   */
  readonly extra?: { [key: string]: string };
}

/** What a container gets that asks for nothing, so that the quota does not reject its pod. */
export interface ContainerDefaults {
  /**
   * CPU request.
   *
   * @default '100m'
   */
  readonly cpu?: string;
  /**
   * Memory request.
   *
   * @default '128Mi'
   */
  readonly memory?: string;
  /**
   * Memory limit. A container that requests more must name its own limit, or its pod is refused.
   *
   * @default '512Mi'
   */
  readonly memoryLimit?: string;
}

/** The bounds of a ResourceQuota. */
export function quotaBounds(where: IConstruct, quota: NamespaceQuota): { [key: string]: k8s.Quantity } {
  const cpu = parseQuantity(cpuQuantity(where, 'quota.cpu', quota.cpu)) ?? 0;
  const memory = parseQuantity(byteQuantity(where, 'quota.memory', quota.memory)) ?? 0;
  const gpus = count(where, 'quota.gpus', quota.gpus ?? 0, 0);
  const { storage = '100Gi' } = quota;
  if (parseQuantity(storage) !== 0) byteQuantity(where, 'quota.storage', storage);
  const pods = count(where, 'quota.pods', quota.pods ?? 50, 1);
  const counts = objectCounts(where, quota);
  for (const [key, value] of Object.entries(quota.extra ?? {})) {
    if (parseQuantity(value) === undefined) {
      fail(where, `quota.extra "${key}"`, 'must be a Kubernetes quantity', value, "write it like '10' or '20Gi'");
    }
  }
  const bounds: { [key: string]: string } = {
    'requests.cpu': `${Math.round(cpu * 1000)}m`,
    'requests.memory': `${Math.round(memory / 2 ** 20)}Mi`,
    'limits.memory': `${Math.round((memory * 2) / 2 ** 20)}Mi`,
    'requests.nvidia.com/gpu': String(gpus),
    ...otherDevices(where, gpus),
    'requests.storage': storage,
    pods: String(pods),
    persistentvolumeclaims: String(Math.max(10, pods)),
    configmaps: String(pods * 4),
    secrets: String(pods * 4),
    services: String(pods),
    'services.loadbalancers': String(count(where, 'quota.loadBalancers', quota.loadBalancers ?? 0, 0)),
    'services.nodeports': String(count(where, 'quota.nodePorts', quota.nodePorts ?? 0, 0)),
    'count/deployments.apps': String(pods),
    'count/statefulsets.apps': String(pods),
    'count/jobs.batch': String(pods * 4),
    'count/cronjobs.batch': String(pods),
    ...counts,
    ...quota.extra,
  };
  return Object.fromEntries(Object.entries(bounds).map(([key, value]) => [key, k8s.Quantity.fromString(value)]));
}

/** Bounds of GPUs that the cluster offers in parts, shared, or of others: a quota counts what it names only. */
function otherDevices(where: IConstruct, gpus: number): { [key: string]: string } {
  const environment = findEnvironment(where);
  const offered = environment?.hasCluster ? environment.cluster.capabilities.gpus : [];
  return Object.fromEntries(offered.map(({ resourceName }) => [`requests.${resourceName}`, String(gpus)]));
}

/** The keys that a ResourceQuota has for numbers of objects. */
function objectCounts(where: IConstruct, quota: NamespaceQuota): { [key: string]: string } {
  return Object.fromEntries(
    Object.entries(quota.objectCounts ?? {}).map(([resource, max]) => {
      const prop = `quota.objectCounts "${resource}"`;
      if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(resource)) {
        fail(where, prop, 'must be a plural name and an API group', resource, "write it like 'aimodels.nstarx.io'");
      }
      const key = `count/${resource}`;
      if (quota.extra && key in quota.extra) {
        fail(where, prop, `must not be bounded by extra "${key}" as well`, max, 'leave one of the two out');
      }
      return [key, String(count(where, prop, max, 0))];
    }),
  );
}

function count(where: IConstruct, prop: string, value: number, min: number): number {
  if (!Number.isInteger(value) || value < min) {
    fail(where, prop, `must be a whole number of at least ${min}`, value, 'give the largest number allowed');
  }
  return value;
}
