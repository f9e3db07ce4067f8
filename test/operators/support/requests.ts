import { KubernetesObject, ObjectMap, SyncRequest } from '../../../operators/src/runtime/protocol';

/** Objects as Metacontroller sends them: by kind, then by namespace and name. */
export function objectMap(objects: readonly KubernetesObject[]): ObjectMap {
  const map: Record<string, Record<string, KubernetesObject>> = {};
  for (const object of objects) {
    const { apiVersion, kind, metadata } = object;
    const key = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
    (map[`${kind}.${apiVersion}`] ??= {})[key] = object;
  }
  return map;
}

/** A parent as the API server stores it. */
export function stored(object: KubernetesObject): KubernetesObject {
  return {
    ...object,
    metadata: { uid: '0000', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z', ...object.metadata },
  };
}

/** What `sync` is called with. */
export function syncRequest(
  parent: KubernetesObject,
  children: readonly KubernetesObject[] = [],
  related: readonly KubernetesObject[] = [],
): SyncRequest {
  return { parent: stored(parent), children: objectMap(children), related: objectMap(related), finalizing: false };
}
