import type { Cluster } from './cluster';
import { conditionOf, type KubernetesObject, referenceTo } from './types';

/** Pods of a namespace that have neither ended nor become ready. */
export async function unreadyPods(cluster: Cluster, namespace: string | undefined): Promise<KubernetesObject[]> {
  if (namespace === undefined) return [];
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace });
  return pods.filter(
    (pod) =>
      !['Succeeded', 'Failed'].includes(String(pod.status?.phase)) && conditionOf(pod, 'Ready')?.status !== 'True',
  );
}

/** Changes an annotation of those of them that are on a node. */
export async function touchPods(cluster: Cluster, namespace: string | undefined): Promise<void> {
  for (const pod of await unreadyPods(cluster, namespace)) {
    if (pod.spec?.nodeName === undefined) continue;
    const annotations = { 'test-cluster/touched': String(Date.now()) };
    // it may be gone by now
    await cluster.patch(referenceTo(pod), { metadata: { annotations } }).catch(() => undefined);
  }
}

/** One line for a message. */
export function describePod({ metadata, spec, status }: KubernetesObject): string {
  const conditions = JSON.stringify(status?.conditions ?? []);
  const node = typeof spec?.nodeName === 'string' ? spec.nodeName : 'no node';
  return `pod ${metadata.name ?? ''} on ${node}: ${String(status?.phase)} ${conditions}`;
}
