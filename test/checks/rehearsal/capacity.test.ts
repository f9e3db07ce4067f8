import { deployment, Json, object } from '../graph';
import { boot, component, GENERAL, GPU, GPUS, messages, pods } from './support';

const container = (cpu: string, memory: string, limits: Json = {}) => ({
  name: 'a',
  resources: { requests: { cpu, memory }, limits },
});
const NODES = { nodes: [GENERAL, GPU], gpus: GPUS };
const prometheus = (memory: string) =>
  component('monitoring', pods({ kind: 'StatefulSet', name: 'prometheus', replicas: 2 }, '200m', memory));
const gpuJob = (name: string, parallelism = 1): Json =>
  object('batch/v1', 'Job', name, {
    spec: {
      parallelism,
      template: {
        spec: {
          containers: [container('100m', '1Gi', { 'nvidia.com/gpu': 1 })],
          tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }],
          nodeSelector: { 'nvidia.com/gpu.product': 'Tesla-T4' },
        },
      },
    },
  });
const nodesOf = (result: ReturnType<typeof boot>) =>
  Object.fromEntries((result.capacity?.pools ?? []).map(({ node, nodes }) => [node.pool, nodes]));

test('pods of a chart that are larger than every node are found, with their step', () => {
  expect(boot({ wave: { components: [prometheus('8Gi')] } }, NODES).findings).toEqual([
    {
      path: 'test',
      message:
        'component monitoring (wave): the pods of StatefulSet prometheus ask for 8192Mi memory, and no node that may run it has more than 4096Mi memory for pods (t3.medium, pool general); ask for less, or give the pool a larger instanceType',
    },
  ]);
});

test('DaemonSets take their part of every node that they may run on', () => {
  const agent = component('agent', pods({ kind: 'DaemonSet', name: 'agent' }, '100m', '1Gi'));
  expect(messages(boot({ wave: { components: [agent, prometheus('3Gi')] } }, NODES))).toEqual([]);
  const [message] = messages(boot({ wave: { components: [agent, prometheus('3100Mi')] } }, NODES));
  expect(message).toContain(
    'no node that may run it has more than 3072Mi memory for pods beside DaemonSets (t3.medium',
  );
});

test('pods that fit one by one and not together are found at the step that has no room', () => {
  const small = component('small', pods({ replicas: 4 }, '100m', '2Gi'));
  const result = boot(
    {
      first: { components: [small] },
      second: { components: [prometheus('3Gi')] },
      third: { manifests: [deployment('api', { containers: [container('1', '1Gi')] })] },
    },
    NODES,
  );
  expect(messages(result)).toEqual([]);
  expect(nodesOf(result)).toEqual({ general: 4, 'gpu-t4': 0 });
  const more = component('more', pods({ replicas: 7 }, '100m', '2Gi'));
  expect(messages(boot({ first: { components: [more] }, second: { components: [prometheus('3Gi')] } }, NODES))).toEqual(
    [
      expect.stringMatching(
        /^component monitoring \(second\): the pods of StatefulSet prometheus ask for 200m cpu, 3072Mi memory each, and 2 of 2 find no room beside what is applied before: pool general has at most 4 nodes \(t3.medium\), of which 700m of 8000m cpu, 14336Mi of 16384Mi memory are taken; raise max of the pool/,
      ),
    ],
  );
});

test('what finds no room with others is one finding', () => {
  const crowd = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) =>
    deployment(name, { containers: [container('1500m', '1Gi')] }),
  );
  expect(messages(boot({ only: { manifests: crowd } }, NODES))).toEqual([
    expect.stringContaining('; so do those of Deployment f'),
  ]);
});

test('the pods of a workload that must not share a node need a node each', () => {
  const spread = (replicas: number) => component('spread', pods({ replicas, onePerNode: true }));
  expect(nodesOf(boot({ only: { components: [spread(4)] } }, NODES))).toEqual({ general: 4, 'gpu-t4': 0 });
  expect(messages(boot({ only: { components: [spread(5)] } }, NODES))).toEqual([
    expect.stringContaining('1 of 5 find no room'),
  ]);
});

test('a node takes so many pods only', () => {
  const many = component('many', pods({ replicas: 4 * 17 + 1 }, '1m', '1Mi'));
  expect(messages(boot({ only: { components: [many] } }, NODES))).toEqual([
    expect.stringContaining('1 of 69 find no room'),
  ]);
});

test('GPUs count together', () => {
  expect(nodesOf(boot({ only: { manifests: [gpuJob('a'), gpuJob('b')] } }, NODES))).toEqual({
    general: 2,
    'gpu-t4': 2,
  });
  const [message] = messages(boot({ only: { manifests: [gpuJob('a'), gpuJob('b', 2)] } }, NODES));
  expect(message).toMatch(
    /^Job b \(only\): its pods ask for 100m cpu, 1024Mi memory, 1 GPUs each, and 1 of 2 find no room .*2 of 2 GPUs are taken/,
  );
});

test('GPUs count together where nothing else is known of the nodes', () => {
  expect(messages(boot({ only: { manifests: [gpuJob('a'), gpuJob('b')] } }, { gpus: GPUS }))).toEqual([]);
  expect(messages(boot({ only: { manifests: [gpuJob('a'), gpuJob('b', 2)] } }, { gpus: GPUS }))).toEqual([
    'Job b (only): its pods ask for nvidia.com/gpu, of which all pods together ask for 3 by then and the cluster has 2; raise max of the pool, or run fewer',
  ]);
});

test('a CronJob needs room when it runs, and none at first', () => {
  const cron = (memory: string): Json =>
    object('batch/v1', 'CronJob', 'nightly', {
      spec: { jobTemplate: { spec: { template: { spec: { containers: [container('1', memory)] } } } } },
    });
  const filled = component('filled', pods({ replicas: 4 }, '1', '3Gi'));
  const result = boot({ only: { components: [filled], manifests: [cron('1Gi')] } }, NODES);
  expect(messages(result)).toEqual([]);
  expect(result.capacity?.pools[0].requested.cpu).toBe(4);
  expect(messages(boot({ only: { components: [filled], manifests: [cron('2Gi')] } }, NODES))).toEqual([
    expect.stringContaining(
      'CronJob nightly (only): its pods ask for 1000m cpu, 2048Mi memory each, and 1 of 1 find no room',
    ),
  ]);
});

test('autoscalers say how many pods there are at least', () => {
  const scaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'api', {
    spec: { minReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' } },
  });
  const api = deployment('api', { containers: [container('1500m', '1Gi')] });
  expect(nodesOf(boot({ only: { manifests: [scaler, api] } }, NODES))).toEqual({ general: 3, 'gpu-t4': 0 });
});

test('operators make pods of what is known of them', () => {
  const database = object('postgresql.cnpg.io/v1', 'Cluster', 'db', {
    spec: { instances: 3, resources: { requests: { cpu: '1500m', memory: '1Gi' } } },
  });
  expect(nodesOf(boot({ only: { manifests: [database] } }, NODES))).toEqual({ general: 3, 'gpu-t4': 0 });
});

test('nodes of which Karpenter makes more are there once it knows their pool', () => {
  const pool = { apiVersion: 'karpenter.sh/v1', kind: 'NodePool', metadata: { name: 'general' }, spec: {} };
  const crowd = component('crowd', pods({ replicas: 3 }, '100m', '3Gi'));
  expect(messages(boot({ early: { manifests: [pool] }, late: { components: [crowd] } }, NODES))).toEqual([]);
  expect(messages(boot({ early: { components: [crowd] }, late: { manifests: [pool] } }, NODES))).toEqual([
    'component crowd (early): the pods of Deployment server ask for 1 nodes more than there are by then, and what makes nodes comes later (late); have Terraform install the component with the kind NodePool (bootstrap: true), so that node pools come first',
  ]);
});

test('Karpenter itself runs on nodes that it did not make', () => {
  const affinity = [{ key: 'karpenter.sh/nodepool', operator: 'DoesNotExist' }];
  const karpenter = (replicas: number) =>
    component('karpenter', pods({ replicas, onePerNode: true, nodeAffinity: affinity }));
  expect(messages(boot({ only: { components: [karpenter(2)] } }, NODES))).toEqual([]);
  expect(messages(boot({ only: { components: [karpenter(3)] } }, NODES))).toEqual([
    expect.stringContaining('1 of 3 find no room'),
  ]);
});

test('a selector that no node has is found, and one of which nothing is known is said', () => {
  const at = (nodeSelector: Json) => deployment('api', { containers: [container('1', '1Gi')], nodeSelector });
  expect(messages(boot({ only: { manifests: [at({ 'nstarx.io/node-pool': 'large' })] } }, NODES))).toEqual([
    'Deployment api (only): its pods ask for nodes with nstarx.io/node-pool=large, of which the cluster has none; change the selector, tolerate the taint, or add a pool',
  ]);
  const unknown = boot({ only: { manifests: [at({ disk: 'fast' })] } }, NODES);
  expect(unknown.findings).toEqual([]);
  expect(unknown.uncounted).toEqual(['Deployment api']);
});

test('volumes of a zone wait for the node of their pod', () => {
  const eager = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'gp3' },
    provisioner: 'ebs.csi.aws.com',
  };
  expect(messages(boot({ only: { manifests: [eager] } }, NODES))).toEqual([
    'StorageClass gp3: makes volumes of ebs.csi.aws.com before it is known where their pods run, in any of the zones a, b, and a node of another zone cannot use them; set volumeBindingMode to WaitForFirstConsumer',
  ]);
  expect(messages(boot({ only: { manifests: [eager] } }, { nodes: [{ ...GENERAL, zones: ['a'] }] }))).toEqual([]);
});

test('a pool without bounds is not too small', () => {
  const { min, max, ...unbounded } = GENERAL;
  const many = component('many', pods({ replicas: 100 }, '1', '1Gi'));
  expect(min).toBeLessThan(max ?? 0);
  expect(messages(boot({ only: { components: [many] } }, { nodes: [unbounded] }))).toEqual([]);
});

test('what the cluster brings itself takes room first, on each node and once', () => {
  const containers = [{ name: 'a', cpu: '500m', memory: '1Gi' }];
  const addOns = [
    { kind: 'DaemonSet', name: 'proxy', containers, tolerations: [{ operator: 'Exists' }] },
    { kind: 'Deployment', name: 'dns', replicas: 2, containers },
  ];
  const steps = { only: { components: [component('shop', pods({ replicas: 3 }, '500m', '1Gi'))] } };
  const used = (more: object) =>
    boot(steps, { nodes: [GENERAL], ...more }).capacity?.pools.map(({ nodes, requested }) => [nodes, requested.cpu]);
  expect(used({})).toEqual([[2, 1.5]]);
  expect(used({ addOns })).toEqual([[2, 3.5]]);
  expect(used({ addOns: [addOns[0], { ...addOns[1], replicas: 4 }] })).toEqual([[3, 5]]);
  expect(messages(boot(steps, { nodes: [{ ...GENERAL, cpu: 0.4 }], addOns }))).toContainEqual(
    expect.stringMatching(/^the cluster \(its add-ons\): the pods of Deployment dns ask for 500m cpu, and no node/),
  );
});
