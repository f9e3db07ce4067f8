import { Hooks } from '../../../../operators/src/runtime/hooks';
import { HookServer } from '../../../../operators/src/server/hook-server';
import { childRules, compositeController, relatedKinds } from '../../../../src/kinds/operators/metacontroller';
import { OperatorSettings } from '../../../../src/kinds/operators/operator-settings';
import { NeuralPlatformProps } from '../../../../src/compositions';
import { platformSettings, withGroups } from '../../../support/platform-settings';
import { installKinds } from '../../api/support/server';
import type { Cluster } from '../../cluster';
import type { Engine } from '../../metacontroller/engine';
import { Bench, BenchOptions, describeEngines } from '../../metacontroller/engines';
import type { KubernetesObject, ObjectReference } from '../../types';

/** What the cases of `describeOperators` work with. */
export interface OperatorsBench extends Bench {
  /** The engine that runs the operators. */
  readonly engine: Engine;
  /** The hook server, stopped and started to play an outage. */
  readonly server: RunningServer;
  /** The settings that it has. */
  readonly settings: OperatorSettings;
  /** Writes the status of an object, in place of the controller that does so on a real platform. */
  play(ref: ObjectReference, status: object): Promise<KubernetesObject>;
}

export interface OperatorsOptions extends BenchOptions {
  /** The platform whose settings they have. @default - one with the defaults */
  readonly platform?: NeuralPlatformProps;
  /** What the operators have to know beside what a platform gives them. */
  readonly change?: (settings: OperatorSettings) => OperatorSettings;
  /** API groups of third parties that the cluster serves. @default - those of the platform */
  readonly groups?: string[];
}

/**
 * Cases with these operators at work: their hooks are served over HTTP, and the hook driver, and Metacontroller where there is
 * one, calls them. The CRDs of their parents, children and related kinds are installed.
 */
export function describeOperators(
  name: string,
  operators: readonly Hooks[],
  tests: (bench: OperatorsBench) => void,
  options: OperatorsOptions = {},
): void {
  const whole = platformSettings(options.platform);
  const groups = options.groups ?? whole.apiGroups ?? [];
  const { change = (as: OperatorSettings) => as } = options;
  const settings = change(withGroups(whole, groups));
  describeEngines(
    name,
    (bench) => {
      const server = new RunningServer(operators, settings);
      let engine: Engine | undefined;
      beforeAll(async () => {
        await server.start();
        engine = await bench.start({
          controllers: operators.map(
            ({ definition }) =>
              compositeController(
                definition,
                { url: 'https://operators' },
                groups,
                settings.customResources,
              ) as KubernetesObject,
          ),
          hooks: { url: server.url },
        });
      });
      afterAll(() => server.stop());
      tests({
        isReal: bench.isReal,
        start: (startOptions) => bench.start(startOptions),
        server,
        settings,
        get cluster(): Cluster {
          return bench.cluster;
        },
        get engine(): Engine {
          if (!engine) throw new Error('the engine is there for hooks and tests only');
          return engine;
        },
        play: (ref, status) => bench.cluster.patch(ref, { status }, { subresource: 'status' }),
      });
    },
    {
      ...options,
      install: async (cluster) => {
        await installKinds(cluster);
        await installThirdParties(cluster, operators, settings);
        await options.install?.(cluster);
      },
    },
  );
}

/** A hook server at one address, which can be away for a while. */
export class RunningServer {
  private server?: HookServer;
  private port = 0;

  public constructor(
    private readonly operators: readonly Hooks[],
    private readonly settings: OperatorSettings,
  ) {}

  public get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  public async start(): Promise<void> {
    this.server = new HookServer({ operators: this.operators, settings: this.settings, logLevel: 'error' });
    this.port = Number(new URL(await this.server.start(this.port, '127.0.0.1')).port);
  }

  public async stop(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }
}

async function installThirdParties(
  cluster: Cluster,
  operators: readonly Hooks[],
  { apiGroups: groups = [], customResources }: OperatorSettings,
): Promise<void> {
  const kinds = operators.flatMap(({ definition }) => [
    ...childRules(definition, groups, customResources),
    ...relatedKinds(definition, groups, customResources),
  ]);
  const foreign = kinds
    .map(({ apiVersion, kind }) => ({ group: groupOf(apiVersion), kind }))
    .filter(({ group }) => groups.includes(group) && /\./.test(group));
  const missing = (await cluster.installCrds(foreign)).filter(({ group }) => !BUILT_IN.test(group));
  if (missing.length > 0)
    throw new Error(`no CRD for ${missing.map(({ kind, group }) => `${kind}.${group}`).join(', ')}`);
}

const BUILT_IN = /^(nstarx\.io|mlifecycle\.io|(?!gateway\.networking)[a-z]+(\.authorization)?\.k8s\.io)$/;

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
