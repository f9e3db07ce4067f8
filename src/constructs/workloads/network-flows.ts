import { k8s } from 'cdk8s-plus-28';
import { IConstruct } from 'constructs';
import { isIP } from 'net';
import { fail } from '../../contracts/errors';
import { NetworkPeer } from '../../contracts/network';
import { DNS_EGRESS, ruleSide } from '../tenancy/network-rules';
import { checkPort } from '../../contracts/bounds';
import { Json } from './pod-template';

/** The network flows of some pods, as one NetworkPolicy that allows nothing else. */
export class NetworkFlows {
  private readonly ingress = new Map<string, k8s.NetworkPolicyIngressRule>();
  private readonly egress = new Map<string, k8s.NetworkPolicyEgressRule>();

  public constructor(
    private readonly owner: IConstruct,
    private readonly selector: { [key: string]: string },
  ) {}

  /** @param ports ports of the pods; none means all */
  public allowFrom(prop: string, peer: NetworkPeer, ports: number[]): void {
    checkPeer(this.owner, prop, peer);
    const rule = { from: peers(peer), ports: tcp(ports) };
    this.ingress.set(JSON.stringify(rule), rule);
  }

  public allowTo(prop: string, peer: NetworkPeer): void {
    checkPeer(this.owner, prop, peer);
    const rule = { to: peers(peer), ports: tcp(peer.ports ?? []) };
    this.egress.set(JSON.stringify(rule), rule);
  }

  /** The spec of the NetworkPolicy. */
  public render(): Json {
    return k8s.toJson_NetworkPolicySpec({
      podSelector: { matchLabels: this.selector },
      policyTypes: ['Ingress', 'Egress'],
      ingress: this.ingress.size > 0 ? sorted(this.ingress) : undefined,
      egress: [DNS_EGRESS, ...sorted(this.egress)],
    }) as Json;
  }
}

function peers(peer: NetworkPeer): k8s.NetworkPolicyPeer[] {
  return ruleSide(peer.cidrs ? { cidrs: [...peer.cidrs].sort() } : peer);
}

function tcp(ports: number[]): k8s.NetworkPolicyPort[] | undefined {
  const unique = [...new Set(ports)].sort((a, b) => a - b);
  return unique.length > 0
    ? unique.map((port) => ({ protocol: 'TCP', port: k8s.IntOrString.fromNumber(port) }))
    : undefined;
}

/** In an order that does not depend on who asked first. */
function sorted<T>(rules: Map<string, T>): T[] {
  return [...rules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule);
}

function checkPeer(owner: IConstruct, prop: string, peer: NetworkPeer): void {
  if ((peer.namespace === undefined) === (peer.cidrs === undefined)) {
    fail(owner, prop, 'must have either namespace or cidrs', peer, 'name the pods by namespace, or addresses by cidrs');
  }
  if (peer.cidrs?.length === 0) {
    fail(owner, prop, 'must have at least one address range', peer.cidrs, 'leave the peer out, or give a CIDR block');
  }
  if (peer.ports?.length === 0) {
    // no ports in a rule would be all ports
    fail(owner, prop, 'must have at least one port', peer.ports, 'leave ports out for all of them');
  }
  for (const cidr of peer.cidrs ?? []) {
    if (!isCidr(cidr)) fail(owner, prop, 'must hold CIDR blocks', cidr, "write an address range such as '10.0.0.0/16'");
  }
  for (const port of peer.ports ?? []) checkPort(owner, `${prop}.ports`, port);
}

function isCidr(text: string): boolean {
  const [address, length, ...rest] = text.split('/');
  const version = isIP(address);
  return version > 0 && rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128);
}
