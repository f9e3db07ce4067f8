import { k8s } from 'cdk8s-plus-28';
import { IConstruct } from 'constructs';
import { checkPeer } from '../../contracts/bounds';
import { NetworkPeer } from '../../contracts/network';
import { API_SERVER_EGRESS, DNS_EGRESS, egressTo, ruleSide, tcpPorts } from '../tenancy/network-rules';

/** The network flows of some pods, as one NetworkPolicy that allows nothing else. Asked for twice, a flow is allowed once. */
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
    const rule = { from: ruleSide(ordered(peer)), ports: tcpPorts(unique(ports)) };
    this.ingress.set(JSON.stringify(rule), rule);
  }

  public allowTo(prop: string, peer: NetworkPeer): void {
    checkPeer(this.owner, prop, peer);
    const rule = egressTo(ordered(peer));
    this.egress.set(JSON.stringify(rule), rule);
  }

  /** Lets the pods connect to the API server. */
  public allowToApiServer(): void {
    this.egress.set(JSON.stringify(API_SERVER_EGRESS), API_SERVER_EGRESS);
  }

  /** The spec of the NetworkPolicy. */
  public render(): { [key: string]: unknown } {
    return k8s.toJson_NetworkPolicySpec({
      podSelector: { matchLabels: this.selector },
      policyTypes: ['Ingress', 'Egress'],
      ingress: this.ingress.size > 0 ? sorted(this.ingress) : undefined,
      egress: [DNS_EGRESS, ...sorted(this.egress)],
    }) as { [key: string]: unknown };
  }
}

function ordered(peer: NetworkPeer): NetworkPeer {
  return {
    ...peer,
    cidrs: peer.cidrs && [...peer.cidrs].sort(),
    except: peer.except && [...peer.except].sort(),
    ports: peer.ports && unique(peer.ports),
  };
}

function unique(ports: number[]): number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** In an order that does not depend on who asked first. */
function sorted<T>(rules: Map<string, T>): T[] {
  return [...rules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule);
}
