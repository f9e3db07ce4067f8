import { Component, PodSecurityLevel } from '../contracts/component';
import { FootprintMetrics, FootprintWorkload } from '../contracts/footprint';
import { chartFootprint, valuesBelow } from './chart-footprint';
import { NVIDIA_TAINT } from '../contracts/devices';

/**
 * The NVIDIA GPU Operator for nodes whose image has the driver and the container toolkit already, such as AL2023 NVIDIA: it
 * brings the device plugin, without which no node offers `nvidia.com/gpu`, the feature discovery and the metrics exporter.
 */
export function gpuOperator(): Component {
  return new Component('gpu-operator', {
    chart: { repository: 'https://helm.ngc.nvidia.com/nvidia', name: 'gpu-operator', version: 'v26.7.0' },
    namespace: 'gpu-operator',
    podSecurity: PodSecurityLevel.PRIVILEGED,
    customResources: [
      'ClusterPolicy.nvidia.com',
      'GPUCluster.nvidia.com',
      'NVIDIADriver.nvidia.com',
      'ComputeDomain.resource.nvidia.com',
      'ComputeDomainClique.resource.nvidia.com',
      'NodeFeature.nfd.k8s-sigs.io',
      'NodeFeatureGroup.nfd.k8s-sigs.io',
      'NodeFeatureRule.nfd.k8s-sigs.io',
    ],
    clusterScopedResources: [
      'ClusterPolicy.nvidia.com',
      'GPUCluster.nvidia.com',
      'NVIDIADriver.nvidia.com',
      'NodeFeatureRule.nfd.k8s-sigs.io',
    ],
    footprint: FOOTPRINT,
    values: {
      operator: { resources: { limits: { cpu: null } } },
      driver: { enabled: false },
      toolkit: { enabled: false },
      // without requests they would be the first to go where memory is short, and the GPUs with them
      devicePlugin: { resources: requests('64Mi') },
      gfd: { resources: requests('32Mi') },
      // the operator would make a monitor, or not, as Prometheus came first or not
      dcgmExporter: { resources: requests('128Mi'), serviceMonitor: { enabled: false } },
      migManager: { resources: requests('32Mi') },
      validator: { resources: requests('32Mi') },
    },
  });
}

function requests(memory: string): { [key: string]: unknown } {
  return { requests: { cpu: '10m', memory } };
}

/**
 * A DaemonSet that the operator makes. It labels the nodes with GPUs itself; the label of the product is known before.
 *
 * Source: https://github.com/NVIDIA/gpu-operator/tree/main/assets, November 2026
 */
function operand(name: string, container: string, key: string): FootprintWorkload {
  return {
    kind: 'DaemonSet',
    name,
    podSecurity: 'privileged',
    containers: [{ name: container, resourcesAt: `${key}.resources` }],
    enabledAt: `${key}.enabled`,
    nodeAffinity: [{ key: 'nvidia.com/gpu.product', operator: 'Exists' }],
    tolerations: GPU_TAINT,
    tolerationsAt: 'daemonsets.tolerations',
  };
}

const GPU_TAINT = [{ key: NVIDIA_TAINT, operator: 'Exists', effect: 'NoSchedule' }];
/** Metrics of GPUs, real or simulated. */
export const DCGM_METRICS: FootprintMetrics = {
  name: 'nvidia-dcgm-exporter',
  podLabels: { app: 'nvidia-dcgm-exporter' },
  port: 9400,
};

const DISCOVERY = 'node-feature-discovery';

/** What the chart brings, and the values that change it. */
const FOOTPRINT = chartFootprint('gpu-operator', {
  references: [
    { kind: 'ConfigMap', nameAt: 'driver.repoConfig.configMapName', enabledAt: 'driver.enabled' },
    { kind: 'Secret', nameAt: 'driver.licensingConfig.secretName', enabledAt: 'driver.enabled' },
  ],
  workloads: {
    'gpu-operator': valuesBelow('operator', { replicasAt: undefined }),
    [`gpu-operator-${DISCOVERY}-worker`]: valuesBelow(`${DISCOVERY}.worker`, {
      replicasAt: undefined,
      tolerations: GPU_TAINT,
    }),
    [`gpu-operator-${DISCOVERY}-master`]: valuesBelow(`${DISCOVERY}.master`, {
      replicasAt: `${DISCOVERY}.master.replicaCount`,
    }),
    [`gpu-operator-${DISCOVERY}-gc`]: valuesBelow(`${DISCOVERY}.gc`, { replicasAt: `${DISCOVERY}.gc.replicaCount` }),
  },
  moreWorkloads: [
    operand('nvidia-device-plugin-daemonset', 'nvidia-device-plugin', 'devicePlugin'),
    operand('gpu-feature-discovery', 'gpu-feature-discovery', 'gfd'),
    operand('nvidia-dcgm-exporter', 'nvidia-dcgm-exporter', 'dcgmExporter'),
    operand('nvidia-mig-manager', 'nvidia-mig-manager', 'migManager'),
    { ...operand('nvidia-operator-validator', 'nvidia-operator-validator', 'validator'), enabledAt: undefined },
  ],
  metrics: [DCGM_METRICS],
  moreServices: [{ name: 'nvidia-dcgm-exporter', ports: { 'gpu-metrics': 9400 } }],
});
