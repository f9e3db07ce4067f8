import { ApiError, type RestClient } from '../client';
import type { KubernetesObject } from '../types';
import type { Caches } from './caches';
import { ChildManager, ownersOf } from './children';
import { claimChildren, updateObject } from './claim';
import {
  canonical,
  type CompositeControllerSpec,
  type HookName,
  keyOf,
  type LabelSelector,
  matchesSelector,
  specOf,
} from './composite-controller';
import { type Discovery, pathOf } from './discovery';
import { HookClient, type SyncResponse } from './hook-client';
import { finalizerOf, finalizersOf, groupOf, hasFinalizer, isEnding, onlyStatus } from './parent-metadata';
import { NotListedYet, RelatedObjects } from './related';
import type { Shuffle } from './shuffle';
import type { CacheEvent, WatchCache } from './watch-cache';
import { WorkQueue } from './work-queue';

/** What the controllers of one driver share. */
export interface DriverContext {
  readonly client: RestClient;
  readonly discovery: Discovery;
  readonly caches: Caches;
  readonly workers: number;
  readonly shuffle?: Shuffle;
  readonly log: (line: string) => void;
}

const METHODS = new Set(['OnDelete', 'InPlace', 'Recreate']);

/** Runs one CompositeController. */
export class ParentController {
  /** @throws where a kind is not served, a hook cannot be called, or the manifest asks for what the driver does not do. */
  static async create(context: DriverContext, controller: KubernetesObject): Promise<ParentController> {
    const { parentResource, childResources = [], hooks = {} } = specOf(controller);
    for (const { resource, updateStrategy } of childResources) {
      if (!METHODS.has(updateStrategy?.method ?? 'OnDelete')) {
        throw new Error(`${resource}: the hook driver does not do updateStrategy ${updateStrategy?.method}`);
      }
    }
    const clients = new Map<HookName, HookClient>();
    for (const [name, hook] of Object.entries(hooks)) {
      clients.set(name as HookName, await HookClient.create(context.client, name as HookName, hook));
    }
    const parents = await context.caches.of(parentResource);
    const children = await Promise.all(childResources.map((rule) => context.caches.of(rule)));
    await Promise.all([parents, ...children].map((cache) => cache.untilSynced()));
    return new ParentController(context, controller, clients, parents, children);
  }

  readonly queue: WorkQueue;
  private readonly spec: CompositeControllerSpec;
  private readonly finalizer: string;
  private readonly manager: ChildManager;
  private readonly related: RelatedObjects;
  private readonly ending: (() => void)[] = [];

  private constructor(
    private readonly context: DriverContext,
    private readonly controller: KubernetesObject,
    private readonly hooks: ReadonlyMap<HookName, HookClient>,
    private readonly parents: WatchCache,
    private readonly children: readonly WatchCache[],
  ) {
    const { client, discovery, caches, workers, shuffle, log } = context;
    const name = controller.metadata.name ?? '';
    this.spec = specOf(controller);
    this.finalizer = finalizerOf(controller);
    this.queue = new WorkQueue(
      (key) => this.sync(key),
      workers,
      (key, error) => {
        if (!(error instanceof NotListedYet)) {
          log(`${name}: failed to sync ${parents.resource.kind} '${key}': ${error.message}`);
        }
      },
      shuffle,
    );
    this.related = new RelatedObjects(controller, hooks.get('customize'), caches, parents, (parent) =>
      this.enqueue(parent),
    );
    this.manager = new ChildManager(client, discovery, ({ apiVersion, name: plural }) => {
      const rule = this.spec.childResources?.find((each) => each.apiVersion === apiVersion && each.resource === plural);
      return rule?.updateStrategy?.method ?? 'OnDelete';
    });
  }

  /** Begins to act on events; what is there already is an event too. */
  start(): void {
    this.ending.push(this.parents.subscribe((event) => this.onParent(event)));
    for (const cache of this.children) {
      this.ending.push(cache.subscribe((event) => this.onChild(event)));
    }
    const { resyncPeriodSeconds } = this.spec;
    if (resyncPeriodSeconds !== undefined) {
      const all = (): void => this.parents.list().forEach((parent) => this.enqueue(parent));
      const timer = setInterval(all, Math.max(1, resyncPeriodSeconds) * 1_000);
      this.ending.push(() => clearInterval(timer));
    }
  }

  /** Done when no parent is being synced any more. */
  async stop(): Promise<void> {
    this.ending.forEach((end) => end());
    this.related.stop();
    // Calls that are under way end at once.
    this.hooks.forEach((hook) => hook.close());
    await this.queue.stop();
  }

  private onParent({ type, object, old }: CacheEvent): void {
    if (
      type === 'MODIFIED' &&
      old &&
      this.spec.parentResource.ignoreStatusChanges === true &&
      onlyStatus(old, object)
    ) {
      return;
    }
    this.enqueue(object);
  }

  /** A child's parent, or, for an object that no one controls, every parent that would adopt it. */
  private onChild({ type, object }: CacheEvent): void {
    const owner = ownersOf(object).find(({ controller }) => controller);
    const { apiVersion, kind, namespaced } = this.parents.resource;
    if (!owner) {
      if (type !== 'DELETED' && !object.metadata.deletionTimestamp) {
        this.parents
          .list()
          .filter(({ metadata }) => !namespaced || metadata.namespace === object.metadata.namespace)
          .filter((parent) => this.wouldAdopt(parent, object))
          .forEach((parent) => this.enqueue(parent));
      }
      return;
    }
    if (owner.kind !== kind || groupOf(owner.apiVersion) !== groupOf(apiVersion)) {
      return;
    }
    const parent = this.parents.get(namespaced ? `${object.metadata.namespace}/${owner.name}` : owner.name);
    if (parent?.metadata.uid === owner.uid) {
      this.enqueue(parent);
    }
  }

  private wouldAdopt(parent: KubernetesObject, object: KubernetesObject): boolean {
    try {
      return matchesSelector(this.selectorOf(parent), object.metadata.labels);
    } catch {
      // A parent without a selector adopts nothing; its own sync says so.
      return false;
    }
  }

  private enqueue(parent: KubernetesObject): void {
    if (this.isOurs(parent)) {
      this.queue.add(keyOf(parent));
    }
  }

  private isOurs(parent: KubernetesObject): boolean {
    return hasFinalizer(parent, this.finalizer) || this.isSelected(parent);
  }

  private isSelected({ metadata }: KubernetesObject): boolean {
    return matchesSelector(this.spec.parentResource.labelSelector, metadata.labels);
  }

  private async sync(key: string): Promise<void> {
    const known = this.parents.get(key);
    if (!known || !this.isOurs(known)) {
      return;
    }
    const parent = await this.withFinalizer(known);
    if (!parent || !this.isOurs(parent)) {
      return;
    }
    const { client } = this.context;
    const selector = this.selectorOf(parent);
    const observed = await claimChildren(client, parent, this.parents.resource, selector, this.children);
    const related = await this.related.of(parent);
    const finalizing = this.hooks.has('finalize') && (isEnding(parent) || !this.isSelected(parent));
    const hook = this.hooks.get(finalizing ? 'finalize' : 'sync');
    if (!hook) {
      throw new Error('sync hook not defined');
    }
    const request = { controller: this.controller, parent, children: observed, related, finalizing };
    const answer = await hook.call<SyncResponse>(request);
    if ((answer.resyncAfterSeconds ?? 0) > 0) {
      this.queue.addAfter(key, (answer.resyncAfterSeconds ?? 0) * 1_000);
    }
    const current = answer.finalized ? await this.finalized(parent) : parent;
    const desired = (answer.children ?? []).map((child) => this.completed(child, parent));
    const failure = await this.manage(current, observed, desired);
    await this.writeStatus(current, answer.status ?? {});
    if (failure) {
      throw failure;
    }
  }

  /** Children of a parent that is being deleted are touched only while its finalizer is there. */
  private async manage(
    parent: KubernetesObject,
    observed: Parameters<ChildManager['manage']>[1],
    desired: readonly KubernetesObject[],
  ): Promise<Error | undefined> {
    const collected = ['foregroundDeletion', 'orphan'].some((name) => hasFinalizer(parent, name));
    const mayFinalize = this.hooks.has('finalize') && hasFinalizer(parent, this.finalizer) && !collected;
    if (isEnding(parent) && !mayFinalize) {
      return undefined;
    }
    try {
      await this.manager.manage(parent, observed, desired);
      return undefined;
    } catch (error) {
      // The status is written all the same.
      return error as Error;
    }
  }

  /** A desired child in the parent's namespace, with the label that the generated selector looks for. @throws where it has another. */
  private completed(child: KubernetesObject, parent: KubernetesObject): KubernetesObject {
    const namespace = child.metadata?.namespace ?? parent.metadata.namespace;
    const generated: Record<string, string> = this.spec.generateSelector
      ? { 'controller-uid': parent.metadata.uid ?? '' }
      : {};
    const labels = { ...generated, ...child.metadata?.labels };
    if (!matchesSelector(this.selectorOf(parent), labels)) {
      throw new Error(`labels on desired child ${child.kind} ${keyOf(child)} don't match parent selector`);
    }
    return { ...child, metadata: { ...child.metadata, ...(namespace ? { namespace } : {}), labels } };
  }

  private selectorOf(parent: KubernetesObject): LabelSelector {
    if (this.spec.generateSelector) {
      return { matchLabels: { 'controller-uid': parent.metadata.uid ?? '' } };
    }
    const selector = (parent.spec?.selector ?? {}) as LabelSelector;
    if (Object.keys(selector).length === 0) {
      throw new Error('.spec.selector must have either matchLabels, matchExpressions, or both');
    }
    return selector;
  }

  private async withFinalizer(parent: KubernetesObject): Promise<KubernetesObject | undefined> {
    const wanted = this.hooks.has('finalize');
    if (hasFinalizer(parent, this.finalizer) === wanted || (wanted && isEnding(parent))) {
      return parent;
    }
    return this.changeFinalizer(parent, wanted);
  }

  private async finalized(parent: KubernetesObject): Promise<KubernetesObject> {
    const left = await this.changeFinalizer(parent, false);
    return left ?? { ...parent, metadata: { ...parent.metadata, finalizers: [] } };
  }

  private changeFinalizer(parent: KubernetesObject, wanted: boolean): Promise<KubernetesObject | undefined> {
    return updateObject(this.context.client, this.pathOf(parent), parent, (current) => {
      if (hasFinalizer(current, this.finalizer) === wanted) {
        return undefined;
      }
      const others = finalizersOf(current).filter((name) => name !== this.finalizer);
      const finalizers = wanted ? [...others, this.finalizer] : others;
      return { ...current, metadata: { ...current.metadata, finalizers } };
    });
  }

  /** The hook's status in place of the one that is there, with the generation that the hook saw. */
  private async writeStatus(parent: KubernetesObject, wanted: Record<string, unknown>): Promise<void> {
    const status = { ...wanted, observedGeneration: parent.metadata.generation };
    try {
      await updateObject(
        this.context.client,
        this.pathOf(parent),
        parent,
        (current) => (canonical(current.status) === canonical(status) ? undefined : { ...current, status }),
        '/status',
      );
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 409)) {
        throw new Error(`can't update status for ${keyOf(parent)}: ${(error as Error).message}`, { cause: error });
      }
    }
  }

  private pathOf({ metadata }: KubernetesObject): string {
    return pathOf(this.parents.resource, metadata.namespace, metadata.name ?? '');
  }
}
