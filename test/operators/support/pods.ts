import { KubernetesObject } from '../../../operators/src/runtime/protocol';

/** A pod whose container `node` does not start. */
export function waitingPod(
  labels: Readonly<Record<string, string>>,
  namespace: string,
  reason: string,
  message: string,
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'waiting', namespace, labels, creationTimestamp: '2026-01-01T00:00:00Z' },
    status: { phase: 'Pending', containerStatuses: [{ name: 'node', state: { waiting: { reason, message } } }] },
  };
}
