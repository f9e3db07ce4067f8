import { GpuCheck } from '../../src/checks/gpu-check';
import { GpuCapability } from '../../src/contracts';
import { deployment, findings, Json, object } from './graph';

const T4: GpuCapability = {
  pool: 'gpu-t4',
  resourceName: 'nvidia.com/gpu',
  productLabel: 'Tesla-T4',
  perNode: 1,
  total: 2,
};
const A100: GpuCapability = { ...T4, pool: 'gpu-a100', productLabel: 'NVIDIA-A100-SXM4-40GB', perNode: 8, total: 8 };
const TOLERATION = { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' };

function pod(count: unknown, more: Json = {}): Json {
  const resources = { requests: { 'nvidia.com/gpu': count }, limits: { 'nvidia.com/gpu': count } };
  return deployment('a', { containers: [{ name: 'a', resources }], tolerations: [TOLERATION], ...more });
}

function model(spec: Json): Json {
  return object('nstarx.io/v1alpha1', 'AIModel', 'churn', { spec });
}

const ONE_GPU = { limits: { 'nvidia.com/gpu': '1' } };
const NOTHING = 'and no node of the cluster has any; add a GpuPool to the cluster';

test.each<[string, Json, GpuCapability[], string]>([
  [
    'a pod',
    pod('1'),
    [],
    `Deployment a: spec.template.spec.containers[0].resources asks for 1 nvidia.com/gpu, ${NOTHING}`,
  ],
  [
    'a model',
    model({ serving: { resources: ONE_GPU } }),
    [],
    `AIModel churn: spec.serving.resources asks for 1 nvidia.com/gpu, ${NOTHING}`,
  ],
  [
    'a workflow',
    object('nstarx.io/v1alpha1', 'MLWorkflow', 'train', { spec: { resources: { training: { 'nvidia.com/gpu': 4 } } } }),
    [],
    `MLWorkflow train: spec.resources.training asks for 4 nvidia.com/gpu, ${NOTHING}`,
  ],
  [
    'GPUs of others',
    object('v1', 'Pod', 'a', {
      spec: { tolerations: [{ operator: 'Exists' }], containers: [{ resources: { limits: { 'amd.com/gpu': 1 } } }] },
    }),
    [T4],
    'Pod a: spec.containers[0].resources asks for 1 amd.com/gpu, and no node of the cluster has any; ask for nvidia.com/gpu, or use a cluster whose gpus have it',
  ],
  [
    'another model',
    pod('1', { nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-H100' } }),
    [T4, A100],
    'asks for 1 nvidia.com/gpu on nodes with NVIDIA-H100, of which the cluster has none; add a GpuPool of that model, or select one of: Tesla-T4 (pool gpu-t4), NVIDIA-A100-SXM4-40GB (pool gpu-a100)',
  ],
  [
    'another pool',
    pod('1', { nodeSelector: { 'nstarx.io/node-pool': 'general' } }),
    [T4],
    'on nodes with pool general, of which',
  ],
  [
    'models by affinity',
    pod('1', {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'nvidia.com/gpu.product', operator: 'In', values: ['NVIDIA-L4', 'NVIDIA-L40S'] },
                ],
              },
            ],
          },
        },
      },
    }),
    [T4],
    'on nodes with NVIDIA-L4 or NVIDIA-L40S, of which',
  ],
  [
    'more than a node has',
    pod('3'),
    [T4],
    'asks for 3 nvidia.com/gpu, and no node that it may run on has more than 1; ask for fewer',
  ],
  [
    'more than a node of the model has',
    pod('8', { nodeSelector: { 'nvidia.com/gpu.product': 'Tesla-T4' } }),
    [T4, A100],
    'has more than 1; ask for fewer',
  ],
  [
    'pods that the taint keeps away',
    pod('1', { tolerations: [{ key: 'dedicated', operator: 'Exists' }] }),
    [T4],
    "Deployment a: its pods ask for nvidia.com/gpu and do not tolerate the taint nvidia.com/gpu of such nodes; add { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' } to the tolerations",
  ],
])('%s that cannot be had is found', (_what, manifest, gpus, message) => {
  const found = findings(new GpuCheck(), [manifest], { gpus });
  expect(found.map(({ message: text }) => text)).toEqual([expect.stringContaining(message)]);
  expect(found[0].path).toBe(`test/${String(manifest.kind)}-${(manifest.metadata as { name: string }).name}`);
});

test('a model is placed by its zone', () => {
  const zone = (product: string): Json => ({
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'AIZone',
    metadata: { name: 'vision' },
    spec: {
      resources: {
        compute: { limits: { 'nvidia.com/gpu': '80' }, nodeSelector: { 'nvidia.com/gpu.product': product } },
      },
    },
  });
  const inZone = model({ serving: { zone: 'vision', resources: { limits: { 'nvidia.com/gpu': '4' } } } });
  const found = (product: string) => findings(new GpuCheck(), [zone(product), inZone], { gpus: [T4, A100] });
  expect(found(A100.productLabel)).toEqual([]);
  expect(found(T4.productLabel)).toHaveLength(1);
});

test.each<[string, Json, GpuCapability[] | undefined]>([
  ['GPUs that a node has', pod('1'), [T4]],
  ['a number', pod(8), [T4, A100]],
  ['no GPUs', pod('0'), []],
  ['a cluster of which nothing is known', pod('8'), undefined],
  ['a quota', object('v1', 'ResourceQuota', 'q', { spec: { hard: { 'nvidia.com/gpu': '8' } } }), []],
  [
    'the bound of a pool of nodes',
    object('karpenter.sh/v1', 'NodePool', 'p', { spec: { limits: { 'nvidia.com/gpu': 56 } } }),
    [T4],
  ],
  [
    'a quota in another object',
    object('x.io/v1', 'T', 't', { spec: { quota: { hard: { 'requests.nvidia.com/gpu': 8 } } } }),
    [],
  ],
  ['a ConfigMap', object('v1', 'ConfigMap', 'c', { data: { 'nvidia.com': '1' } }), []],
])('%s is fine', (_what, manifest, gpus) => {
  expect(findings(new GpuCheck(), [manifest], { gpus })).toEqual([]);
});
