import { setTimeout as sleep } from 'node:timers/promises';

import type { Cluster } from '../../cluster';
import { referenceTo, type KubernetesObject } from '../../types';
import { playKserve } from './kserve';

const EVERY_MS = 200;
const TIME = '2026-01-01T00:00:00Z';

/**
 * Plays KServe and the Gateway until it is stopped: serves each InferenceService whenever it changes, and takes each route.
 */
export class PlatformPlayers {
  private readonly played = new Map<string, string>();
  private readonly running = new Set<Promise<void>>();
  private isStopped = false;
  private failure?: Error;
  private readonly loop: Promise<void>;

  public constructor(private readonly cluster: Cluster) {
    this.loop = this.run();
  }

  /** Done when all that was begun has ended. @throws what went wrong */
  public async stop(): Promise<void> {
    this.isStopped = true;
    await this.loop;
    await Promise.all(this.running);
    if (this.failure !== undefined) throw this.failure;
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      try {
        await this.serve();
        await this.takeRoutes();
      } catch (error) {
        this.failure ??= error as Error;
      }
      await sleep(EVERY_MS);
    }
  }

  private async serve(): Promise<void> {
    const services = await this.cluster.list({ apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService' });
    for (const { metadata } of services) {
      const { name = '', namespace = '', uid = '', generation = 0 } = metadata;
      const version = `${uid}/${generation}`;
      if (metadata.deletionTimestamp !== undefined || this.played.get(`${namespace}/${name}`) === version) continue;
      this.played.set(`${namespace}/${name}`, version);
      const work: Promise<void> = playKserve(this.cluster, name, namespace)
        .catch((error: unknown) => {
          // what was changed or deleted meanwhile is played anew, or not at all
          if (!this.isStopped && this.played.get(`${namespace}/${name}`) === version) this.failure ??= error as Error;
        })
        .finally(() => this.running.delete(work));
      this.running.add(work);
    }
  }

  private async takeRoutes(): Promise<void> {
    const routes = await this.cluster.list({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' });
    for (const route of routes.filter(({ status }) => ((status?.parents ?? []) as unknown[]).length === 0)) {
      const [parentRef] = (route.spec as { readonly parentRefs: readonly object[] }).parentRefs;
      const conditions = ['Accepted', 'ResolvedRefs'].map((type) => {
        return { type, status: 'True', reason: type, message: '', lastTransitionTime: TIME };
      });
      const parents = [{ parentRef, controllerName: 'example.com/gateway', conditions }];
      await this.patchIfThere(route, { status: { parents } });
    }
  }

  private async patchIfThere(object: KubernetesObject, change: object): Promise<void> {
    try {
      await this.cluster.patch(referenceTo(object), change, { subresource: 'status' });
    } catch (error) {
      if (await this.cluster.find(referenceTo(object))) throw error;
    }
  }
}
