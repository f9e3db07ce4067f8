import { AIModelSpec } from '../../../src/api/generated/ai-model';
import { AIZoneSpec } from '../../../src/api/generated/ai-zone';
import { InvalidInputError } from '../../../src/contracts/errors';
import { ModelZone, ModelZoneRoute } from '../../../src/kinds/ai-model/plan';
import { zoneRoute } from '../../../src/kinds/ai-zone/network';
import { observedZone, placementIn } from '../ai-zone/placement';
import { SyncContext } from '../runtime/operator';

/** What the functions of this operator work on. */
export type ModelContext = SyncContext<AIModelSpec>;

/** What the model has to know of its zone. */
export function zoneOf(context: ModelContext): ModelZone | undefined {
  const object = observedZone(context.related, context.spec.serving.zone);
  if (!object) return undefined;
  const { name } = object.metadata;
  const spec = object.spec as unknown as AIZoneSpec;
  const { serviceMesh } = spec.networking ?? {};
  return {
    ...placementIn(object),
    namespace: spec.targetNamespace ?? name,
    mesh: (context.settings.aiZone?.mesh ?? false) && serviceMesh !== undefined && (serviceMesh.enabled ?? true),
    route: routeOf(name, spec, context),
  };
}

function routeOf(name: string, spec: AIZoneSpec, { settings }: ModelContext): ModelZoneRoute | undefined {
  try {
    const route = zoneRoute(name, name, spec, settings.gateway, settings.aiZone ?? {});
    return route && { domain: route.domain, parentRef: route.parentRef, tls: route.tls };
  } catch (error) {
    // what is wrong with a zone is said in the zone
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}
