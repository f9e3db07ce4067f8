import { setTimeout as sleep } from 'node:timers/promises';

import { Patience } from '../../support/waiting';
import type { Cluster } from '../cluster';
import { type Identity, type KubernetesObject, referenceTo } from '../types';
import { ApiRecorder, type Write } from './api-recorder';
import { matchesSelector, specOf } from './composite-controller';
import { Discovery } from './discovery';
import { installControllers, type InstalledControllers } from './manifests';
import { finalizerOf, hasFinalizer } from './parent-metadata';

/** Where the hooks are served, for the engine in place of the Service in the manifests. */
export interface HookEndpoint {
  /** Such as `https://127.0.0.1:8443`; the path of each hook is the manifest's. */
  readonly url: string;
  /** CA certificate in PEM. @default - that of the manifests is taken out */
  readonly ca?: string;
  /** Bearer token. @default - none */
  readonly token?: string;
  /**
   * Whether CA, client certificate and token are those of the Secrets that the manifests name; Metacontroller only.
   *
   * @default false
   */
  readonly keepSecrets?: boolean;
}

export interface EngineOptions {
  readonly cluster: Cluster;
  /** CompositeController objects as they would be applied in production. Their kinds must be served. */
  readonly controllers: readonly KubernetesObject[];
  readonly hooks: HookEndpoint;
  /** Whose rights the engine has. @default - the administrator */
  readonly identity?: Identity;
  /** Namespace of the lease by which one of several engines works; the hook driver has none. @default 'default' */
  readonly leaseNamespace?: string;
  /** Parents that one controller works on at the same time. @default 5 */
  readonly workers?: number;
  /**
   * Delivers events of different kinds late and in an order that this number decides, and takes parents from the queue
   * in such an order. Only the hook driver can do that; Metacontroller takes them as they come. @default - as they come
   */
  readonly shuffleSeed?: number;
}

/**
 * What calls the hooks and applies their answers. `start` after `stop` is a restart: everything is seen anew, nothing
 * is remembered.
 */
export abstract class Engine {
  /** `hook driver` or `metacontroller`. */
  abstract readonly name: string;
  private recorder?: ApiRecorder;
  private installed?: InstalledControllers;
  private readonly earlier: Write[] = [];
  private from = 0;
  private startedAt = 0;

  constructor(protected readonly options: EngineOptions) {}

  /** Writes since the first start, or since `forgetWrites`. Reads, dry runs, events and leases do not count. */
  get writes(): readonly Write[] {
    return [...this.earlier, ...(this.recorder?.writes ?? [])].slice(this.from);
  }

  /** The writes that changed something. */
  get changes(): readonly Write[] {
    return this.writes.filter(({ changed }) => changed);
  }

  /** What the API server refused for lack of rights since the last start: method and path, reads and events too. */
  get forbidden(): readonly string[] {
    return this.recorder?.forbidden ?? [];
  }

  /** How many objects were written, each counted once. */
  get writtenPaths(): number {
    return new Set(this.writes.map(({ path }) => path)).size;
  }

  /** Begins to count at zero. */
  forgetWrites(): void {
    this.from += this.writes.length;
  }

  /** Installs the CompositeController objects and runs them. Done when events are acted on. */
  async start(): Promise<void> {
    this.recorder = await ApiRecorder.start(this.options.cluster.connection, this.options.identity);
    try {
      this.installed = await installControllers(
        this.options.cluster,
        this.options.controllers,
        this.options.hooks,
        this.labels,
      );
      await this.run(this.recorder, this.installed.controllers);
      this.startedAt = Date.now();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends the engine and takes its CompositeControllers away. Parents, children and finalizers stay. Safe to call twice. */
  async stop(): Promise<void> {
    await this.halt();
    await this.installed?.remove();
    this.installed = undefined;
    if (this.recorder) {
      await this.recorder.stop();
      this.earlier.push(...this.recorder.writes);
      this.recorder = undefined;
    }
  }

  /** Starts again from nothing, so that every parent is synced and every child is looked at once more. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /**
   * Done when no parent waits to be synced and nothing was written for `quietMs`. Parents that wait for
   * `resyncAfterSeconds` or for another try after a failure do not hold it up.
   *
   * @throws after `timeoutMs` in which no object was written for the first time (see `Patience`), with the last writes. One that is
   *   written again and again is no progress.
   */
  async settle(quietMs = 750, timeoutMs = 60_000): Promise<void> {
    const patience = new Patience(timeoutMs);
    for (let busyAt = Date.now(); ; await sleep(50)) {
      // one that has just started has not looked at everything yet
      const active = (): number => Math.max(busyAt, this.recorder?.lastActivity ?? 0, this.startedAt + 2_000);
      const quiet = (): boolean => Date.now() - active() >= quietMs;
      if (await this.busy()) {
        busyAt = Date.now();
      } else if (quiet()) {
        return;
      }
      patience.observe(this.writtenPaths);
      if (patience.isOver) {
        const last = this.writes.slice(-10).map(describeWrite).join('\n  ');
        throw new Error(
          `${this.name} is not at rest after ${patience.toString()}. Last writes:\n  ${last}\n${this.logTail()}`,
        );
      }
    }
  }

  /** Deletes all parents of its controllers in the cluster. Done when they are gone. @throws after `timeoutMs`, with the first that is left. */
  async removeParents(timeoutMs = 30_000): Promise<void> {
    const { cluster } = this.options;
    const types = this.installed?.parentTypes ?? [];
    const refs = (await Promise.all(types.map((type) => cluster.list(type)))).flat().map(referenceTo);
    // All at once, because one may wait for another to be gone.
    await Promise.all(refs.map((ref) => cluster.delete(ref)));
    await Promise.all(refs.map((ref) => cluster.waitForGone(ref, timeoutMs)));
  }

  /** End of the engine's log, for a test's message. */
  abstract logTail(): string;

  /** The parents that a controller works on. */
  protected async parentsOf(controller: KubernetesObject): Promise<KubernetesObject[]> {
    const { parentResource } = specOf(controller);
    const type = await new Discovery(this.options.cluster.rest).resource(parentResource);
    const finalizer = finalizerOf(controller);
    return (await this.options.cluster.list(type)).filter((parent) => {
      return matchesSelector(parentResource.labelSelector, parent.metadata.labels) || hasFinalizer(parent, finalizer);
    });
  }

  /** Labels for the CompositeControllers. @default - those of the manifests only */
  protected get labels(): Readonly<Record<string, string>> {
    return {};
  }

  /** Runs these controllers against the recorder. Done when events are acted on. */
  protected abstract run(recorder: ApiRecorder, controllers: readonly KubernetesObject[]): Promise<void>;

  /** Ends what `run` started, also where that failed midway or never ran. */
  protected abstract halt(): Promise<void>;

  /** Whether parents are being synced or wait for it now. */
  protected abstract busy(): Promise<boolean>;
}

/** A write in a line, with what it changed. */
export function describeWrite({ method, path, code, changed, before, after }: Write): string {
  const what =
    code >= 400
      ? ((after as { message?: string } | undefined)?.message ?? '')
      : changed && before
        ? differences(before, after).join('; ')
        : '';
  return `${method} ${path} ${code}${changed ? '' : ' (no change)'}${what && `: ${what}`}`;
}

function differences(before: unknown, after: unknown, at = ''): string[] {
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names]
      .filter((name) => !['managedFields', 'resourceVersion'].includes(name))
      .flatMap((name) => differences(before[name], after[name], `${at}.${name}`));
  }
  const [was, is] = [JSON.stringify(before), JSON.stringify(after)];
  return was === is ? [] : [`${at} ${was ?? 'absent'} → ${is ?? 'absent'}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
