import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as platformConstructs from 'ml-platform-constructs';
import {
  AwsProvider,
  DataPlatform,
  GpuModel,
  GpuPool,
  NeuralPlatform,
  PlatformApp,
  PlatformTesting,
  SynthesisReport,
  Namespace,
  Tier,
} from 'ml-platform-constructs';
import * as ts from 'typescript';
import { KINDS } from '../../src/api/kinds';
import { blocks, pages, Snippet } from './pages';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'snippets-'));
const former = { ...process.env };
beforeAll(() => Object.assign(process.env, { CDK8S_OUTDIR: `${folder}/dist`, CDKTF_OUTDIR: `${folder}/cdktf.out` }));
afterAll(() => {
  process.env = former;
  fs.rmSync(folder, { recursive: true, force: true });
});

const SNIPPETS = pages().flatMap((page) => blocks(page, 'ts'));

test.each(SNIPPETS.map((snippet): [string, Snippet] => [`${snippet.page}:${snippet.line}`, snippet]))(
  '%s runs, and what it makes can be synthesized',
  (_where, { code }) => {
    const app = new PlatformApp();
    const names = preludeFor(code, app);
    const synthesized = run(code, names);
    // where a snippet synthesizes by itself, it did so without an error
    if (!synthesized && app.environments.length > 0) expect(Object.keys(PlatformTesting.synth(app))).not.toEqual([]);
  },
);

/** The names that docs/README.md promises. */
function preludeFor(code: string, app: PlatformApp): { [name: string]: unknown } {
  if (!/(?<![.'\w-])(environment|platform|cluster|chart)\b(?!:)/.test(code)) return { app };
  const environment = app.environment('dev', {
    provider: AwsProvider.inRegion('eu-west-1', { account: '123456789012' }),
    tier: Tier.STAGING,
  });
  const chart = environment.addChart('chart');
  const names = { app, environment, chart };
  // a snippet that shows a composition makes the cluster itself
  if (/new (Data|Small)Platform\(environment/.test(code)) return names;
  // of these there is one per environment, so the snippet's is not the platform's
  if (/new (Backup|SecurityBaseline)\(/.test(code)) {
    new Namespace(chart, 'research');
    return { ...names, cluster: environment.addCluster() };
  }
  const gpuPools = [GpuPool.of(GpuModel.T4, { max: 4 })];
  const platform = new DataPlatform(environment, 'platform', { domain: 'ml.acme.example', gpuPools });
  // an object of a kind needs the kind
  if (KINDS.some(({ kind }) => code.includes(`new ${kind}(`)) && !code.includes('new NeuralPlatform(')) {
    // a stream needs brokers and an image of Flink, and an A/B test the models that it compares
    const operators = { flinkImage: 'registry.example/flink:1.20.0', kafkaBootstrapServers: 'kafka.example:9092' };
    new NeuralPlatform(environment, 'neural', { operators });
    environment.addExistingObject({ kind: 'AIModel', name: 'fraud-detector', namespace: 'app-ml-team' });
  }
  return { ...names, platform, cluster: platform.cluster };
}

/**
 * Runs a snippet as a CommonJS module.
 *
 * @returns whether it synthesized something by itself
 */
function run(code: string, names: { [name: string]: unknown }): boolean {
  let synthesized = false;
  const used = code.includes("from 'ml-platform-constructs'") ? {} : platformConstructs;
  const js = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  }).outputText;
  const load = (name: string): unknown => {
    if (name !== 'ml-platform-constructs') return jest.requireActual(name);
    return {
      ...platformConstructs,
      PlatformApp: class extends PlatformApp {
        public override synth(): SynthesisReport {
          synthesized = true;
          return super.synth();
        }
      },
    };
  };
  // a test in a snippet runs at once, and leaves no snapshot
  const globals = {
    test: (_name: string, body: () => void) => body(),
    expect: (value: unknown) => ({ ...expect(value), toMatchSnapshot: () => expect(value).toBeDefined() }),
    console: { log: () => undefined },
  };
  const scope: { [name: string]: unknown } = { ...used, ...globals, ...names, require: load, exports: {} };
  // what the snippet declares itself is not handed over
  const free = Object.keys(scope).filter(
    (name) => !new RegExp(`\\b(const|class) ${name}\\b|\\{[^}]*\\b${name}\\b[^}]*\\} = require`).test(js),
  );
  // the code is this repository's own; node's vm would give its literals other prototypes than the library's
  const compiled = Reflect.construct(Function, [...free, js]) as (...values: unknown[]) => void;
  compiled(...free.map((name) => scope[name]));
  return synthesized;
}
