import { Component, PodSecurityLevel } from '../contracts/component';

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
    values: { driver: { enabled: false }, toolkit: { enabled: false } },
  });
}
