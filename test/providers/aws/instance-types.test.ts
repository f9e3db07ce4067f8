import { ClusterProps, GeneralPool, GpuModel, GpuPool, NodePool } from '../../../src/contracts';
import { nodeGroup, synthAws } from './terraform';

test.each<[string, NodePool, string, number]>([
  ['T4', GpuPool.of(GpuModel.T4, { name: 'gpu' }), 'g4dn.xlarge', 1],
  ['four T4', GpuPool.of(GpuModel.T4, { name: 'gpu', gpusPerNode: 4 }), 'g4dn.12xlarge', 4],
  ['V100', GpuPool.of(GpuModel.V100_16GB, { name: 'gpu' }), 'p3.2xlarge', 1],
  ['V100 with 32 GB', GpuPool.of(GpuModel.V100_32GB, { name: 'gpu' }), 'p3dn.24xlarge', 8],
  ['A100', GpuPool.of(GpuModel.A100_40GB, { name: 'gpu' }), 'p4d.24xlarge', 8],
  ['A100 with 80 GB', GpuPool.of(GpuModel.A100_80GB, { name: 'gpu' }), 'p4de.24xlarge', 8],
  ['a larger machine', GpuPool.of(GpuModel.T4, { name: 'gpu', instanceType: 'g4dn.metal' }), 'g4dn.metal', 8],
])('a pool of %s', (_, pool, instanceType, gpus) => {
  const output = synthAws({ cluster: { nodePools: [pool] } });
  const { productLabel } = (pool as GpuPool).model;
  expect(nodeGroup(output.infrastructure, 'gpu')).toMatchObject({
    instance_types: [instanceType],
    ami_type: 'AL2023_x86_64_NVIDIA',
    labels: { 'nstarx.io/node-pool': 'gpu', 'nvidia.com/gpu.product': productLabel },
    taint: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' }],
    scaling_config: { min_size: 0, max_size: 3, desired_size: 0 },
  });
  expect(output.cluster.capabilities.gpus).toEqual([
    { pool: 'gpu', resourceName: 'nvidia.com/gpu', productLabel, perNode: gpus, total: gpus * 3 },
  ]);
});

test('a GPU that the provider does not know needs its machine named', () => {
  const l4 = GpuModel.of('NVIDIA-L4', { memory: '24Gi' });
  const pool = GpuPool.of(l4, { name: 'l4', instanceType: 'g6.12xlarge', gpusPerNode: 4, max: 2 });
  const output = synthAws({ cluster: { nodePools: [pool] } });
  expect(nodeGroup(output.infrastructure, 'l4').instance_types).toEqual(['g6.12xlarge']);
  expect(output.cluster.capabilities.gpus[0]).toMatchObject({ perNode: 4, total: 8 });
});

test.each<[string, ClusterProps, string]>([
  [
    'an instance type that is none',
    { nodePools: [GeneralPool.of('a', { instanceType: 'large' })] },
    '[node pool "a"] instanceType must be an EC2 instance type, got "large": name it like t3.medium.',
  ],
  [
    'a GPU that no known machine has',
    { nodePools: [GpuPool.of(GpuModel.of('NVIDIA-L4', { memory: '24Gi' }), { name: 'l4' })] },
    '[node pool "l4"] model must be one that the AWS provider knows an instance type for, got "NVIDIA-L4": give instanceType and gpusPerNode as well.',
  ],
  [
    'a number of GPUs that no machine has',
    { nodePools: [GpuPool.of(GpuModel.T4, { name: 't4', gpusPerNode: 3 })] },
    '[node pool "t4"] gpusPerNode must be one of 1, 4, 8 for Tesla-T4, got 3: choose one of these; EC2 has no other instance type.',
  ],
  [
    'a machine with other GPUs',
    { nodePools: [GpuPool.of(GpuModel.T4, { name: 't4', instanceType: 'p3.2xlarge' })] },
    '[node pool "t4"] instanceType must have Tesla-T4 GPUs, got "p3.2xlarge": choose another model or instance type; p3.2xlarge has Tesla-V100-SXM2-16GB.',
  ],
  [
    'a machine with another number of GPUs',
    { nodePools: [GpuPool.of(GpuModel.T4, { name: 't4', instanceType: 'g4dn.xlarge', gpusPerNode: 2 })] },
    '[node pool "t4"] gpusPerNode must be 1 for g4dn.xlarge, got 2: leave it out.',
  ],
  [
    'an unknown instance type without a GPU count',
    { nodePools: [GpuPool.of(GpuModel.T4, { name: 't4', instanceType: 'g9.large' })] },
    '[node pool "t4"] gpusPerNode must be given for g9.large, got nothing: say how many GPUs one node has.',
  ],
])('%s is refused', (_, cluster, message) => {
  expect(() => synthAws({ cluster })).toThrow(new Error(message));
});
