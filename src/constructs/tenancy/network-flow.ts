import { createHash } from 'crypto';
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checkPeer } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { NetworkPeer } from '../../contracts/network';
import { egressTo, podSelector, ruleSide, tcpPorts } from './network-rules';

/** Options of a network flow. */
export interface NetworkFlowProps {
  /** Who opens the connection; its ports do not matter. For a workload, its `peer`. */
  readonly from: NetworkPeer;
  /** Who accepts it, and on which TCP ports. For a workload, its `peer`. */
  readonly to: NetworkPeer;
  /**
   * Whether the policy in the namespace of `from` is left out. Where nothing else restricts what those pods connect to, as in the namespace of
   * a component, it would not permit but restrict: it cuts them off from DNS, the API server and all the rest.
   *
   * @default false
   */
  readonly ingressOnly?: boolean;
}

/**
 * Permits connections from one peer to another, where everything is denied by default. Both halves are made: the egress
 * policy in the namespace of the one, and the ingress policy in that of the other. For a peer outside the cluster there is
 * the half inside only.
 *
 * The policies' names depend on the two peers alone, so moving the construct in the tree does not replace them.
 *
 * @example
 * new NetworkFlow(chart, 'mail', {
 *   from: { namespace: 'app-core-team', podLabels: { 'app.kubernetes.io/name': 'notifier' } },
 *   to: { cidrs: ['203.0.113.25/32'], ports: [587] },
 * });
 */
@checked('NetworkFlow')
export class NetworkFlow extends Construct {
  /**
   * The policy in the namespace of `from`.
   *
   * @default - none: `from` is outside the cluster, or `ingressOnly` leaves it out
   */
  public readonly egress?: ApiObject;
  /**
   * The policy in the namespace of `to`.
   *
   * @default - none: `to` is outside the cluster
   */
  public readonly ingress?: ApiObject;

  /** @throws InvalidInputError when a peer is malformed, or both are outside the cluster */
  public constructor(scope: Construct, id: string, props: NetworkFlowProps) {
    super(scope, id);
    const { from, to, ingressOnly = false } = props;
    checkPeer(this, 'from', from);
    checkPeer(this, 'to', to);
    if (from.namespace === undefined && to.namespace === undefined) {
      fail(this, 'to', 'must be in the cluster when from is not', to.cidrs, 'name the pods of one end');
    }
    if (ingressOnly && to.namespace === undefined) {
      fail(this, 'ingressOnly', 'must come with pods that accept the connection', to.cidrs, 'leave the flow out');
    }
    const hash = fingerprint(from, to);
    if (from.namespace !== undefined && !ingressOnly) {
      this.egress = new k8s.KubeNetworkPolicy(this, 'Resource', {
        metadata: { name: policyName('to', to, hash), namespace: from.namespace },
        spec: { podSelector: podSelector(from), policyTypes: ['Egress'], egress: [egressTo(to)] },
      });
    }
    if (to.namespace !== undefined) {
      this.ingress = new k8s.KubeNetworkPolicy(this, from.namespace === undefined ? 'Resource' : 'Ingress', {
        metadata: { name: policyName('from', from, hash), namespace: to.namespace },
        spec: {
          podSelector: podSelector(to),
          policyTypes: ['Ingress'],
          ingress: [{ from: ruleSide(from), ports: tcpPorts(to.ports) }],
        },
      });
    }
  }
}

/** At most 63 characters: a readable part of at most 49, and what makes it unique. */
function policyName(direction: string, peer: NetworkPeer, hash: string): string {
  const pods = peer.podLabels?.['app.kubernetes.io/name'] ?? Object.values(peer.podLabels ?? {})[0];
  const readable = [peer.namespace ?? 'addresses', pods]
    .filter((part) => part !== undefined)
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, 48)
    .replace(/-+$/, '');
  return `${direction}-${readable}-${hash}`;
}

function fingerprint(from: NetworkPeer, to: NetworkPeer): string {
  const labels = (peer: NetworkPeer): string[][] => Object.entries(peer.podLabels ?? {}).sort();
  const excluded = [from.except, to.except].filter((ranges) => ranges !== undefined);
  const ends = [from.namespace, labels(from), from.cidrs, to.namespace, labels(to), to.cidrs, to.ports, ...excluded];
  return createHash('sha256').update(JSON.stringify(ends)).digest('hex').slice(0, 8);
}
