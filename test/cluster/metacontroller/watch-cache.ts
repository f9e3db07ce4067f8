import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

import { Patience } from '../../support/waiting';
import { ApiError, type RestClient } from '../client';
import type { KubernetesObject } from '../types';
import { ownersOf } from './children';
import { keyOf } from './composite-controller';
import type { Resource } from './discovery';
import type { Shuffle } from './shuffle';

export interface CacheEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubernetesObject;
  /** The object before, for MODIFIED. */
  readonly old?: KubernetesObject;
}

export type CacheHandler = (event: CacheEvent) => void;

interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubernetesObject[];
}

/** All objects of a kind, kept up to date by a watch. Events of one kind come in their order; `shuffle` makes them late. */
export class WatchCache {
  private readonly objects = new Map<string, KubernetesObject>();
  /** The keys of the objects by the uid of their controller: who asks for its own does not look at all the others. */
  private readonly byController = new Map<string | undefined, Set<string>>();
  private readonly handlers = new Set<CacheHandler>();
  private readonly agent: https.Agent;
  private watch?: ReturnType<typeof https.request>;
  private stopped = false;
  private delivered: Promise<void> = Promise.resolve();
  private hasListed = false;
  private lastError?: Error;

  constructor(
    private readonly client: RestClient,
    readonly resource: Resource,
    private readonly shuffle?: Shuffle,
  ) {
    this.agent = new https.Agent({ ca: client.connection.ca });
    void this.run();
  }

  /** Whether the first list has come. */
  get synced(): boolean {
    return this.hasListed;
  }

  /** Done when the first list has come. @throws after `timeoutMs`, with the reason, such as a right that is missing. */
  async untilSynced(timeoutMs = 30_000): Promise<void> {
    const patience = new Patience(timeoutMs);
    while (!this.hasListed) {
      if (patience.isOver) {
        const reason = this.lastError?.message ?? 'no answer';
        throw new Error(`${this.resource.path} is not listed after ${patience.toString()}: ${reason}`);
      }
      await sleep(10);
    }
  }

  get(key: string): KubernetesObject | undefined {
    return this.objects.get(key);
  }

  list(): readonly KubernetesObject[] {
    return [...this.objects.values()];
  }

  /** The objects that the object with this uid controls; without one, those that nothing controls. */
  controlledBy(uid: string | undefined): readonly KubernetesObject[] {
    return [...(this.byController.get(uid) ?? [])].flatMap((key) => this.objects.get(key) ?? []);
  }

  /** Is told of what is there now and of each change from now on. Returns how to end that. */
  subscribe(handler: CacheHandler): () => void {
    this.handlers.add(handler);
    const now = this.shuffle ? this.shuffle.order(this.list()) : this.list();
    for (const object of now) {
      handler({ type: 'ADDED', object });
    }
    return () => this.handlers.delete(handler);
  }

  stop(): void {
    this.stopped = true;
    this.handlers.clear();
    this.watch?.destroy();
    this.agent.destroy();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        let version = await this.relist();
        this.hasListed = true;
        while (!this.stopped) {
          version = await this.watchFrom(version);
        }
      } catch (error) {
        this.lastError = error as Error;
        // The API server is down, or it has forgotten the version: everything is listed again.
        await sleep(200);
      }
    }
  }

  private async relist(): Promise<string> {
    const { path, apiVersion, kind } = this.resource;
    const found = new Map<string, KubernetesObject>();
    let next: string | undefined;
    let page: Page;
    do {
      page = await this.client.send<Page>('GET', path, { query: { limit: 500, continue: next } });
      for (const item of page.items) {
        // The items of a list do not name their kind.
        const object = { ...item, apiVersion, kind };
        found.set(keyOf(object), object);
      }
      next = page.metadata.continue;
    } while (next);
    const gone = this.list().filter((object) => !found.has(keyOf(object)));
    gone.forEach((object) => this.deliver('DELETED', object));
    found.forEach((object) => this.deliver('ADDED', object));
    await this.delivered;
    return page.metadata.resourceVersion;
  }

  /** Follows changes until the server ends the watch. @returns the version to go on from. */
  private watchFrom(version: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const url = new URL(this.resource.path, this.client.connection.server);
      url.search = String(
        new URLSearchParams({
          watch: 'true',
          allowWatchBookmarks: 'true',
          resourceVersion: version,
          timeoutSeconds: '300',
        }),
      );
      const headers = { Accept: 'application/json', Authorization: `Bearer ${this.client.connection.token}` };
      this.watch = https.get(url, { agent: this.agent, headers }, (response) => {
        let latest = version;
        let rest = '';
        response.setEncoding('utf8');
        if (response.statusCode !== 200) {
          response.resume();
          reject(new ApiError(response.statusCode ?? 0, `watch of ${this.resource.path} is refused`));
          return;
        }
        response.on('data', (text: string) => {
          const lines = `${rest}${text}`.split('\n');
          rest = lines.pop() ?? '';
          for (const { type, object } of lines.map((line) => JSON.parse(line) as WatchEvent)) {
            if (type === 'ERROR') {
              reject(new ApiError(410, JSON.stringify(object)));
              response.destroy();
              return;
            }
            latest = object.metadata.resourceVersion ?? latest;
            if (type !== 'BOOKMARK') {
              this.deliver(type, object);
            }
          }
        });
        response.on('error', reject);
        response.on('end', () => resolve(latest));
      });
      this.watch.on('error', reject);
    });
  }

  /** One after another, so that an object is never seen older than before. */
  private deliver(type: CacheEvent['type'], object: KubernetesObject): void {
    if (!this.shuffle) {
      this.apply(type, object);
      return;
    }
    const { shuffle } = this;
    this.delivered = this.delivered.then(() => shuffle.delay()).then(() => this.apply(type, object));
  }

  private apply(type: CacheEvent['type'], object: KubernetesObject): void {
    if (this.stopped) {
      return;
    }
    const key = keyOf(object);
    const old = this.objects.get(key);
    const isStale = old?.metadata.resourceVersion === object.metadata.resourceVersion;
    if (old && (type === 'DELETED' || !isStale)) this.byController.get(controllerUid(old))?.delete(key);
    if (type === 'DELETED') {
      this.objects.delete(key);
      this.tell({ type, object });
      return;
    }
    if (isStale) {
      return;
    }
    this.objects.set(key, object);
    const siblings = this.byController.get(controllerUid(object)) ?? new Set();
    this.byController.set(controllerUid(object), siblings.add(key));
    this.tell(old ? { type: 'MODIFIED', object, old } : { type: 'ADDED', object });
  }

  private tell(event: CacheEvent): void {
    this.handlers.forEach((handler) => handler(event));
  }
}

function controllerUid(object: KubernetesObject): string | undefined {
  return ownersOf(object).find(({ controller }) => controller)?.uid;
}

interface WatchEvent {
  readonly type: CacheEvent['type'] | 'BOOKMARK' | 'ERROR';
  readonly object: KubernetesObject;
}
