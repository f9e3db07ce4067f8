import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { AIZoneSpec, ZonePeer } from '../../api/generated/ai-zone';
import { GatewaySettings, NetworkPeer, ScraperSettings } from '../../contracts/network';
import { DNS_EGRESS, ruleSide } from '../../constructs/tenancy/network-rules';
import { zoneLabels } from './zone-labels';

/** Port of the tunnel of Istio's ambient mode: what arrives at another port of a Pod in the mesh arrives there first. */
const TUNNEL_PORT = { protocol: 'TCP', port: 15008 };
/** Address from which the kubelet's probes reach a Pod in the mesh. */
const PROBES = '169.254.7.127/32';

interface Policy {
  readonly ingress?: readonly object[];
  readonly egress?: readonly object[];
}

/** What the network of a zone is made from. */
export interface ZoneNetwork {
  readonly zone: string;
  readonly namespace: string;
  readonly spec: AIZoneSpec;
  readonly peers: ZonePeer[];
  readonly egress: NetworkPeer[];
  readonly gateway?: GatewaySettings;
  readonly scraper?: ScraperSettings;
  /** Whether the Pods are in the mesh. */
  readonly mesh: boolean;
}

/**
 * Refuses whatever is not let through: own Pods, name lookup, the scraper, the Gateway, the peers of the zone and what the
 * platform lets all zones reach.
 *
 * Source of the rules for the mesh: https://istio.io/latest/docs/ambient/usage/networkpolicy/
 *
 * @internal
 */
export function addNetworkPolicies(scope: Construct, props: ZoneNetwork): void {
  const { spec, mesh, gateway, scraper } = props;
  const add = (name: string, policy: Policy): void => addPolicy(scope, props, name, policy);
  add('default-deny', { ingress: [], egress: [] });
  add('own-pods', { ingress: [{ from: [{ podSelector: {} }] }], egress: [{ to: [{ podSelector: {} }] }] });
  add('name-lookup', { egress: [NAME_LOOKUP] });
  // within one item, both selectors hold; several items are alternatives
  if (props.peers.length > 0) add('peers', { ingress: [{ from: props.peers.map(peerOf) }] });
  if (scraper && (spec.monitoring?.prometheus?.enabled ?? true)) {
    const ports = [{ protocol: 'TCP', port: 'metrics' }, ...(mesh ? [TUNNEL_PORT] : [])];
    add('metrics-scraping', { ingress: [{ from: podsOf(scraper.namespace, scraper.podLabels), ports }] });
  }
  if (gateway && hasIngress(spec)) {
    add('gateway', { ingress: [{ from: podsOf(gateway.podNamespace, gateway.podLabels) }] });
  }
  if (props.egress.length > 0) add('platform-services', { egress: props.egress.map((peer) => egressTo(peer, mesh)) });
  if (mesh) add('health-probes', { ingress: [{ from: [{ ipBlock: { cidr: PROBES } }] }] });
}

/**
 * Refuses connections to the Pods of a zone that are not mutual TLS.
 *
 * @internal
 */
export function addMutualTls(scope: Construct, zone: string, namespace: string): void {
  new ApiObject(scope, 'MutualTls', {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    // without a selector, for the whole namespace
    metadata: { name: 'zone', namespace, labels: zoneLabels(zone, 'mesh') },
    spec: { mtls: { mode: 'STRICT' } },
  });
}

/**
 * Whether a zone has a way in.
 *
 * @internal
 */
export function hasIngress(spec: AIZoneSpec): boolean {
  const ingress = spec.networking?.ingress;
  return ingress !== undefined && (ingress.enabled ?? true);
}

const NAME_LOOKUP = k8s.toJson_NetworkPolicyEgressRule(DNS_EGRESS) as object;

function addPolicy(scope: Construct, { zone, namespace }: ZoneNetwork, name: string, policy: Policy): void {
  const policyTypes = [...(policy.ingress ? ['Ingress'] : []), ...(policy.egress ? ['Egress'] : [])];
  const denied = name === 'default-deny';
  new ApiObject(scope, name, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `zone-${name}`, namespace, labels: zoneLabels(zone, 'network') },
    spec: { podSelector: {}, policyTypes, ...(denied ? {} : policy) },
  });
}

function peerOf({ namespaceSelector, podSelector }: ZonePeer): object {
  return { ...(namespaceSelector ? { namespaceSelector } : {}), ...(podSelector ? { podSelector } : {}) };
}

function podsOf(namespace: string, podLabels: { readonly [key: string]: string }): object[] {
  return ruleSide({ namespace, podLabels: { ...podLabels } });
}

function egressTo(peer: NetworkPeer, mesh: boolean): object {
  const { cidrs, ports = [] } = peer;
  const to = ruleSide(peer);
  if (ports.length === 0) return { to };
  const tunnel = mesh && !cidrs ? [TUNNEL_PORT] : [];
  return { to, ports: [...ports.map((port) => ({ protocol: 'TCP', port })), ...tunnel] };
}
