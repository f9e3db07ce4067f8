import type { RestClient } from '../client';
import type { ResourceRule } from './composite-controller';
import type { Discovery, Resource } from './discovery';
import type { Shuffle } from './shuffle';
import { WatchCache } from './watch-cache';

/** One cache for each kind, shared by all controllers of a driver. */
export class Caches {
  private readonly caches = new Map<string, Promise<WatchCache>>();

  constructor(
    private readonly client: RestClient,
    private readonly discovery: Discovery,
    private readonly shuffle?: Shuffle,
  ) {}

  /** The cache of a kind; it may not have listed yet. @throws Error where the kind is not served. */
  of(rule: ResourceRule): Promise<WatchCache> {
    const key = `${rule.resource}.${rule.apiVersion}`;
    const known = this.caches.get(key);
    if (known) {
      return known;
    }
    const made = this.discovery.resource(rule).then((resource: Resource) => {
      return new WatchCache(this.client, resource, this.shuffle);
    });
    // A kind may come later (a CRD), so what was not found is not remembered.
    made.catch(() => this.caches.delete(key));
    this.caches.set(key, made);
    return made;
  }

  async stop(): Promise<void> {
    const made = await Promise.allSettled(this.caches.values());
    for (const each of made) {
      if (each.status === 'fulfilled') {
        each.value.stop();
      }
    }
    this.caches.clear();
  }
}
