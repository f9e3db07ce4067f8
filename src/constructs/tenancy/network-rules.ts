import { k8s } from 'cdk8s-plus-28';
import { isInside } from '../../contracts/addresses';
import { NetworkPeer } from '../../contracts/network';

/** The pods of a peer in their own namespace. */
export function podSelector(peer: NetworkPeer): k8s.LabelSelector {
  const labels = peer.podLabels ?? {};
  return Object.keys(labels).length > 0 ? { matchLabels: labels } : {};
}

/** A peer as one side of a rule, seen from any namespace. */
export function ruleSide(peer: NetworkPeer): k8s.NetworkPolicyPeer[] {
  const { cidrs, except = [] } = peer;
  if (cidrs) {
    return cidrs.map((cidr) => {
      const excluded = except.filter((range) => isInside(range, cidr));
      return { ipBlock: { cidr, ...(excluded.length > 0 ? { except: excluded } : {}) } };
    });
  }
  const labels = peer.podLabels ?? {};
  return [
    {
      // every namespace carries this label, which the API server sets
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': peer.namespace ?? '' } },
      ...(Object.keys(labels).length > 0 ? { podSelector: { matchLabels: labels } } : {}),
    },
  ];
}

/** TCP ports of a rule; none given means all ports. */
export function tcpPorts(ports?: number[]): k8s.NetworkPolicyPort[] | undefined {
  if (ports === undefined || ports.length === 0) return undefined;
  return ports.map((port) => ({ port: k8s.IntOrString.fromNumber(port), protocol: 'TCP' }));
}

/** A rule that lets pods reach a peer on its ports. */
export function egressTo(peer: NetworkPeer): k8s.NetworkPolicyEgressRule {
  return { to: ruleSide(peer), ports: tcpPorts(peer.ports) };
}

/** Lets pods connect to the API server, which has no pods to name, and an address that is not known when manifests are written. */
export const API_SERVER_EGRESS: k8s.NetworkPolicyEgressRule = { ports: tcpPorts([443, 6443]) };

/** Lets pods ask the cluster's DNS. The labels of its pods are the same on EKS, Kind and kubeadm. */
export const DNS_EGRESS: k8s.NetworkPolicyEgressRule = {
  to: ruleSide({ namespace: 'kube-system', podLabels: { 'k8s-app': 'kube-dns' } }),
  ports: ['UDP', 'TCP'].map((protocol) => ({ port: k8s.IntOrString.fromNumber(53), protocol })),
};
