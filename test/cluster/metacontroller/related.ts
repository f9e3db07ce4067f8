import type { KubernetesObject } from '../types';
import type { Caches } from './caches';
import { groupKey, keyOf, matchesSelector } from './composite-controller';
import type { CustomizeResponse, HookClient, RelatedRule } from './hook-client';
import type { CacheEvent, WatchCache } from './watch-cache';

/** Objects by kind, then by `namespace/name`, as hooks of version v2 get them. */
export type ObjectMap = Record<string, Record<string, KubernetesObject>>;

const REMEMBERED_MS = 20 * 60_000;

/** An answer of the hook, and its rules by kind: with thousands of objects, each event is held against each of them. */
interface Answer {
  readonly until: number;
  readonly rules: readonly RelatedRule[];
  readonly byKind: ReadonlyMap<string, readonly RelatedRule[]>;
}

/** The sync is put off until the first list of a related kind has come. */
export class NotListedYet extends Error {}

/** Asks the customize hook which objects a parent depends on, and finds them. */
export class RelatedObjects {
  private readonly answers = new Map<string, Answer>();
  private readonly watched = new Map<WatchCache, () => void>();
  private readonly handled = new Map<WatchCache, Promise<void>>();

  constructor(
    private readonly controller: KubernetesObject,
    private readonly hook: HookClient | undefined,
    private readonly caches: Caches,
    private readonly parents: WatchCache,
    private readonly enqueue: (parent: KubernetesObject) => void,
  ) {}

  /**
   * @throws Error where the hook fails or asks for something impossible, NotListedYet where a kind is asked for the first
   * time.
   */
  async of(parent: KubernetesObject): Promise<ObjectMap> {
    const found: ObjectMap = {};
    for (const rule of (await this.answerFor(parent)).rules) {
      refuseImpossible(rule);
      const cache = await this.caches.of(rule);
      this.follow(cache);
      if (!cache.synced) {
        throw new NotListedYet(`${rule.resource} of ${rule.apiVersion} are not listed yet`);
      }
      if (rule.namespaceSelector && !cache.resource.namespaced) {
        throw new Error('namespaceSelector is only supported for namespaced related resources');
      }
      const namespaces = rule.namespaceSelector ? await this.namespaces() : undefined;
      const group = (found[groupKey(cache.resource)] ??= {});
      for (const object of candidates(rule, cache)) {
        if (fits(rule, object, cache.resource.namespaced, namespaces)) group[keyOf(object)] = object;
      }
    }
    return found;
  }

  stop(): void {
    this.watched.forEach((unsubscribe) => unsubscribe());
  }

  /** The hook's answer, which counts for a generation of the parent and 20 minutes. */
  private async answerFor(parent: KubernetesObject): Promise<Answer> {
    return this.knownAnswer(parent) ?? (await this.ask(parent));
  }

  private knownAnswer({ metadata }: KubernetesObject): Answer | undefined {
    const known = this.answers.get(`${metadata.uid}/${metadata.generation}`);
    return known && known.until > Date.now() ? known : undefined;
  }

  private async ask(parent: KubernetesObject): Promise<Answer> {
    const rules = this.hook
      ? ((await this.hook.call<CustomizeResponse>({ controller: this.controller, parent })).relatedResources ?? [])
      : [];
    const byKind = new Map(rules.map((rule) => [kindOf(rule), rules.filter((each) => kindOf(each) === kindOf(rule))]));
    const answer = { until: Date.now() + REMEMBERED_MS, rules, byKind };
    this.answers.set(`${parent.metadata.uid}/${parent.metadata.generation}`, answer);
    return answer;
  }

  private follow(cache: WatchCache): void {
    if (!this.watched.has(cache)) {
      this.watched.set(
        cache,
        cache.subscribe((event) => this.later(cache, event)),
      );
    }
  }

  /** The events of a kind are looked at one after the other, as an informer's handler does: else each asks the hook about each new parent. */
  private later(cache: WatchCache, event: CacheEvent): void {
    this.handled.set(
      cache,
      (this.handled.get(cache) ?? Promise.resolve()).then(() => this.onEvent(cache, event)),
    );
  }

  /** Syncs the parents that depend on an object as it is or as it was. */
  private async onEvent(cache: WatchCache, { object, old }: CacheEvent): Promise<void> {
    const kind = kindOf({ apiVersion: cache.resource.apiVersion, resource: cache.resource.name });
    const touched = [object, ...(old ? [old] : [])];
    for (const parent of this.parents.list()) {
      try {
        const rules = (this.knownAnswer(parent) ?? (await this.ask(parent))).byKind.get(kind) ?? [];
        const namespaces = rules.some((rule) => rule.namespaceSelector) ? await this.namespaces() : undefined;
        if (rules.some((rule) => touched.some((each) => fits(rule, each, cache.resource.namespaced, namespaces)))) {
          this.enqueue(parent);
        }
      } catch {
        // As in Metacontroller: this parent's own sync meets the same error and is tried again.
      }
    }
  }

  private async namespaces(): Promise<WatchCache> {
    const cache = await this.caches.of({ apiVersion: 'v1', resource: 'namespaces' });
    await cache.untilSynced();
    return cache;
  }
}

function kindOf({ apiVersion, resource }: Pick<RelatedRule, 'apiVersion' | 'resource'>): string {
  return `${apiVersion}/${resource}`;
}

/** What a rule may be for: the objects that it names, found without a look at all the others. */
function candidates({ names: some, namespace }: RelatedRule, cache: WatchCache): readonly KubernetesObject[] {
  const names = some ?? [];
  if (names.length === 0 || (cache.resource.namespaced && !namespace)) return cache.list();
  return names.flatMap((name) => cache.get(cache.resource.namespaced ? `${namespace}/${name}` : name) ?? []);
}

function refuseImpossible(rule: RelatedRule): void {
  const hasNames = (rule.names ?? []).length > 0;
  if (hasNames && (rule.labelSelector || rule.namespaceSelector)) {
    throw new Error(
      `related rule cannot have both names and labelSelector/namespaceSelector specified: ${rule.resource}`,
    );
  }
  if (rule.namespace && rule.namespaceSelector) {
    throw new Error(`related rule cannot have both namespace and namespaceSelector specified: ${rule.resource}`);
  }
}

/** A rule without names, selector and namespace is for all objects of the kind. */
function fits(rule: RelatedRule, object: KubernetesObject, namespaced: boolean, namespaces?: WatchCache): boolean {
  const { name = '', namespace = '', labels } = object.metadata;
  const names = rule.names ?? [];
  return (
    (!namespaced || !rule.namespace || rule.namespace === namespace) &&
    (names.length === 0 || names.includes(name)) &&
    matchesSelector(rule.labelSelector, labels) &&
    (!rule.namespaceSelector || matchesNamespace(rule, namespaces?.get(namespace)))
  );
}

function matchesNamespace({ namespaceSelector }: RelatedRule, namespace?: KubernetesObject): boolean {
  return namespace !== undefined && matchesSelector(namespaceSelector, namespace.metadata.labels);
}
