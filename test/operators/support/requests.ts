import { KubernetesObject, ObjectMap, SyncRequest } from '../../../operators/src/runtime/protocol';
import { unpack } from '../../../operators/src/runtime/revisions';

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

/** Children for a snapshot: of what a revision packs, which other versions of zlib pack otherwise, the names only. */
export function readable(children: readonly KubernetesObject[]): object[] {
  return children.map((child) => {
    if (child.kind !== 'ControllerRevision') return child;
    const { spec, objects } = child.data as { readonly spec: unknown; readonly objects: string };
    return {
      ...child,
      data: { spec, objects: unpack(objects).map(({ kind, metadata }) => `${kind}/${metadata.name}`) },
    };
  });
}
