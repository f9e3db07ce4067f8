import { ZoneModel } from '../../api/generated/ai-zone';
import { AI_MODEL } from '../../api/kinds/ai-model';
import { apiVersionOf } from '../../api/schema/schema';
import { zoneLabels } from './plan';

/** The place of a model in a zone. */
export interface ZoneOfModel {
  /** Name of the zone. */
  readonly zone: string;
  /** Namespace of the zone. */
  readonly namespace: string;
}

/**
 * The AIModel that a zone has of a model. Revisions stay with the original, so there is none to roll back to.
 *
 * @param original `spec` of the AIModel in the namespace of models
 */
export function modelInZone(original: object, model: ZoneModel, { zone, namespace }: ZoneOfModel): AIModelJson {
  const { rollbackTo: _rollback, serving, ...rest } = original as { readonly [field: string]: unknown };
  const { autoscaling: _autoscaling, ...served } = (serving ?? {}) as { readonly [field: string]: unknown };
  const { name, replicas = 1, autoscaling } = model;
  return {
    apiVersion: apiVersionOf(AI_MODEL),
    kind: AI_MODEL.kind,
    metadata: { name, namespace, labels: zoneLabels(zone, 'model') },
    spec: { ...rest, serving: { ...served, zone, replicas, ...(autoscaling ? { autoscaling } : {}) } },
  };
}

/** An AIModel. */
export interface AIModelJson {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: { [label: string]: string };
  };
  readonly spec: { [field: string]: unknown };
}
