import { IConstruct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';
import { NetworkPeer } from '../../contracts/network';

/** Refuses a peer that is neither pods nor addresses, or both, or has a port that is none. */
export function checkPeer(where: IConstruct, prop: string, peer: NetworkPeer): void {
  if ((peer.namespace === undefined) === (peer.cidrs === undefined)) {
    fail(
      where,
      prop,
      'must have exactly one of namespace and cidrs',
      peer,
      'name the namespace of pods, or the address ranges of what is outside the cluster',
    );
  }
  if (peer.namespace !== undefined) dnsLabel(where, `${prop}.namespace`, peer.namespace);
  if (peer.cidrs !== undefined && (peer.cidrs.length === 0 || !peer.cidrs.every(isCidr))) {
    fail(where, `${prop}.cidrs`, 'must be CIDR blocks', peer.cidrs, "write them as '10.0.0.0/16'");
  }
  const wrong = (peer.ports ?? []).filter((port) => !Number.isInteger(port) || port < 1 || port > 65_535);
  if (wrong.length > 0) {
    fail(where, `${prop}.ports`, 'must be whole numbers between 1 and 65535', wrong, 'give TCP ports');
  }
}

/** The pods of a peer in their own namespace. */
export function podSelector(peer: NetworkPeer): k8s.LabelSelector {
  const labels = peer.podLabels ?? {};
  return Object.keys(labels).length > 0 ? { matchLabels: labels } : {};
}

/** A peer as one side of a rule, seen from any namespace. */
export function ruleSide(peer: NetworkPeer): k8s.NetworkPolicyPeer[] {
  if (peer.cidrs) return peer.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
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

/** Lets pods ask the cluster's DNS. The labels of its pods are the same on EKS, Kind and kubeadm. */
export const DNS_EGRESS: k8s.NetworkPolicyEgressRule = {
  to: ruleSide({ namespace: 'kube-system', podLabels: { 'k8s-app': 'kube-dns' } }),
  ports: ['UDP', 'TCP'].map((protocol) => ({ port: k8s.IntOrString.fromNumber(53), protocol })),
};

function isCidr(text: string): boolean {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (v4) return v4.slice(1, 5).every((part) => Number(part) <= 255) && Number(v4[5]) <= 32;
  const v6 = /^[0-9a-fA-F:]*:[0-9a-fA-F:]*\/(\d{1,3})$/.exec(text);
  return v6 !== null && Number(v6[1]) <= 128;
}
