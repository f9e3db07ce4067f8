import { ClusterProps, GeneralPool, GpuModel, GpuPool, NodePool } from '../../../src/contracts';
import { nodeGroup, synthAws } from './terraform';

test.each<[string, NodePool, string, number]>([
  ['T4', GpuPool.of(GpuModel.T4, { name: 'gpu' }), 'g4dn.xlarge', 1],
  ['four T4', GpuPool.of(GpuModel.T4, { name: 'gpu', gpusPerNode: 4 }), 'g4dn.12xlarge', 4],
  ['V100', GpuPool.of(GpuModel.V100_16GB, { name: 'gpu' }), 'p3.2xlarge', 1],
  ['V100 with 32 GB', GpuPool.of(GpuModel.V100_32GB, { name: 'gpu' }), 'p3dn.24xlarge', 8],
  ['A100', GpuPool.of(GpuModel.A100_40GB, { name: 'gpu' }), 'p4d.24xlarge', 8],
  ['A10G', GpuPool.of(GpuModel.A10G, { name: 'gpu' }), 'g5.xlarge', 1],
  ['eight A10G', GpuPool.of(GpuModel.A10G, { name: 'gpu', gpusPerNode: 8 }), 'g5.48xlarge', 8],
  ['a larger machine', GpuPool.of(GpuModel.T4, { name: 'gpu', instanceType: 'g4dn.metal' }), 'g4dn.metal', 8],
])('a pool of %s', (_, pool, instanceType, gpus) => {
  const output = synthAws({ cluster: { nodePools: [pool] } });
  const { productLabel } = (pool as GpuPool).model;
  expect(nodeGroup(output.infrastructure, 'gpu')).toMatchObject({
    instance_types: [instanceType],
    ami_type: 'AL2023_x86_64_NVIDIA',
    labels: {
      'nstarx.io/node-pool': 'gpu',
      'nvidia.com/gpu.product': productLabel,
      'k8s.amazonaws.com/accelerator': productLabel.toLowerCase(),
    },
    taint: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' }],
    scaling_config: { min_size: 0, max_size: 3 },
  });
  expect(output.cluster.capabilities.gpus).toEqual([
    { pool: 'gpu', resourceName: 'nvidia.com/gpu', productLabel, perNode: gpus, total: gpus * 3 },
  ]);
});

test.each<[GpuModel, string, string, string]>([
  [GpuModel.L4, 'eu-central-1', 'g6.xlarge', 'AL2023_x86_64_NVIDIA'],
  [GpuModel.L40S, 'eu-central-1', 'g6e.xlarge', 'AL2023_x86_64_NVIDIA'],
  [GpuModel.T4G, 'eu-central-1', 'g5g.xlarge', 'AL2023_ARM_64_NVIDIA'],
  [GpuModel.A100_80GB, 'eu-central-1', 'p4de.24xlarge', 'AL2023_x86_64_NVIDIA'],
  [GpuModel.H100, 'us-east-1', 'p5.4xlarge', 'AL2023_x86_64_NVIDIA'],
  // it has no p5.4xlarge
  [GpuModel.H100, 'us-west-1', 'p5.48xlarge', 'AL2023_x86_64_NVIDIA'],
  [GpuModel.H200, 'us-east-2', 'p5en.48xlarge', 'AL2023_x86_64_NVIDIA'],
  [GpuModel.B200, 'us-east-1', 'p6-b200.48xlarge', 'AL2023_x86_64_NVIDIA'],
  // in local zones only, of which nothing is known
  [GpuModel.GB200, 'us-east-1', 'p6e-gb200.36xlarge', 'AL2023_ARM_64_NVIDIA'],
])('$productLabel in %s', (model, region, instanceType, image) => {
  const output = synthAws({ region, cluster: { nodePools: [GpuPool.of(model, { name: 'gpu' })] } });
  expect(nodeGroup(output.infrastructure, 'gpu')).toMatchObject({ instance_types: [instanceType], ami_type: image });
});

test('a GPU that the provider does not know needs its machine named', () => {
  const a10m = GpuModel.of('NVIDIA-A10M', { memory: '24Gi' });
  const pool = GpuPool.of(a10m, { name: 'a10m', instanceType: 'g9.12xlarge', gpusPerNode: 4, max: 2 });
  const output = synthAws({ cluster: { nodePools: [pool] } });
  expect(nodeGroup(output.infrastructure, 'a10m').instance_types).toEqual(['g9.12xlarge']);
  expect(output.cluster.capabilities.gpus[0]).toMatchObject({ perNode: 4, total: 8 });
});

test('of several types the preferred one comes first, and pods must fit the smallest', () => {
  const instanceTypes = ['m7i.2xlarge', 'm6i.xlarge'];
  const { infrastructure, cluster } = synthAws({
    cluster: { nodePools: [GeneralPool.of('mixed', { instanceTypes })] },
  });
  expect(nodeGroup(infrastructure, 'mixed').instance_types).toEqual(instanceTypes);
  const [mixed] = cluster.capabilities.nodes ?? [];
  expect(mixed).toMatchObject({ instanceType: 'm7i.2xlarge or m6i.xlarge', cpu: 3.92 });
  expect(mixed.labels).not.toHaveProperty('node.kubernetes.io/instance-type');
});

test('a type that the region has by now is let through', () => {
  const pool = GpuPool.of(GpuModel.A100_80GB, { name: 'gpu' });
  const output = synthAws({
    provider: { additionalInstanceTypes: ['p4de.24xlarge'] },
    cluster: { nodePools: [pool] },
  });
  expect(nodeGroup(output.infrastructure, 'gpu').instance_types).toEqual(['p4de.24xlarge']);
});

test.each<[string, ClusterProps, string]>([
  [
    'an instance type that is none',
    { nodePools: [GeneralPool.of('a', { instanceType: 'large' })] },
    '[node pool "a"] instanceType must be an EC2 instance type, got "large": name it like t3.medium.',
  ],
  [
    'a GPU that no known machine has',
    { nodePools: [GpuPool.of(GpuModel.of('NVIDIA-A10M', { memory: '24Gi' }), { name: 'a10m' })] },
    '[node pool "a10m"] model must be one that the AWS provider knows an instance type for, got "NVIDIA-A10M": give instanceType and gpusPerNode as well.',
  ],
  [
    'a number of GPUs that no machine has',
    { nodePools: [GpuPool.of(GpuModel.T4, { name: 't4', gpusPerNode: 3 })] },
    '[node pool "t4"] gpusPerNode must be one of 1, 4, 8 for Tesla-T4, got 3: choose one of these; EC2 has no other instance type in eu-west-1.',
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
  [
    'a GPU that the region does not have',
    { nodePools: [GpuPool.of(GpuModel.A100_80GB)] },
    '[node pool "gpu-a100-80gb"] model must be one that eu-west-1 has, got "NVIDIA-A100-SXM4-80GB": choose Tesla-T4, NVIDIA-A10G, Tesla-V100-SXM2-16GB, Tesla-V100-SXM2-32GB, NVIDIA-A100-SXM4-40GB, or another region (ap-northeast-1, ap-southeast-1, eu-central-1, il-central-1, us-east-1, us-west-2); where the region has it by now, name it in additionalInstanceTypes of the provider.',
  ],
  [
    'an instance type that the region does not have',
    { nodePools: [GpuPool.of(GpuModel.L4, { instanceType: 'g6.xlarge' })] },
    '[node pool "gpu-l4"] instanceType must be an instance type that eu-west-1 has, got "g6.xlarge": choose another region (ap-northeast-1, ap-northeast-2, ap-south-1, ap-south-2, ap-southeast-2, ap-southeast-5, ca-central-1, eu-central-1, eu-central-2, eu-north-1, eu-south-2, eu-west-2, eu-west-3, me-central-1, sa-east-1, us-east-1, us-east-2, us-gov-east-1, us-gov-west-1, us-west-2); where the region has it by now, name it in additionalInstanceTypes of the provider.',
  ],
  [
    'machines with different processors in one pool',
    { nodePools: [GeneralPool.of('mixed', { instanceTypes: ['m7i.large', 'm7g.large'] })] },
    '[node pool "mixed"] instanceTypes must all have amd64 processors, as m7i.large has, got "m7g.large": make a pool of their own for the others.',
  ],
  [
    'machines with different numbers of GPUs in one pool',
    { nodePools: [GpuPool.of(GpuModel.T4, { instanceTypes: ['g4dn.xlarge', 'g4dn.12xlarge'] })] },
    '[node pool "gpu-t4"] instanceTypes must all have 1 GPUs, as g4dn.xlarge has, got "g4dn.12xlarge (4)": make a pool of their own for the others.',
  ],
  [
    'distributed training on machines without EFA',
    { nodePools: [GpuPool.of(GpuModel.V100_16GB, { multiNode: true, zones: ['eu-west-1a'] })] },
    '[node pool "gpu-v100-16gb"] multiNode must stand beside instance types that all have the same number of EFA interfaces, got "p3.2xlarge (0)": choose a larger instance type, such as p4d.24xlarge or g6.8xlarge, or leave multiNode out.',
  ],
  [
    'distributed training in several zones',
    { nodePools: [GpuPool.of(GpuModel.A100_40GB, { multiNode: true })] },
    '[node pool "gpu-a100-40gb"] zones must name one zone with multiNode, got []: name the zone that has the capacity; neither a reservation nor a placement group spans zones.',
  ],
  [
    'a zone that the cluster is not in',
    { nodePools: [GeneralPool.of('general', { zones: ['eu-west-1d'] })] },
    '[node pool "general"] zones must be zones of the cluster (eu-west-1a, eu-west-1b, eu-west-1c), got "eu-west-1d": choose from these, or name it in availabilityZones of the provider.',
  ],
])('%s is refused', (_, cluster, message) => {
  expect(() => synthAws({ cluster })).toThrow(new Error(message));
});
