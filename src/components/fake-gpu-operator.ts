import { Component, PodSecurityLevel } from '../contracts/component';

/** Nodes with the same simulated GPUs. */
export interface SimulatedGpuPool {
  /** Value of the node label `run.ai/simulated-gpu-node-pool` on the pool's nodes. */
  readonly name: string;
  /** Value that the node label `nvidia.com/gpu.product` gets. */
  readonly product: string;
  /** GPUs of one node. */
  readonly count: number;
  /** Memory of one GPU, in MiB. */
  readonly memoryMiB: number;
}

/**
 * Simulated NVIDIA GPUs: nodes get the extended resource `nvidia.com/gpu`, the labels of GPU feature discovery, and
 * metrics. Pods are scheduled as on real ones, but no device is there.
 */
export function fakeGpuOperator(pools: SimulatedGpuPool[]): Component {
  const nodePools: { [name: string]: unknown } = {};
  for (const { name, product, count, memoryMiB } of pools) {
    nodePools[name] = { gpuProduct: product, gpuCount: count, gpuMemory: memoryMiB };
  }
  return new Component('fake-gpu-operator', {
    chart: { repository: 'oci://ghcr.io/run-ai/fake-gpu-operator', name: 'fake-gpu-operator', version: '0.2.0' },
    namespace: 'gpu-operator',
    // its device plugin is privileged and mounts folders of the node
    podSecurity: PodSecurityLevel.PRIVILEGED,
    customResources: ['ClusterPolicy.nvidia.com', 'ComputeDomain.resource.nvidia.com'],
    clusterScopedResources: ['ClusterPolicy.nvidia.com'],
    values: {
      topology: { nodePools, nodePoolLabelKey: 'run.ai/simulated-gpu-node-pool' },
      // there are no nodes of kwok and no MIG devices
      kwokGpuDevicePlugin: { enabled: false },
      migFaker: { enabled: false },
    },
  });
}
