import { RestClient } from '../client';
import type { KubernetesObject } from '../types';
import type { ApiRecorder } from './api-recorder';
import { Caches } from './caches';
import { Discovery } from './discovery';
import { Engine } from './engine';
import { ParentController } from './parent-controller';
import { Shuffle } from './shuffle';

const LOG_LINES = 30;

/**
 * Drives hooks by Metacontroller's documented protocol, where Metacontroller itself is not available. It does what the
 * cases in `engine.test.ts` ask of both; what it does not do: hooks of version v1, rolling updates and their
 * ControllerRevisions, etags, Events, migration from `dynamic-apply`.
 */
export class HookDriver extends Engine {
  readonly name = 'hook driver';
  private readonly lines: string[] = [];
  private controllers: ParentController[] = [];
  private client?: RestClient;
  private caches?: Caches;

  override logTail(): string {
    return this.lines.slice(-LOG_LINES).join('\n');
  }

  protected override async run(recorder: ApiRecorder, manifests: readonly KubernetesObject[]): Promise<void> {
    const { workers = 5, shuffleSeed } = this.options;
    const client = new RestClient(recorder.connection);
    const shuffle = shuffleSeed === undefined ? undefined : new Shuffle(shuffleSeed);
    const discovery = new Discovery(client);
    this.client = client;
    this.caches = new Caches(client, discovery, shuffle);
    const context = { client, discovery, caches: this.caches, workers, shuffle, log: this.log };
    for (const manifest of manifests) {
      this.controllers.push(await ParentController.create(context, manifest));
    }
    this.controllers.forEach((controller) => controller.start());
  }

  protected override async halt(): Promise<void> {
    await Promise.all(this.controllers.map((controller) => controller.stop()));
    this.controllers = [];
    await this.caches?.stop();
    this.client?.close();
  }

  protected override async busy(): Promise<boolean> {
    return this.controllers.some(({ queue }) => queue.busy);
  }

  private readonly log = (line: string): void => {
    this.lines.push(line);
  };
}
