import { ApiError, type RestClient } from '../client';
import type { KubernetesObject } from '../types';
import { controllerReference, type OwnerReference, ownersOf } from './children';
import { groupKey, keyOf, type LabelSelector, matchesSelector } from './composite-controller';
import { pathOf, type Resource } from './discovery';
import type { ObjectMap } from './related';
import type { WatchCache } from './watch-cache';

/**
 * The children of a parent: those that it controls and that match its selector. Objects that no one controls are adopted
 * where they match, children that no longer match are released. Every kind is in the answer, those without children empty.
 */
export async function claimChildren(
  client: RestClient,
  parent: KubernetesObject,
  parentResource: Resource,
  selector: LabelSelector,
  kinds: readonly WatchCache[],
): Promise<ObjectMap> {
  const claimed: ObjectMap = {};
  for (const cache of kinds) {
    const group = (claimed[groupKey(cache.resource)] ??= {});
    const candidates = [...cache.controlledBy(parent.metadata.uid), ...cache.controlledBy(undefined)];
    const near = candidates.filter(({ metadata }) => {
      return !parentResource.namespaced || metadata.namespace === parent.metadata.namespace;
    });
    for (const object of near) {
      if (await claim(client, parent, parentResource, cache.resource, selector, object)) {
        group[keyOf(object)] = object;
      }
    }
  }
  return claimed;
}

async function claim(
  client: RestClient,
  parent: KubernetesObject,
  parentResource: Resource,
  resource: Resource,
  selector: LabelSelector,
  object: KubernetesObject,
): Promise<boolean> {
  const controller = ownersOf(object).find((owner) => owner.controller);
  const matches = matchesSelector(selector, object.metadata.labels);
  const ending = parent.metadata.deletionTimestamp !== undefined;
  if (controller) {
    if (controller.uid !== parent.metadata.uid) {
      return false;
    }
    if (!matches && !ending) {
      await changeOwners(client, resource, object, (owners) => owners.filter(({ uid }) => uid !== parent.metadata.uid));
    }
    return matches;
  }
  if (ending || !matches || object.metadata.deletionTimestamp) {
    return false;
  }
  await refuseEnding(client, parent, parentResource);
  await changeOwners(client, resource, object, (owners) => [...owners, controllerReference(parent)]);
  return true;
}

/** What the cache says of the parent may be old. */
async function refuseEnding(client: RestClient, parent: KubernetesObject, resource: Resource): Promise<void> {
  const { namespace, name = '', uid } = parent.metadata;
  const fresh = await client.send('GET', pathOf(resource, namespace, name));
  if (fresh.metadata.uid !== uid || fresh.metadata.deletionTimestamp) {
    throw new Error(`${keyOf(parent)} has just been deleted`);
  }
}

async function changeOwners(
  client: RestClient,
  resource: Resource,
  object: KubernetesObject,
  change: (owners: readonly OwnerReference[]) => readonly OwnerReference[],
): Promise<void> {
  const path = pathOf(resource, object.metadata.namespace, object.metadata.name ?? '');
  await updateObject(client, path, object, (current) => {
    return { ...current, metadata: { ...current.metadata, ownerReferences: change(ownersOf(current)) } };
  });
}

/**
 * Reads an object, changes it and writes it back, five times where others write at the same time. `change` answers
 * undefined where there is nothing to do.
 *
 * @returns the object as it is stored, undefined where it is gone.
 */
export async function updateObject(
  client: RestClient,
  path: string,
  known: KubernetesObject,
  change: (current: KubernetesObject) => KubernetesObject | undefined,
  subresource = '',
): Promise<KubernetesObject | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const current = await client.send('GET', path);
      if (current.metadata.uid !== known.metadata.uid) {
        return undefined;
      }
      const next = change(current);
      return next ? await client.send('PUT', `${path}${subresource}`, { body: JSON.stringify(next) }) : current;
    } catch (error) {
      const code = error instanceof ApiError ? error.code : 0;
      if (code === 404) {
        return undefined;
      }
      if (code !== 409 || attempt === 5) {
        throw error;
      }
    }
  }
}
