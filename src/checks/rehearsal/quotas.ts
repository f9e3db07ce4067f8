import { Finding } from '../check';
import { asAmount, asNumber, asObject, asObjects, at, JsonObject } from '../json';
import { ObjectOfGraph } from '../manifest-graph';
import { BootStep } from './boot-step';
import { findingOf } from './capacity';
import { PodContext, PodGroup, withChildren } from './pods';
import { amountShown } from './nodes';
import { isDevice } from '../../contracts/devices';

/**
 * What runs in a namespace fits its ResourceQuotas: all that stays together, and beside that each run of what ends by itself, all its pods
 * at once.
 */
export function quotaFindings(
  steps: readonly BootStep[],
  pods: readonly PodGroup[],
  { childrenOf }: PodContext,
): Finding[] {
  const objects = steps.flatMap((step) =>
    step.manifests.flatMap((root) =>
      withChildren([root], childrenOf).map((object): OfStep => ({ step, object, root })),
    ),
  );
  const quotas = objects.flatMap(quotasOf);
  if (quotas.length === 0) return [];
  const consumers = [...pods.map(consumerOf), ...objects.flatMap(claimsOf), ...objects.flatMap(doorsOf)];
  return quotas.flatMap((quota) => {
    const here = consumers.filter(({ namespace }) => namespace === quota.namespace);
    return Object.entries(quota.hard).flatMap(([key, most]) => firstTooMany(here, quota, key, most) ?? []);
  });
}

/** An object, and what it is made of: itself where the program has it. */
interface OfStep {
  readonly step: BootStep;
  readonly object: ObjectOfGraph;
  readonly root: ObjectOfGraph;
}

interface Quota {
  readonly name: string;
  readonly namespace: string;
  readonly hard: { readonly [key: string]: number };
  /** What raises a bound of it. */
  readonly fixFor: (key: string) => string;
}

/** The bounds of a Namespace's quota that its props name otherwise. */
const PROPS: { readonly [key: string]: string } = {
  'requests.cpu': 'cpu',
  'requests.memory': 'memory',
  'limits.memory': 'memory',
  'requests.storage': 'storage',
  persistentvolumeclaims: 'pods',
  'services.loadbalancers': 'loadBalancers',
  'services.nodeports': 'nodePorts',
};

function propOf(key: string): string {
  return PROPS[key] ?? (isDevice(key.replace(/^requests\./, '')) ? 'gpus' : key);
}

function quotasOf({ object, root }: OfStep): Quota[] {
  const { kind, group, name, namespace = 'default', json } = object;
  const spec = asObject(json.spec);
  // one with scopes counts some pods only
  if (kind !== 'ResourceQuota' || group !== '' || spec.scopes !== undefined || spec.scopeSelector !== undefined)
    return [];
  const hard = Object.entries(asObject(spec.hard)).map(([key, amount]) => [key, asAmount(amount)] as const);
  return [
    {
      name,
      namespace,
      hard: Object.fromEntries(hard),
      fixFor: (key) =>
        root === object
          ? `raise ${propOf(key)} in the quota of the namespace`
          : `raise ${key} in the resources of ${root.kind} ${root.name}`,
    },
  ];
}

/** Something that counts, by key of a quota. */
interface Consumer {
  readonly namespace: string;
  readonly asker: Pick<PodGroup, 'path' | 'owner' | 'step' | 'asks'>;
  /** All of it together. */
  readonly counts: { readonly [key: string]: number };
  readonly run?: string;
}

function consumerOf(group: PodGroup): Consumer {
  // of a DaemonSet there is one at least
  const count = typeof group.count === 'number' ? group.count : 1;
  const { requests, limits } = group.resources;
  const counts: { [key: string]: number } = { pods: count, 'count/pods': count };
  for (const [name, each] of Object.entries(requests)) {
    counts[`requests.${name}`] = each * count;
    if (name === 'cpu' || name === 'memory') counts[name] = each * count;
  }
  for (const [name, each] of Object.entries(limits)) counts[`limits.${name}`] = each * count;
  return { namespace: group.namespace, asker: group, counts, run: group.run };
}

/** The volumes that an object claims. */
function claimsOf({ step, object, root }: OfStep): Consumer[] {
  const claims = claimedSizes(object);
  if (claims.length === 0) return [];
  const counts: { [key: string]: number } = { persistentvolumeclaims: claims.length };
  const all = 'requests.storage';
  for (const { size, storageClass } of claims) {
    counts[all] = (counts[all] ?? 0) + size;
    if (storageClass === undefined) continue;
    const key = `${storageClass}.storageclass.storage.k8s.io/${all}`;
    counts[key] = (counts[key] ?? 0) + size;
  }
  const { kind, name, namespace = 'default' } = object;
  const asks = object === root ? 'asks for' : `its ${kind} ${name} asks for`;
  return [{ namespace, asker: { step, owner: `${root.kind} ${root.name}`, path: root.path, asks }, counts }];
}

/**
 * What a Service opens to outside of the cluster. A quota counts the ports, of load balancers too: those of the nodes that they go through.
 *
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.35.4/pkg/quota/v1/evaluator/core/services.go
 */
function doorsOf({ step, object, root }: OfStep): Consumer[] {
  const { kind, group, name, namespace = 'default', json } = object;
  const { type, ports, allocateLoadBalancerNodePorts } = asObject(json.spec);
  if (kind !== 'Service' || group !== '' || (type !== 'NodePort' && type !== 'LoadBalancer')) return [];
  const isLoadBalancer = type === 'LoadBalancer';
  const isDirect = isLoadBalancer && allocateLoadBalancerNodePorts === false;
  const opened = asObjects(ports).filter(({ nodePort }) => !isDirect || nodePort !== undefined);
  const counts: { [key: string]: number } = {
    'services.nodeports': opened.length,
    ...(isLoadBalancer ? { 'services.loadbalancers': 1 } : {}),
  };
  const asks = object === root ? 'asks for' : `its ${kind} ${name} asks for`;
  return [{ namespace, asker: { step, owner: `${root.kind} ${root.name}`, path: root.path, asks }, counts }];
}

interface Claim {
  readonly size: number;
  readonly storageClass?: string;
}

function claimedSizes({ kind, group, json }: ObjectOfGraph): Claim[] {
  const spec = asObject(json.spec);
  switch (`${kind}.${group}`) {
    case 'PersistentVolumeClaim.':
      return [claim(spec)];
    case 'StatefulSet.apps': {
      const templates = asObjects(spec.volumeClaimTemplates).map((one) => claim(asObject(one.spec)));
      return Array.from({ length: asNumber(spec.replicas) ?? 1 }, () => templates).flat();
    }
    case 'Cluster.postgresql.cnpg.io': {
      const volumes = [spec.storage, spec.walStorage].map(asObject).filter(({ size }) => size !== undefined);
      const each = volumes.map(({ size, storageClass }): Claim => ({ size: asAmount(size), ...named(storageClass) }));
      return Array.from({ length: asNumber(spec.instances) ?? 1 }, () => each).flat();
    }
    case 'EventBus.argoproj.io': {
      const { persistence, replicas } = asObject(spec.jetstream);
      if (persistence === undefined) return [];
      const { volumeSize = '20Gi', storageClassName } = asObject(persistence);
      return Array.from({ length: asNumber(replicas) ?? 3 }, () => ({
        size: asAmount(volumeSize),
        ...named(storageClassName),
      }));
    }
    case 'KafkaNodePool.kafka.strimzi.io': {
      const { storage } = spec;
      const disks = at(storage, 'type') === 'jbod' ? asObjects(at(storage, 'volumes')) : [asObject(storage)];
      const each = disks
        .filter(({ type }) => type === 'persistent-claim')
        .map((disk): Claim => ({ size: asAmount(disk.size), ...named(disk.class) }));
      return Array.from({ length: asNumber(spec.replicas) ?? 0 }, () => each).flat();
    }
    default:
      return [];
  }
}

function claim({ resources, storageClassName }: JsonObject): Claim {
  return { size: asAmount(at(resources, 'requests', 'storage')), ...named(storageClassName) };
}

function named(storageClass: unknown): { readonly storageClass?: string } {
  return typeof storageClass === 'string' ? { storageClass } : {};
}

/** The first that has more than the quota allows, with what is there by then. */
function firstTooMany(consumers: readonly Consumer[], quota: Quota, key: string, most: number): Finding | undefined {
  const staying = consumers.filter(({ run }) => run === undefined);
  const runs = new Map<string, Consumer[]>();
  for (const one of consumers) if (one.run !== undefined) runs.set(one.run, [...(runs.get(one.run) ?? []), one]);
  const all = staying.reduce((sum, { counts }) => sum + (counts[key] ?? 0), 0);
  for (const [before, group] of [[0, staying], ...[...runs.values()].map((run) => [all, run] as const)] as const) {
    let asked = before;
    for (const { asker, counts } of group) {
      const own = counts[key] ?? 0;
      asked += own;
      // a thousandth is lost in rounding
      if (own === 0 || asked <= most + 1e-6) continue;
      return findingOf(
        asker,
        `${amountShown(key, own)}, with which namespace ${quota.namespace} has ${amountShown(key, asked)} in use, and its ResourceQuota ${quota.name} allows ${amountShown(key, most)} (${key}); ${quota.fixFor(key)}, or ask for less`,
      );
    }
  }
  return undefined;
}
