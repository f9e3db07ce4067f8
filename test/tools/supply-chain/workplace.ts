import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { KindProvider, ModelDeliveryWorkflow, PlatformApp, Tier } from 'ml-platform-constructs';

import { giveInput } from '../../support/process-input';
import { GoTool, goTool } from '../go-tool';
import { ServingEnvironment } from './cluster';
import { ModelRepository } from './model-repository';
import { Registry } from './registry';
import { COSIGN, CRANE, GITLEAKS, GRYPE, GRYPE_DATABASE, SYFT } from './tools';

const run = promisify(execFile);

/** The vulnerability that a test plants: a real one, of a library that models bring. */
export const PLANTED = { id: 'GHSA-8vj2-vxx3-667w', package: 'pillow', version: '8.4.0', fixedIn: '9.0.0' };

const VULNERABILITIES = [
  { ...PLANTED, cve: 'CVE-2022-22817', severity: 'critical', affected: '<9.0.0' },
  {
    id: 'GHSA-jfmj-5v4g-7637',
    cve: 'CVE-2024-5569',
    package: 'zipp',
    severity: 'medium',
    affected: '<3.19.1',
    fixedIn: '3.19.1',
  },
].map((one) => ({ ...one, ecosystem: 'python' }));

/** What a workplace may have of its own. */
export interface WorkplaceOptions {
  /** PEM of the private key of the pair `own`. @default - a new one */
  readonly privateKey?: string;
  /** Writes the files of the image of the inference service. @default - some libraries, as pip leaves them */
  readonly baseFiles?: (root: string) => void;
  /** How `crane mutate` says what the image starts. @default - it starts nothing */
  readonly baseConfig?: readonly string[];
}

/**
 * Everything that a delivery needs, on this machine: the real programs, a registry with an image of the inference service, two pairs of keys in place of
 * keyless signatures, a database for Grype, and a repository of models with the files that `ModelDeliveryWorkflow` wrote.
 */
export class Workplace {
  /** Builds the programs and makes all of it. */
  public static async open(options: WorkplaceOptions = {}): Promise<Workplace> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'delivery-'));
    const bin = path.join(folder, 'bin');
    fs.mkdirSync(bin);
    for (const tool of [GITLEAKS, CRANE, SYFT, GRYPE, COSIGN]) await link(tool, bin);
    linkCommandLine(bin);
    const images = path.join(folder, 'registry');
    fs.mkdirSync(images);
    const registry = await Registry.start(path.join(bin, 'crane'), images);
    const workplace = new Workplace(folder, bin, registry, options);
    await workplace.furnish();
    return workplace;
  }

  /** Variables of everything that runs. */
  public environment: { readonly [name: string]: string } = {};
  private theRepository?: ModelRepository;
  private theServing?: ServingEnvironment;

  private constructor(
    /** Where everything is. */
    public readonly folder: string,
    /** The programs. */
    public readonly bin: string,
    /** Where images go. */
    public readonly registry: Registry,
    private readonly options: WorkplaceOptions,
  ) {}

  /** The repository of models. */
  public get repository(): ModelRepository {
    if (this.theRepository === undefined) throw new Error('not furnished');
    return this.theRepository;
  }

  /** The environment that is delivered to. */
  public get serving(): ServingEnvironment {
    if (this.theServing === undefined) throw new Error('not furnished');
    return this.theServing;
  }

  /** The private or public key of a pair. */
  public key(pair: 'own' | 'another', kind: 'key' | 'pub'): string {
    return path.join(this.folder, `${pair}.${kind}`);
  }

  /** Runs one of the programs; the output is that of both streams. */
  public async program(name: string, ...args: string[]): Promise<string> {
    const { stdout, stderr } = await run(path.join(this.bin, name), args, {
      env: this.environment,
      cwd: this.folder,
      maxBuffer: 64 * 1024 * 1024,
    });
    return `${stdout}${stderr}`;
  }

  /** Stops what runs, and removes the rest. */
  public close(): void {
    this.registry.stop();
    this.theServing?.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private async furnish(): Promise<void> {
    // nothing of this machine's own settings, and no way out: what needs the network fails
    this.environment = {
      PATH: `${this.bin}:${process.env.PATH ?? ''}`,
      HOME: this.folder,
      TMPDIR: this.folder,
      GIT_CONFIG_GLOBAL: path.join(this.folder, '.gitconfig'),
      GIT_CONFIG_SYSTEM: '/dev/null',
      COSIGN_PASSWORD: '',
      GRYPE_DB_CACHE_DIR: path.join(this.folder, 'grype'),
      GRYPE_DB_AUTO_UPDATE: 'false',
      https_proxy: 'http://127.0.0.1:9',
    };
    await this.makeKeys();
    await this.makeDatabase();
    const baseImage = await this.pushBaseImage();
    const files = await this.writeDelivery(baseImage);
    const settings = {
      SIGNING_KEY: this.key('own', 'key'),
      VERIFICATION_KEY: this.key('own', 'pub'),
      TRANSPARENCY_LOG: 'false',
      SCANNERS: 'grype',
      SMOKE_SECONDS: '20',
      SMOKE_INTERVAL: '0.2',
    };
    this.environment = { ...this.environment, ...settings };
    this.theRepository = new ModelRepository(this.folder, files, this.environment);
    this.theServing = await ServingEnvironment.start(this.repository.origin, 'deploy/overlays/staging');
    const { url } = this.theServing;
    Object.assign(this.environment, { MODEL_URL: `${url}/models/{name}`, NOTIFY_URL: `${url}/told` });
    // the repository has the same object
    Object.assign(this.repository, { environment: this.environment });
  }

  private async makeKeys(): Promise<void> {
    const { privateKey } = this.options;
    for (const pair of privateKey === undefined ? ['own', 'another'] : ['another'])
      await this.program('cosign', 'generate-key-pair', '--output-key-prefix', pair);
    if (privateKey === undefined) return;
    const pem = path.join(this.folder, 'private.pem');
    fs.writeFileSync(pem, privateKey, { mode: 0o600 });
    await this.program('cosign', 'import-key-pair', '--key', pem, '--output-key-prefix', 'own');
  }

  private async makeDatabase(): Promise<void> {
    const made = path.join(this.folder, 'database');
    fs.mkdirSync(made);
    const making = run(await goTool(GRYPE_DATABASE), [made], { env: this.environment });
    giveInput(making.child, JSON.stringify(VULNERABILITIES));
    await making;
    await this.program('grype', 'db', 'import', path.join(made, 'vulnerability.db'));
  }

  /** An image with the libraries of the inference service as pip leaves them, one of which has a vulnerability that is not critical. */
  private async pushBaseImage(): Promise<string> {
    const root = path.join(this.folder, 'base');
    const { baseFiles = someLibraries, baseConfig = [] } = this.options;
    baseFiles(root);
    const layer = path.join(this.folder, 'base.tar');
    await run('tar', ['--create', '--file', layer, '--directory', root, '.']);
    const reference = `${this.registry.host}/inference:1.0.0`;
    await this.program('crane', 'append', '--oci-empty-base', '--new_layer', layer, '--new_tag', reference);
    const args = ['--set-platform', 'linux/amd64', '--user', '10001', ...baseConfig, '--tag', reference];
    await this.program('crane', 'mutate', reference, ...args);
    const digest = (await this.program('crane', 'digest', reference)).trim();
    return `${this.registry.host}/inference@${digest}`;
  }

  private async writeDelivery(baseImage: string): Promise<string> {
    const app = new PlatformApp({
      manifestsOutdir: path.join(this.folder, 'dist'),
      terraformOutdir: path.join(this.folder, 'cdktf.out'),
      args: [],
    });
    app.environment('local', { provider: KindProvider.local() }).addCluster();
    new ModelDeliveryWorkflow(app.kubernetes, 'models', {
      repository: 'https://github.com/acme/models',
      imageRepository: `${this.registry.host}/models`,
      baseImage,
      environments: [{ name: 'staging', tier: Tier.STAGING, modelUrl: 'https://{name}.acme.example' }],
    });
    app.synth();
    return Promise.resolve(path.join(this.folder, 'dist', 'models'));
  }
}

function someLibraries(root: string): void {
  const packages = { onnxruntime: '1.22.0', numpy: '2.2.6', zipp: '3.17.0' };
  for (const [name, version] of Object.entries(packages)) {
    writePackage(path.join(root, 'usr/lib/python3.12/site-packages'), name, version);
  }
}

/** Writes what pip leaves of a package. */
export function writePackage(folder: string, name: string, version: string): void {
  const info = path.join(folder, `${name}-${version}.dist-info`);
  fs.mkdirSync(info, { recursive: true });
  fs.writeFileSync(path.join(info, 'METADATA'), `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`);
  fs.writeFileSync(path.join(info, 'RECORD'), '');
}

async function link(tool: GoTool, bin: string): Promise<void> {
  fs.symlinkSync(await goTool(tool), path.join(bin, tool.name));
}

/** The command line of this source tree, under the name that the package gives it. */
export function linkCommandLine(bin: string): void {
  const root = path.resolve(__dirname, '../../..');
  const [tsx, main] = [path.join(root, 'node_modules/.bin/tsx'), path.join(root, 'src/cli/main.ts')];
  fs.writeFileSync(path.join(bin, 'ml-platform'), `#!/bin/sh\nexec '${tsx}' '${main}' "$@"\n`, { mode: 0o755 });
}
