import type { KubernetesObject } from './types';

/** A Pod that the `restricted` Pod Security level admits, so that tests change one thing at a time. */
export function podSpec(
  extra: Record<string, unknown> = {},
  container: Record<string, unknown> = {},
): Record<string, unknown> {
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  return { containers: [{ name: 'main', image: 'example/main:1', securityContext, ...container }], ...extra };
}

export function pod(namespace: string, name: string, spec: Record<string, unknown> = podSpec()): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec };
}

export function deployment(namespace: string, name: string, replicas: number): KubernetesObject {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: podSpec() };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec };
}

export function job(namespace: string, name: string): KubernetesObject {
  const spec = { template: { spec: podSpec({ restartPolicy: 'Never' }) } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace }, spec };
}
