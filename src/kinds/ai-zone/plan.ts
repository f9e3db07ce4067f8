import { AIZoneSpec, ZonePeer } from '../../api/generated/ai-zone';
import { PLATFORM_GROUP } from '../../contracts/names';
import { GatewaySettings, ScraperSettings } from '../../contracts/network';
import { AIZoneSettings } from './settings';

/** Label of a zone's namespace, and of what belongs to the zone; its value is the zone's name. */
export const ZONE_LABEL = `${PLATFORM_GROUP}/zone`;
/** Label of a zone's namespaces; its value is what the zone is for. */
export const ZONE_TYPE_LABEL = `${PLATFORM_GROUP}/zone-type`;
/** Label of namespaces whose routes and listeners the platform's Gateway accepts. */
export const GATEWAY_ACCESS_LABEL = `${PLATFORM_GROUP}/gateway-access`;
/** Label of namespaces whose Pods are in the mesh. */
export const MESH_LABEL = 'istio.io/dataplane-mode';

/** Labels of the objects of a zone. */
export function zoneLabels(zone: string, component: string): { [key: string]: string } {
  return {
    'app.kubernetes.io/name': 'zone',
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/part-of': 'ml-platform',
    [ZONE_LABEL]: zone,
  };
}

/** What a zone has from the zones above it. */
export interface ZoneInheritance {
  /**
   * The zones above, from the top down. A user with a role in one of them has it here, too.
   *
   * @default - none
   */
  readonly zones?: string[];
  /**
   * Labels of the namespaces.
   *
   * @default - none
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * Who may connect.
   *
   * @default - none
   */
  readonly peers?: ZonePeer[];
}

/** What the zones below one inherit. A peer that is there already is not added twice. */
export function inheritanceBelow(
  zone: string,
  spec: AIZoneSpec,
  above: ZoneInheritance = {},
): Required<ZoneInheritance> {
  return {
    zones: [...(above.zones ?? []), zone],
    labels: { ...above.labels, ...spec.namespaceLabels },
    peers: distinctPeers([...(above.peers ?? []), ...(spec.security?.networkPolicies?.allowFrom ?? [])]),
  };
}

function distinctPeers(peers: ZonePeer[]): ZonePeer[] {
  return [...new Map(peers.map((peer) => [JSON.stringify(peer), peer])).values()];
}

/** What the objects of a zone are made from: its spec, with what the platform and the zones above give. */
export interface AIZonePlan {
  /** Name of the zone. */
  readonly zone: string;
  /** Its namespace. */
  readonly namespace: string;
  readonly spec: AIZoneSpec;
  readonly settings: AIZoneSettings;
  /** What holds for this zone and for those below it; the last of `zones` is this one. */
  readonly inheritance: Required<ZoneInheritance>;
  /** The platform's Gateway, where the zone has an ingress. */
  readonly gateway?: GatewaySettings;
  /** The pods that scrape metrics, where they scrape the zone. */
  readonly scraper?: ScraperSettings;
  /** Whether the Pods are in the mesh: the spec asks for it, and the platform has one. */
  readonly mesh: boolean;
}
