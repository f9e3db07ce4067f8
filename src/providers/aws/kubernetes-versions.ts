/**
 * Minor versions of Kubernetes in EKS's standard support, oldest first, with the release of the Cluster Autoscaler that
 * belongs to each. Update both together: 1.34 leaves standard support on 2 December 2026.
 */
const VERSIONS: { readonly [version: string]: { readonly clusterAutoscaler: string } } = {
  '1.34': { clusterAutoscaler: 'v1.34.5' },
  '1.35': { clusterAutoscaler: 'v1.35.2' },
  '1.36': { clusterAutoscaler: 'v1.36.1' },
};

/** Versions that a cluster can be made with, oldest first. */
export const KUBERNETES_VERSIONS = Object.keys(VERSIONS);

/** The version that a cluster gets by default. */
export const NEWEST_KUBERNETES_VERSION = KUBERNETES_VERSIONS[KUBERNETES_VERSIONS.length - 1];

/** The image tag of the Cluster Autoscaler for a version of Kubernetes. */
export function clusterAutoscalerTag(kubernetesVersion: string): string {
  return VERSIONS[kubernetesVersion].clusterAutoscaler;
}
