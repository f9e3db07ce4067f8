import type { Cluster } from '../cluster';
import { hasTestCluster } from '../connect';
import type { NodeProps } from '../nodes';
import { TestCluster } from '../test-cluster';
import { HookDriver } from './driver';
import type { Engine, EngineOptions } from './engine';
import { metacontrollerProgram, RealEngine } from './real-engine';

export type StartOptions = Omit<EngineOptions, 'cluster'>;

/** What the cases of `describeEngines` work with. */
export interface Bench {
  /** The cluster of these cases, for hooks and tests only; not there while the cases are being named. */
  readonly cluster: Cluster;
  /** Whether the engine is Metacontroller itself. */
  readonly isReal: boolean;
  /** Starts an engine. The one that was started before is ended, so that no two work on the same parents. */
  start(options: StartOptions): Promise<Engine>;
}

export interface BenchOptions {
  /** Simulated nodes. @default - none, so Pods stay pending */
  readonly nodes?: readonly NodeProps[];
  /** Installs CRDs that the cases need, before the controllers of the cluster start. @default - none */
  readonly install?: (cluster: Cluster) => Promise<void>;
}

/**
 * The same cases on the hook driver and on Metacontroller. Where there is no Metacontroller (METACONTROLLER_BIN, or
 * `metacontroller` on the PATH), its cases are skipped by name, in CI too, because no package registry has it.
 *
 * A controller works on all parents of the cluster, so these cases have a cluster for themselves, one for both engines.
 * After each engine's cases all of its parents are deleted, and they must be gone.
 */
export function describeEngines(name: string, tests: (bench: Bench) => void, options: BenchOptions = {}): void {
  const run = hasTestCluster() ? describe : describe.skip;
  run(name, () => {
    const holder: { cluster?: TestCluster } = {};
    beforeAll(async () => {
      holder.cluster = await TestCluster.start({ nodes: options.nodes ?? [], install: options.install });
    });
    afterAll(async () => {
      await holder.cluster?.stop();
    });
    describe('on the hook driver', () => {
      tests(benchOf(holder, false, (engine) => new HookDriver(engine)));
    });
    const program = metacontrollerProgram();
    (program ? describe : describe.skip)('on metacontroller', () => {
      tests(benchOf(holder, true, (engine) => new RealEngine(engine, program ?? '')));
    });
  });
}

function benchOf(
  holder: { readonly cluster?: TestCluster },
  isReal: boolean,
  make: (options: EngineOptions) => Engine,
): Bench {
  let engine: Engine | undefined;
  const end = async (): Promise<void> => {
    const ended = engine;
    engine = undefined;
    await ended?.stop();
  };
  afterAll(async () => {
    try {
      await engine?.removeParents();
    } finally {
      await end();
      await holder.cluster?.deleteFreshNamespaces();
    }
  });
  return {
    isReal,
    get cluster(): Cluster {
      if (!holder.cluster) {
        throw new Error('the cluster is there for hooks and tests only');
      }
      return holder.cluster;
    },
    start: async (options) => {
      await end();
      if (!holder.cluster) {
        throw new Error('the cluster is there for hooks and tests only');
      }
      engine = make({ ...options, cluster: holder.cluster });
      await engine.start();
      return engine;
    },
  };
}
