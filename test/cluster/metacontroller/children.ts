import { ApiError, type RestClient } from '../client';
import type { KubernetesObject } from '../types';
import { canonical, keyOf } from './composite-controller';
import { type Discovery, pathOf, type Resource } from './discovery';
import type { ObjectMap } from './related';

const FIELD_MANAGER = 'metacontroller';
const LAST_APPLIED = 'metacontroller.k8s.io/last-applied-configuration';
/** Set by the API server alone, so they are neither compared nor sent. */
const SYSTEM_FIELDS = [
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
];

interface Applied {
  readonly desired: string;
  readonly uid?: string;
  readonly generation: number;
  readonly resourceVersion?: string;
}

/** Brings the children of parents to what the hooks want, by server-side apply with force. */
export class ChildManager {
  /** What was applied last, so that nothing is sent where nothing has changed since. Lost at a restart. */
  private readonly applied = new Map<string, Applied>();

  constructor(
    private readonly client: RestClient,
    private readonly discovery: Discovery,
    private readonly methodOf: (resource: Resource) => string,
  ) {}

  /** Deletes observed children that are not desired, then makes and changes the desired ones. @throws at the end, with all errors. */
  async manage(parent: KubernetesObject, observed: ObjectMap, desired: readonly KubernetesObject[]): Promise<void> {
    const wanted = new Map(desired.map((child) => [`${child.apiVersion}/${child.kind}/${keyOf(child)}`, child]));
    const errors: Error[] = [];
    const attempt = async (work: Promise<void>): Promise<void> => {
      await work.catch((error: unknown) => errors.push(error as Error));
    };
    const seen = Object.values(observed).flatMap((group) => Object.values(group));
    for (const child of seen) {
      if (!wanted.has(`${child.apiVersion}/${child.kind}/${keyOf(child)}`)) {
        await attempt(this.delete(child));
      }
    }
    const byIdentity = new Map(seen.map((child) => [`${child.apiVersion}/${child.kind}/${keyOf(child)}`, child]));
    for (const [identity, child] of wanted) {
      await attempt(this.applyOne(parent, byIdentity.get(identity), child));
    }
    if (errors.length > 0) {
      throw new Error(errors.map(({ message }) => message).join('; '));
    }
  }

  private async delete(child: KubernetesObject): Promise<void> {
    if (child.metadata.deletionTimestamp) {
      return;
    }
    const resource = await this.discovery.kind(child);
    const path = pathOf(resource, child.metadata.namespace, child.metadata.name ?? '');
    const body = JSON.stringify({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Background',
      preconditions: { uid: child.metadata.uid },
    });
    try {
      await this.client.send('DELETE', path, { body });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) {
        throw new Error(`can't delete ${child.kind} ${keyOf(child)}: ${(error as Error).message}`, { cause: error });
      }
    }
    this.applied.delete(cacheKey(child));
  }

  private async applyOne(
    parent: KubernetesObject,
    observed: KubernetesObject | undefined,
    child: KubernetesObject,
  ): Promise<void> {
    if (observed?.metadata.deletionTimestamp) {
      // It is waited for until it is gone.
      return;
    }
    const resource = await this.discovery.kind(child);
    const body = canonical(withoutSystemFields(owned(child, parent)));
    if (observed) {
      if (this.isApplied(body, observed)) {
        return;
      }
      const method = this.methodOf(resource);
      if (method === 'OnDelete') {
        this.remember(body, observed);
        return;
      }
      if (method === 'Recreate') {
        await this.recreate(resource, observed, body);
        return;
      }
    }
    try {
      this.remember(body, await this.patch(resource, child, body));
    } catch (error) {
      // A conflict means that it was changed meanwhile, which is an event that syncs the parent again.
      if (!(error instanceof ApiError && error.code === 409)) {
        throw new Error(`can't apply ${child.kind} ${keyOf(child)}: ${(error as Error).message}`, { cause: error });
      }
    }
  }

  /** Deletes a child that would be changed; the next sync makes it again. */
  private async recreate(resource: Resource, observed: KubernetesObject, body: string): Promise<void> {
    let tried: KubernetesObject;
    try {
      tried = await this.patch(resource, observed, body, true);
    } catch (error) {
      if (error instanceof ApiError && (error.code === 400 || error.code === 403)) {
        this.remember(body, observed);
        return;
      }
      throw error;
    }
    if (generationOf(tried) !== generationOf(observed) || tried.metadata.uid !== observed.metadata.uid) {
      throw new Error('generation or UID changed during dry run for server-side apply');
    }
    if (canonical(withoutSystemFields(tried)) === canonical(withoutSystemFields(observed))) {
      this.remember(body, observed);
      return;
    }
    await this.delete(observed);
  }

  private patch(resource: Resource, child: KubernetesObject, body: string, dryRun = false): Promise<KubernetesObject> {
    return this.client.send('PATCH', pathOf(resource, child.metadata.namespace, child.metadata.name ?? ''), {
      body,
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager: FIELD_MANAGER, force: true, dryRun: dryRun ? 'All' : undefined },
    });
  }

  /** Kinds that have no generation are compared by resourceVersion. */
  private isApplied(desired: string, observed: KubernetesObject): boolean {
    const last = this.applied.get(cacheKey(observed));
    return (
      last?.desired === desired &&
      last.uid === observed.metadata.uid &&
      last.generation === generationOf(observed) &&
      (last.generation !== 0 || last.resourceVersion === observed.metadata.resourceVersion)
    );
  }

  private remember(desired: string, stored: KubernetesObject): void {
    const { uid, resourceVersion } = stored.metadata;
    this.applied.set(cacheKey(stored), { desired, uid, generation: generationOf(stored), resourceVersion });
  }
}

function cacheKey(object: KubernetesObject): string {
  return `${object.apiVersion.split('/').slice(0, -1).join()}/${object.kind}/${keyOf(object)}`;
}

function generationOf(object: KubernetesObject): number {
  return object.metadata.generation ?? 0;
}

/** An ownerReference that makes a parent the controller of a child. */
export function controllerReference(parent: KubernetesObject): OwnerReference {
  const { apiVersion, kind } = parent;
  const { name = '', uid = '' } = parent.metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export function ownersOf(object: KubernetesObject): readonly OwnerReference[] {
  return (object.metadata.ownerReferences ?? []) as readonly OwnerReference[];
}

function owned(child: KubernetesObject, parent: KubernetesObject): KubernetesObject {
  const owners = ownersOf(child);
  if (owners.some(({ uid }) => uid === parent.metadata.uid)) {
    return child;
  }
  return { ...child, metadata: { ...child.metadata, ownerReferences: [...owners, controllerReference(parent)] } };
}

function withoutSystemFields(object: KubernetesObject): KubernetesObject {
  const { status: _status, ...rest } = object;
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(([name]) => !SYSTEM_FIELDS.includes(name)),
  );
  const { [LAST_APPLIED]: _last, ...annotations } = object.metadata.annotations ?? {};
  return { ...rest, metadata: object.metadata.annotations ? { ...metadata, annotations } : metadata };
}
