import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct, IConstruct } from 'constructs';
import { AIZoneSpec, ZonePeer } from '../../api/generated/ai-zone';
import { checkPeer } from '../../contracts/bounds';
import { fail } from '../../contracts/errors';
import { GatewaySettings, NetworkPeer } from '../../contracts/network';
import { DNS_EGRESS, ruleSide } from '../../constructs/tenancy/network-rules';
import { AIZonePlan, zoneLabels } from './plan';
import { AIZoneSettings } from './settings';

/** Port of the tunnel of Istio's ambient mode: what arrives at another port of a Pod in the mesh arrives there first. */
const TUNNEL_PORT = { protocol: 'TCP', port: 15008 };
/** Address from which the kubelet's probes reach a Pod in the mesh. */
const PROBES = '169.254.7.127/32';
const NAME_LOOKUP = k8s.toJson_NetworkPolicyEgressRule(DNS_EGRESS) as object;

interface Policy {
  readonly ingress?: readonly object[];
  readonly egress?: readonly object[];
}

/**
 * Refuses whatever is not let through, where the spec does not switch that off: own Pods, name lookup, the scraper, the Gateway, the
 * peers of the zone and what the platform lets all zones reach.
 *
 * Source of the rules for the mesh: https://istio.io/latest/docs/ambient/usage/networkpolicy/
 */
export function addNetworkPolicies(scope: Construct, plan: AIZonePlan): void {
  const { spec, settings, mesh, gateway, scraper } = plan;
  if (!(spec.security?.networkPolicies?.enabled ?? true)) return;
  const { egress = [] } = settings;
  egress.forEach((peer, at) => checkPeer(scope, `settings.egress[${at}]`, peer));
  const { peers } = plan.inheritance;
  const add = (name: string, policy: Policy): void => addPolicy(scope, plan, name, policy);
  add('default-deny', { ingress: [], egress: [] });
  add('own-pods', { ingress: [{ from: [{ podSelector: {} }] }], egress: [{ to: [{ podSelector: {} }] }] });
  add('name-lookup', { egress: [NAME_LOOKUP] });
  // within one item, both selectors hold; several items are alternatives
  if (peers.length > 0) add('peers', { ingress: [{ from: peers.map(peerOf) }] });
  if (scraper) {
    const ports = [{ protocol: 'TCP', port: 'metrics' }, ...(mesh ? [TUNNEL_PORT] : [])];
    add('metrics-scraping', { ingress: [{ from: podsOf(scraper.namespace, scraper.podLabels), ports }] });
  }
  if (gateway) add('gateway', { ingress: [{ from: podsOf(gateway.podNamespace, gateway.podLabels) }] });
  if (egress.length > 0) add('platform-services', { egress: egress.map((peer) => egressTo(peer, mesh)) });
  if (mesh) add('health-probes', { ingress: [{ from: [{ ipBlock: { cidr: PROBES } }] }] });
}

function addPolicy(scope: Construct, { zone, namespace }: AIZonePlan, name: string, policy: Policy): void {
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

/** Refuses connections to the Pods of a zone in the mesh that are not mutual TLS. */
export function addMutualTls(scope: Construct, { zone, namespace, spec, mesh }: AIZonePlan): void {
  if (!mesh || !(spec.networking?.serviceMesh?.mtls ?? true)) return;
  new ApiObject(scope, 'MutualTls', {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    // without a selector, for the whole namespace
    metadata: { name: 'zone', namespace, labels: zoneLabels(zone, 'mesh') },
    spec: { mtls: { mode: 'STRICT' } },
  });
}

const GATEWAY_API = 'gateway.networking.k8s.io';
const CERTIFICATE = 'zone-tls';

/** Name of the ListenerSet of a zone. */
export const ZONE_LISTENERS = 'zone';

/** How the models of a zone are reached from outside. */
export interface ZoneRoute {
  /** What an HTTPRoute has in `parentRefs`. */
  readonly parentRef: { readonly [key: string]: string };
  /** Whether the connection is encrypted. */
  readonly tls: boolean;
  /** Secret with the certificate, in the namespace of the zone. @default - the certificate is the Gateway's */
  readonly secretName?: string;
  /** Domain of the zone's own listener. @default - it has none */
  readonly domain?: string;
}

/** Whether a zone has an ingress. */
export function hasIngress(spec: AIZoneSpec): boolean {
  const ingress = spec.networking?.ingress;
  return ingress !== undefined && (ingress.enabled ?? true);
}

/** What the documents call the class of the platform's Gateway. */
const FORMER_CLASS = 'nginx';

/** A zone is reached through the platform's Gateway: another class would be served by nothing. */
export function checkIngressClass(where: IConstruct, spec: AIZoneSpec, gateway: GatewaySettings | undefined): void {
  const given = spec.networking?.ingress?.class;
  if (given === undefined || given === FORMER_CLASS || !gateway) return;
  // the platform's Gateway is called like its class
  if (given === gateway.name) return;
  const rule = `must be the class of the platform's Gateway, ${gateway.name}, or ${FORMER_CLASS}, which stands for it`;
  fail(where, 'networking.ingress.class', rule, given, 'leave it out');
}

/**
 * How the models of a zone are reached: by listeners of its own, on the platform's Gateway and with the certificate of the zone;
 * or, where it has none, by the listener of the Gateway, whose certificate covers one label below the domain.
 *
 * @returns undefined when the zone has no ingress, or the platform no Gateway
 */
export function zoneRoute(
  where: IConstruct | string,
  zone: string,
  spec: AIZoneSpec,
  gateway: GatewaySettings | undefined,
  settings: AIZoneSettings,
): ZoneRoute | undefined {
  const ingress = spec.networking?.ingress;
  if (!ingress || !hasIngress(spec) || !gateway) return undefined;
  const namespace = spec.targetNamespace ?? zone;
  const tls = ingress.tls ? (ingress.tls.enabled ?? true) : true;
  const domain = ingress.domain ?? `${zone}.${gateway.domain}`;
  const secretName = !tls ? undefined : (ingress.tls?.secretName ?? (settings.certificateIssuer && CERTIFICATE));
  if (tls && secretName === undefined) {
    if (ingress.domain !== undefined) {
      fail(
        where,
        'networking.ingress.domain',
        'must come with a certificate, since that of the Gateway does not cover it',
        ingress.domain,
        'set networking.ingress.tls.secretName, or leave domain out',
      );
    }
    return {
      parentRef: {
        group: GATEWAY_API,
        kind: 'Gateway',
        name: gateway.name,
        namespace: gateway.namespace,
        sectionName: 'https',
      },
      tls,
    };
  }
  // a wildcard holds for names of any depth, and the more specific listener wins
  if (gateway.domain === domain || gateway.domain.endsWith(`.${domain}`)) {
    fail(
      where,
      'networking.ingress.domain',
      `must not take over ${gateway.domain}, the domain of the platform`,
      domain,
      'use a domain below it, or another one',
    );
  }
  return {
    parentRef: { group: GATEWAY_API, kind: 'ListenerSet', name: ZONE_LISTENERS, namespace },
    tls,
    secretName,
    domain,
  };
}

/** The listeners of a zone, and its certificate where it has none. */
export function addListeners(scope: Construct, plan: AIZonePlan, route: ZoneRoute | undefined): void {
  const { zone, namespace, gateway } = plan;
  if (!gateway || route?.domain === undefined) return;
  const { domain, secretName, tls } = route;
  const issuer = plan.settings.certificateIssuer;
  const labels = zoneLabels(zone, 'ingress');
  if (secretName === CERTIFICATE && issuer !== undefined) {
    new ApiObject(scope, 'Certificate', {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: CERTIFICATE, namespace, labels },
      spec: {
        secretName: CERTIFICATE,
        dnsNames: [`*.${domain}`],
        issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: issuer },
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      },
    });
  }
  const listener = tls
    ? {
        name: 'https',
        port: 443,
        protocol: 'HTTPS',
        tls: { mode: 'Terminate', certificateRefs: [{ group: '', kind: 'Secret', name: secretName }] },
      }
    : { name: 'http', port: 80, protocol: 'HTTP' };
  new ApiObject(scope, 'Listeners', {
    apiVersion: `${GATEWAY_API}/v1`,
    kind: 'ListenerSet',
    metadata: { name: ZONE_LISTENERS, namespace, labels },
    spec: {
      parentRef: { group: GATEWAY_API, kind: 'Gateway', name: gateway.name, namespace: gateway.namespace },
      listeners: [{ ...listener, hostname: `*.${domain}`, allowedRoutes: { namespaces: { from: 'Same' } } }],
    },
  });
}
