import { AIZoneSpec, ZoneIsolation } from '../../../src/api/generated/ai-zone';
import { AI_ZONE } from '../../../src/api/kinds/ai-zone';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { ZonePlacement } from '../../../src/kinds/ai-zone/placement';
import { Observed } from '../runtime/observed';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';

const API_VERSION = apiVersionOf(AI_ZONE);

/** Asks for the AIZone that a spec names. */
export function zoneRule(name: string | undefined): RelatedRule[] {
  return name === undefined ? [] : [{ apiVersion: API_VERSION, resource: AI_ZONE.plural, names: [name] }];
}

/** The AIZone of a name, as it was observed; one that is being deleted takes nothing in any more. */
export function observedZone(related: Observed, name: string | undefined): KubernetesObject | undefined {
  const found = name === undefined ? undefined : related.find(API_VERSION, AI_ZONE.kind, name);
  return found?.metadata.deletionTimestamp === undefined ? found : undefined;
}

/** What a workload has to know of an AIZone. */
export function placementIn(zone: KubernetesObject): ZonePlacement {
  const spec = zone.spec as unknown as AIZoneSpec;
  const { compute } = spec.resources ?? {};
  const limits = Object.entries((compute?.limits ?? {}) as { readonly [resource: string]: unknown }).map(
    ([resource, amount]) => [resource, String(amount)] as const,
  );
  return {
    name: zone.metadata.name,
    nodeSelector: compute?.nodeSelector,
    ...(compute?.limits ? { limits: Object.fromEntries(limits) } : {}),
    ownNodes: spec.isolation === ZoneIsolation.NODE,
    type: spec.type,
  };
}
