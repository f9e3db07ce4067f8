import { fakeGpuOperator } from '../../src/components/fake-gpu-operator';

test('simulated GPUs are described by pool and may touch the node', () => {
  const component = fakeGpuOperator([
    { name: 'gpu-t4', product: 'Tesla-T4', count: 1, memoryMiB: 16384 },
    { name: 'gpu-a100-80gb', product: 'NVIDIA-A100-SXM4-80GB', count: 8, memoryMiB: 81920 },
  ]);
  expect(component.chart).toEqual({
    repository: 'oci://ghcr.io/run-ai/fake-gpu-operator',
    name: 'fake-gpu-operator',
    version: '0.2.0',
  });
  expect(component.podSecurity).toBe('privileged');
  expect(component.values.topology).toEqual({
    nodePoolLabelKey: 'run.ai/simulated-gpu-node-pool',
    nodePools: {
      'gpu-t4': { gpuProduct: 'Tesla-T4', gpuCount: 1, gpuMemory: 16384 },
      'gpu-a100-80gb': { gpuProduct: 'NVIDIA-A100-SXM4-80GB', gpuCount: 8, gpuMemory: 81920 },
    },
  });
});
