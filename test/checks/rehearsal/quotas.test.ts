import { objectFrom } from '../../../src/checks/manifest-graph';
import { deployment, Json, object } from '../graph';
import { boot, messages } from './support';

const container = (cpu: string, memory: string, limits: Json = {}) => ({
  name: 'a',
  resources: { requests: { cpu, memory }, limits: { memory, ...limits } },
});
const quota = (hard: Json, more: Json = {}) => object('v1', 'ResourceQuota', 'tenant', { spec: { hard, ...more } });
const api = (replicas: number, limits: Json = {}) => {
  const made = deployment('api', { containers: [container('1', '1Gi', limits)] });
  return { ...made, spec: { ...(made.spec as Json), replicas } };
};
const job = (name: string, limits: Json = {}, parallelism = 1) =>
  object('batch/v1', 'Job', name, {
    spec: { parallelism, template: { spec: { containers: [container('1', '1Gi', limits)] } } },
  });
const claim = (name: string, size: string, storageClassName?: string) =>
  object('v1', 'PersistentVolumeClaim', name, {
    spec: { resources: { requests: { storage: size } }, ...(storageClassName ? { storageClassName } : {}) },
  });
const service = (name: string, spec: Json) => object('v1', 'Service', name, { spec });
const found = (...manifests: Json[]) => messages(boot({ wave: { manifests } }));
const GPU = { 'nvidia.com/gpu': 1 };

test.each<[string, Json, Json[], string[]]>([
  [
    'cores',
    { 'requests.cpu': '2' },
    [api(3)],
    [
      'Deployment api (wave): its pods ask for 3000m cpu, with which namespace team has 3000m cpu in use, and its ResourceQuota tenant allows 2000m cpu (requests.cpu); raise cpu in the quota of the namespace, or ask for less',
    ],
  ],
  ['cores by the short key', { cpu: '2' }, [api(3)], [expect.stringContaining('allows 2000m cpu (cpu)')]],
  ['memory', { 'requests.memory': '2Gi' }, [api(3)], [expect.stringContaining('allows 2048Mi memory')]],
  ['limits of memory', { 'limits.memory': '2Gi' }, [api(3)], [expect.stringContaining('(limits.memory)')]],
  [
    'GPUs',
    { 'requests.nvidia.com/gpu': '0' },
    [job('train', GPU)],
    [
      'Job train (wave): its pods ask for 1 nvidia.com/gpu, with which namespace team has 1 nvidia.com/gpu in use, and its ResourceQuota tenant allows 0 nvidia.com/gpu (requests.nvidia.com/gpu); raise gpus in the quota of the namespace, or ask for less',
    ],
  ],
  ['pods', { pods: '2' }, [api(3)], [expect.stringContaining('ask for 3 pods, with which namespace team has 3 pods')]],
  [
    'storage',
    { 'requests.storage': '10Gi' },
    [claim('a', '8Gi'), claim('b', '3Gi')],
    [
      'PersistentVolumeClaim b (wave): asks for 3072Mi storage, with which namespace team has 11264Mi storage in use, and its ResourceQuota tenant allows 10240Mi storage (requests.storage); raise storage in the quota of the namespace, or ask for less',
    ],
  ],
  [
    'storage of a class',
    { 'fast.storageclass.storage.k8s.io/requests.storage': '2Gi' },
    [claim('a', '8Gi'), claim('b', '3Gi', 'fast')],
    [expect.stringMatching(/^PersistentVolumeClaim b .* allows 2048Mi storage/)],
  ],
  [
    'volumes of a StatefulSet',
    { 'requests.storage': '10Gi', persistentvolumeclaims: '3' },
    [
      object('apps/v1', 'StatefulSet', 'db', {
        spec: {
          replicas: 3,
          template: { spec: { containers: [] } },
          volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '4Gi' } } } }],
        },
      }),
    ],
    [expect.stringContaining('asks for 12288Mi storage')],
  ],
  [
    'volumes of a database',
    { 'requests.storage': '10Gi', persistentvolumeclaims: '3' },
    [
      object('postgresql.cnpg.io/v1', 'Cluster', 'db', {
        spec: { instances: 2, storage: { size: '3Gi' }, walStorage: { size: '1Gi' } },
      }),
    ],
    [expect.stringContaining('asks for 4 persistentvolumeclaims')],
  ],
  [
    'ports of nodes',
    { 'services.nodeports': '1', 'services.loadbalancers': '0' },
    [
      service('web', { type: 'NodePort', ports: [{ port: 80 }, { port: 443 }] }),
      service('inside', { ports: [{ port: 80 }] }),
    ],
    [
      'Service web (wave): asks for 2 services.nodeports, with which namespace team has 2 services.nodeports in use, and its ResourceQuota tenant allows 1 services.nodeports (services.nodeports); raise nodePorts in the quota of the namespace, or ask for less',
    ],
  ],
  [
    'load balancers',
    { 'services.loadbalancers': '0', 'services.nodeports': '2' },
    [service('web', { type: 'LoadBalancer', ports: [{ port: 80 }, { port: 443 }] })],
    [expect.stringContaining('asks for 1 services.loadbalancers')],
  ],
  [
    'ports of nodes that load balancers go through',
    { 'services.loadbalancers': '2', 'services.nodeports': '2' },
    [
      service('web', { type: 'LoadBalancer', ports: [{ port: 80 }, { port: 443 }, { port: 444 }] }),
      service('direct', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] }),
    ],
    [expect.stringMatching(/^Service web .*asks for 3 services.nodeports, with which namespace team has 3/)],
  ],
  [
    'executors of Spark',
    { pods: '3' },
    [
      object('sparkoperator.k8s.io/v1beta2', 'SparkApplication', 's', {
        spec: { driver: {}, executor: { instances: 3 } },
      }),
    ],
    [expect.stringContaining('its executors ask for 3 pods, with which namespace team has 4 pods')],
  ],
])('a quota of %s', (_what, hard, manifests, expected) => {
  expect(found(quota(hard), ...manifests)).toEqual(expected);
  const enough = Object.fromEntries(Object.keys(hard).map((key) => [key, '1Ti']));
  expect(found(quota(enough), ...manifests)).toEqual([]);
});

test('what stays counts together; runs count beside it, one at a time, all their pods at once', () => {
  const two = quota({ 'requests.cpu': '3' });
  expect(found(two, api(2), job('a'), job('b'), job('c'))).toEqual([]);
  expect(found(two, api(2), job('a'), job('b', {}, 2))).toEqual([
    expect.stringMatching(
      /^Job b \(wave\): its pods ask for 2000m cpu, with which namespace team has 4000m cpu in use/,
    ),
  ]);
  expect(found(two, api(3), job('a'))).toEqual([expect.stringMatching(/^Job a /)]);
});

test('containers that ask for nothing count with the defaults of their namespace', () => {
  const limitRange = object('v1', 'LimitRange', 'tenant', {
    spec: {
      limits: [{ type: 'Container', defaultRequest: { cpu: '100m', memory: '128Mi' }, default: { memory: '512Mi' } }],
    },
  });
  const idle = deployment('idle', { containers: [{ name: 'a' }] });
  expect(found(quota({ 'requests.cpu': '99m' }), idle)).toEqual([]);
  expect(found(quota({ 'requests.cpu': '99m' }), limitRange, idle)).toEqual([expect.stringContaining('100m cpu')]);
  expect(found(quota({ 'limits.memory': '511Mi' }), limitRange, idle)).toEqual([
    expect.stringContaining('512Mi memory'),
  ]);
});

test('other namespaces and quotas with scopes are left alone', () => {
  expect(found(quota({ pods: '1' }), { ...api(3), metadata: { name: 'api', namespace: 'other' } })).toEqual([]);
  expect(found(quota({ pods: '1' }, { scopes: ['Terminating'] }), api(3))).toEqual([]);
});

test('the quota that an operator makes of a zone is raised in the zone', () => {
  const zone = { apiVersion: 'nstarx.io/v1', kind: 'Zone', metadata: { name: 'z' }, spec: {} };
  const childrenOf = ({ kind, path }: { kind: string; path: string }) =>
    kind === 'Zone' ? [objectFrom(path, quota({ 'requests.cpu': '1' }))] : undefined;
  expect(messages(boot({ wave: { manifests: [zone, api(2)] } }, {}, { operators: { childrenOf } }))).toEqual([
    expect.stringMatching(/^Deployment api .*\(requests.cpu\); raise requests.cpu in the resources of Zone z, or ask/),
  ]);
});
