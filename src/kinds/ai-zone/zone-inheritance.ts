import { AIZoneSpec, ZonePeer } from '../../api/generated/ai-zone';

/** What a zone has from the zones above it. */
export interface ZoneInheritance {
  /**
   * The zones above, from the top down. Whoever has a role in one of them has it here, too.
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
   * @default - nobody
   */
  readonly peers?: ZonePeer[];
}

/**
 * What the zones below one inherit. A peer that is there already is not added twice.
 *
 * @internal
 */
export function inheritanceBelow(name: string, spec: AIZoneSpec, above: ZoneInheritance = {}): ZoneInheritance {
  return {
    zones: [...(above.zones ?? []), name],
    labels: { ...above.labels, ...spec.namespaceLabels },
    peers: distinctPeers([...(above.peers ?? []), ...(spec.security?.networkPolicies?.allowFrom ?? [])]),
  };
}

function distinctPeers(peers: ZonePeer[]): ZonePeer[] {
  return [...new Map(peers.map((peer) => [JSON.stringify(peer), peer])).values()];
}
