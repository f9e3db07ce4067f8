import { Component, PodSecurityLevel } from '../contracts/component';
import { chartFootprint, WorkloadValues } from './chart-footprint';
import { DCGM_METRICS } from './gpu-operator';
import { NVIDIA_TAINT } from '../contracts/devices';

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
    footprint: FOOTPRINT,
    values: {
      topology: { nodePools, nodePoolLabelKey: 'run.ai/simulated-gpu-node-pool' },
      // the chart's own moves
      ubuntu: { image: { tag: 'noble-20260610' } },
      // there are no nodes of kwok and no MIG devices
      kwokGpuDevicePlugin: { enabled: false },
      migFaker: { enabled: false },
    },
  });
}

/** The operator labels the nodes with GPUs; this one is known before. */
const GPU_TAINT = [{ key: NVIDIA_TAINT, operator: 'Exists', effect: 'NoSchedule' }];
const SIMULATED = [{ key: 'run.ai/simulated-gpu-node-pool', operator: 'Exists' }];

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('fake-gpu-operator', {
  metrics: [{ ...DCGM_METRICS, enabledAt: 'statusExporter.enabled' }],
  workloads: {
    'device-plugin': { ...part('devicePlugin'), nodeAffinity: SIMULATED },
    'nvidia-dcgm-exporter': {
      ...part('statusExporter'),
      imageAt: { 'nvidia-dcgm-exporter': 'statusExporter.image', 'hostpath-init': 'ubuntu.image' },
      nodeAffinity: SIMULATED,
      tolerations: GPU_TAINT,
    },
    'mig-faker': { enabledAt: 'migFaker.enabled', imageAt: 'migFaker.image', nodeAffinity: SIMULATED },
    'kwok-gpu-device-plugin': part('kwokGpuDevicePlugin'),
    'nvidia-dcgm-exporter-kwok': { resourcesAt: 'statusExporter.kwok.resources', enabledAt: 'statusExporter.enabled' },
    'status-updater': part('statusUpdater'),
    'topology-server': part('topologyServer'),
  },
});

function part(key: string): WorkloadValues {
  return { enabledAt: `${key}.enabled`, imageAt: `${key}.image`, resourcesAt: `${key}.resources` };
}
