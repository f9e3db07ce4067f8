import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { AIZoneSpec } from '../../api/generated/ai-zone';
import { fail } from '../../contracts/errors';
import { GatewaySettings } from '../../contracts/network';
import { zoneLabels } from './zone-labels';
import { hasIngress } from './zone-network';
import { AIZoneSettings } from './ai-zone-settings';

const GATEWAY_API = 'gateway.networking.k8s.io';
/** Name of the ListenerSet of a zone. */
export const ZONE_LISTENERS = 'zone';
const CERTIFICATE = 'zone-tls';

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

/**
 * How the models of a zone are reached: by listeners of its own, on the platform's Gateway and with the certificate of the zone;
 * or, where it has none, by the listener of the Gateway, whose certificate covers one label below the domain.
 *
 * @returns undefined when the zone has no way in
 * @internal
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

/**
 * The listeners of a zone, and its certificate where it has none.
 *
 * @internal
 */
export function addListeners(
  scope: Construct,
  zone: string,
  namespace: string,
  route: ZoneRoute,
  gateway: GatewaySettings,
  issuer: string | undefined,
): void {
  const { domain, secretName, tls } = route;
  if (domain === undefined) return;
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
