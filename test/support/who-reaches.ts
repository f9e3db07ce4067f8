import { KubernetesObject } from '../../operators/src/runtime/protocol';

/** A pod, as network policies see it. */
export interface Pod {
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** @default - the name that Kubernetes gives it */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: string[];
  }[];
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: object;
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port?: number | string; readonly protocol?: string }[];
}

interface Spec {
  readonly podSelector?: Selector;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

/** Whether the policies of both ends let a pod connect to a TCP port of another one. */
export function reaches(objects: readonly KubernetesObject[], from: Pod, to: Pod, port: number | string): boolean {
  return allows(objects, 'Egress', from, to, port) && allows(objects, 'Ingress', to, from, port);
}

/** Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation */
function allows(
  objects: readonly KubernetesObject[],
  type: 'Egress' | 'Ingress',
  own: Pod,
  other: Pod,
  port: number | string,
): boolean {
  const policies = objects
    .filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.namespace === own.namespace)
    .map(({ spec }) => spec as unknown as Spec)
    .filter(({ policyTypes, podSelector }) => policyTypes.includes(type) && selects(podSelector, own.labels ?? {}));
  if (policies.length === 0) return true;
  const rules = policies.flatMap(({ egress, ingress }) => (type === 'Egress' ? egress : ingress) ?? []);
  return rules.some(({ from, to, ports }) => {
    const peers = type === 'Egress' ? to : from;
    const isPort = !ports || ports.some((one) => (one.port ?? port) === port && (one.protocol ?? 'TCP') === 'TCP');
    return isPort && (!peers || peers.some((peer) => isPeer(peer, own.namespace, other)));
  });
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, namespace: string, pod: Pod): boolean {
  // addresses of pods are not known
  if (ipBlock) return false;
  const labels = { 'kubernetes.io/metadata.name': pod.namespace, ...pod.namespaceLabels };
  const there = namespaceSelector ? selects(namespaceSelector, labels) : pod.namespace === namespace;
  return there && selects(podSelector, pod.labels ?? {});
}

function selects(
  { matchLabels = {}, matchExpressions = [] }: Selector = {},
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator === 'In') return values.includes(labels[key]);
      if (operator === 'NotIn') return !values.includes(labels[key]);
      return operator === 'Exists' ? key in labels : !(key in labels);
    })
  );
}
