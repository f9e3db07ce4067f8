import { AI_ZONE } from '../../../src/api/kinds/ai-zone';
import { withDefaults } from '../../../src/api/schema/validate';
import { aiZoneOperator } from '../../../operators/src/ai-zone/ai-zone-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { JsonObject, KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { sampleOf } from '../../api/support/samples';
import { stored, syncRequest } from '../support/requests';
import { SETTINGS } from '../support/settings';

export const API = 'nstarx.io/v1alpha1';
export const ZONE_HOOKS = hooksOf(aiZoneOperator);

/** A platform with everything that zones can use. */
export const ZONE_SETTINGS: OperatorSettings = {
  ...SETTINGS,
  aiZone: { mesh: true, metricsRetentionDays: 30, platformNamespaces: ['nstarx-system', 'ml-models'] },
};

/** The documented sample, as the API server stores it. */
export function sampleZone(change: JsonObject = {}): KubernetesObject {
  const spec = sampleOf(AI_ZONE)?.spec ?? {};
  return aiZone('production-inference-zone', { ...spec, ...change });
}

/** An AIZone as the API server stores it. */
export function aiZone(name: string, spec: JsonObject = {}): KubernetesObject {
  const filled = withDefaults(AI_ZONE.spec, { type: 'training', ...spec }) as JsonObject;
  return stored({ apiVersion: API, kind: 'AIZone', metadata: { name, uid: `uid-of-${name}` }, spec: filled });
}

export const FRAUD_SPEC: JsonObject = {
  type: 'xgboost',
  version: '3.0',
  storage: { location: 's3://models/fraud/3.0' },
  serving: {
    engine: 'kserve',
    replicas: 1,
    port: 8080,
    resources: { requests: { cpu: '2', memory: '8Gi' }, limits: { memory: '8Gi' } },
  },
};

/** The model of the sample, where models are kept. */
export function fraudDetector(change: JsonObject = {}, namespace = 'ml-models'): KubernetesObject {
  const metadata = { name: 'fraud-detector', namespace, uid: `uid-of-${namespace}-fraud-detector` };
  return { apiVersion: API, kind: 'AIModel', metadata, spec: { ...FRAUD_SPEC, ...change } };
}

export function ownedBy(parent: KubernetesObject, object: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, metadata } = parent;
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
}

export function sync(
  parent: KubernetesObject,
  children: readonly KubernetesObject[] = [],
  related: readonly KubernetesObject[] = [],
  settings: OperatorSettings = ZONE_SETTINGS,
): SyncResponse {
  return ZONE_HOOKS.sync(syncRequest(parent, children, related), settings);
}

export function finalize(
  parent: KubernetesObject,
  children: readonly KubernetesObject[] = [],
  related: readonly KubernetesObject[] = [],
): SyncResponse {
  const deleted = { ...parent, metadata: { ...parent.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } };
  return ZONE_HOOKS.sync({ ...syncRequest(deleted, children, related), finalizing: true }, ZONE_SETTINGS);
}

/** The children of an answer as the engine hands them over the next time. */
export function observed(parent: KubernetesObject, { children }: SyncResponse): KubernetesObject[] {
  return children.map((child) => ownedBy(parent, child));
}

/** The related objects, with the namespace that the zone made. */
export function withNamespace(children: readonly KubernetesObject[]): KubernetesObject[] {
  return children.filter(({ kind }) => kind === 'Namespace' || kind === 'AIModel');
}

export function withStatus(objects: readonly KubernetesObject[], kind: string, status: JsonObject): KubernetesObject[] {
  return objects.map((object) => (object.kind === kind ? { ...object, status } : object));
}

export function child({ children }: SyncResponse, kind: string, name?: string): KubernetesObject | undefined {
  return children.find((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
}
