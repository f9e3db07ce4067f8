import { AIZoneSpec, ZoneIsolation } from '../../../../src/api/generated/ai-zone';
import { InvalidInputError } from '../../../../src/contracts/errors';
import { ModelZone, ModelZoneRoute } from '../../../../src/constructs/serving/model-zone';
import { zoneRoute } from '../../../../src/constructs/zones/zone-ingress';
import { KubernetesObject } from '../../runtime/protocol';
import { ModelContext } from './model-context';

const AI_ZONE = ['nstarx.io/v1alpha1', 'AIZone'] as const;

/** The AIZone that the spec names, as it was observed. */
export function observedZone({ related, spec }: ModelContext): KubernetesObject | undefined {
  const { zone } = spec.serving;
  const found = zone === undefined ? undefined : related.find(...AI_ZONE, zone);
  // what is being deleted takes nothing in any more
  return found?.metadata.deletionTimestamp === undefined ? found : undefined;
}

/** What the model has to know of its zone. */
export function zoneOf(context: ModelContext): ModelZone | undefined {
  const object = observedZone(context);
  if (!object) return undefined;
  const { name } = object.metadata;
  const spec = object.spec as unknown as AIZoneSpec;
  const { compute } = spec.resources ?? {};
  const { serviceMesh } = spec.networking ?? {};
  return {
    name,
    namespace: spec.targetNamespace ?? name,
    nodeSelector: compute?.nodeSelector,
    limits: compute?.limits && texts(compute.limits),
    ownNodes: spec.isolation === ZoneIsolation.NODE,
    mesh: (context.settings.zones?.mesh ?? false) && serviceMesh !== undefined && (serviceMesh.enabled ?? true),
    route: routeOf(name, spec, context),
  };
}

function routeOf(name: string, spec: AIZoneSpec, { settings }: ModelContext): ModelZoneRoute | undefined {
  try {
    const route = zoneRoute(name, name, spec, settings.gateway, settings.zones ?? {});
    return route && { domain: route.domain, parentRef: route.parentRef, tls: route.tls };
  } catch (error) {
    // what is wrong with a zone is said in the zone
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}

function texts(amounts: { readonly [resource: string]: unknown }): { [resource: string]: string } {
  return Object.fromEntries(Object.entries(amounts).map(([resource, amount]) => [resource, String(amount)]));
}
