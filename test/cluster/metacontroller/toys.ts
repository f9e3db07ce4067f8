import type { KubernetesObject, ObjectReference } from '../types';
import type { Engine } from './engine';
import { describeEngines, type Bench, type StartOptions } from './engines';
import { installToys, SHELF, TOY, TOY_HOOKS, toyController, type ToySpec } from './toy';
import { TestHookServer } from './test-hook-server';

/** `describeEngines` on clusters that serve toys and shelves. */
export function describeToys(name: string, tests: (bench: Bench) => void): void {
  describeEngines(name, tests, { install: installToys });
}

/** An engine that runs toys and shelves, and short ways to work with them. */
export class Toys {
  static async start(bench: Bench, options: Partial<StartOptions> = {}): Promise<Toys> {
    const server = await TestHookServer.start(TOY_HOOKS);
    const engine = await bench.start({
      controllers: [toyController(), toyController({ plural: 'shelves', hooks: ['sync'] })],
      hooks: { url: server.url, token: 'token-of-the-hooks' },
      ...options,
    });
    return new Toys(bench, server, engine, await bench.cluster.freshNamespace());
  }

  private constructor(
    private readonly bench: Bench,
    readonly server: TestHookServer,
    readonly engine: Engine,
    readonly namespace: string,
  ) {}

  toy(name: string): ObjectReference {
    return { ...TOY, namespace: this.namespace, name };
  }

  configMap(name: string): ObjectReference {
    return { apiVersion: 'v1', kind: 'ConfigMap', namespace: this.namespace, name };
  }

  /** Makes a toy; done when its status says that its children were observed. */
  async make(name: string, spec: ToySpec): Promise<KubernetesObject> {
    await this.bench.cluster.create({ ...TOY, metadata: { name, namespace: this.namespace }, spec: { ...spec } });
    return this.untilObserved(
      name,
      (spec.children ?? []).map(({ metadata }) => metadata.name ?? ''),
    );
  }

  /** Makes a shelf; done when its status has been written. */
  async makeShelf(name: string, spec: ToySpec): Promise<KubernetesObject> {
    await this.bench.cluster.create({ ...SHELF, metadata: { name }, spec: { ...spec } });
    return this.bench.cluster.waitFor({ ...SHELF, name }, ({ status }) => status?.observedGeneration === 1);
  }

  /** Changes a toy's spec; done when the engine has seen the change and all of its work is finished. */
  async change(name: string, spec: ToySpec): Promise<KubernetesObject> {
    const { metadata } = await this.bench.cluster.patch(this.toy(name), { spec });
    await this.bench.cluster.waitFor(this.toy(name), ({ status }) => {
      return status?.observedGeneration === metadata.generation;
    });
    await this.engine.settle();
    return this.bench.cluster.get(this.toy(name));
  }

  private untilObserved(name: string, children: readonly string[]): Promise<KubernetesObject> {
    return this.bench.cluster.waitFor(this.toy(name), ({ status }) => {
      const observed = (status?.observed ?? []) as readonly string[];
      return status !== undefined && children.every((child) => observed.some((key) => key.endsWith(`/${child}`)));
    });
  }
}
