import { Yaml } from 'cdk8s';
import { App as TerraformApp, Manifest as TerraformManifest, TerraformStack } from 'cdktf';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Manifest } from '../checks/manifest-graph';
import type { Environment } from './environment';
import { EnvironmentReport } from './synthesis-report';

/** What cdktf leaves in a stack's folder when it plans and applies; it is not ours to remove. */
const KEPT_BY_TERRAFORM = ['.terraform', '.terraform.lock.hcl', 'plan', 'terraform.tfstate', 'terraform.tfstate.d'];

/** Writes the output of an app: everything into a temporary folder first, then into the folders that were asked for. */
export class OutputWriter {
  public constructor(
    private readonly app: TerraformApp,
    private readonly terraformOutdir: string,
    private readonly manifestsOutdir: string,
  ) {}

  /**
   * @param environments what is written
   * @param partial whether the app has further environments, whose output stays as it is
   */
  public write(environments: Environment[], partial: boolean): EnvironmentReport[] {
    const staging = fs.mkdtempSync(path.join(os.tmpdir(), 'ml-platform-'));
    try {
      const terraform = path.join(staging, 'terraform');
      fs.mkdirSync(terraform);
      const synthesized = new TerraformManifest(this.app.manifest.version, terraform, this.app.hclOutput);
      const reports = environments.map((environment) =>
        this.stage(environment, synthesized, path.join(staging, 'manifests')),
      );
      this.publishTerraform(terraform, synthesized, partial);
      this.publishManifests(path.join(staging, 'manifests'), environments, partial);
      return reports;
    } finally {
      fs.rmSync(staging, { recursive: true, force: true });
    }
  }

  private stage(environment: Environment, synthesized: TerraformManifest, manifestsFolder: string): EnvironmentReport {
    const started = process.hrtime.bigint();
    const stacks = environment._stacks();
    // references between stacks make outputs and data sources, so all are prepared before the first is written
    stacks.forEach((stack) => stack.prepareStack());
    stacks.forEach((stack) =>
      stack.synthesizer.synthesize({ outdir: synthesized.outdir, manifest: synthesized, skipValidation: true }),
    );
    const manifests = environment._manifests().manifests;
    writeManifests(manifests, path.join(manifestsFolder, environment.environmentName));
    return {
      environment: environment.environmentName,
      provider: environment.provider.displayName,
      stacks: stacks.map((stack) => stack.node.id),
      resources: stacks.map(resourceCount).reduce((sum, count) => sum + count, 0),
      manifests: manifests.length,
      seconds: Number(process.hrtime.bigint() - started) / 1e9,
      nextStep: environment.delivery._nextStep(environment, this.manifestsOutdir),
    };
  }

  private publishTerraform(staged: string, synthesized: TerraformManifest, partial: boolean): void {
    const target = path.join(this.terraformOutdir, TerraformManifest.stacksFolder);
    const former = readManifest(this.terraformOutdir);
    const stacks = partial ? { ...former.stacks, ...synthesized.stacks } : synthesized.stacks;
    for (const name of listFolder(path.join(staged, TerraformManifest.stacksFolder))) {
      replaceFolder(
        path.join(staged, TerraformManifest.stacksFolder, name),
        path.join(target, name),
        KEPT_BY_TERRAFORM,
      );
    }
    for (const name of Object.keys(former.stacks).filter((stack) => !(stack in stacks))) {
      fs.rmSync(path.join(target, name), { recursive: true, force: true });
    }
    const content = {
      version: synthesized.version,
      stacks: Object.fromEntries(Object.entries(stacks).sort(([a], [b]) => (a < b ? -1 : 1))),
    };
    fs.writeFileSync(
      path.join(this.terraformOutdir, TerraformManifest.fileName),
      `${JSON.stringify(content, undefined, 2)}\n`,
    );
  }

  private publishManifests(staged: string, environments: Environment[], partial: boolean): void {
    const written = environments.map((environment) => environment.environmentName);
    for (const name of written) {
      replaceFolder(path.join(staged, name), path.join(this.manifestsOutdir, name), []);
    }
    if (partial) return;
    for (const name of listFolder(this.manifestsOutdir)) {
      const folder = path.join(this.manifestsOutdir, name);
      // only what a former synthesis wrote carries the mark
      if (!written.includes(name) && isOurs(folder)) fs.rmSync(folder, { recursive: true, force: true });
    }
  }
}

const MARK = '# Written by ml-platform-constructs. Changes are lost at the next synthesis.';

/** One object a file, in a folder per chart and namespace, and a kustomization that lists them. */
function writeManifests(manifests: Manifest[], folder: string): void {
  const files = new Map<string, string>();
  for (const manifest of manifests) {
    const file = fileOf(manifest);
    // two objects of one name in one namespace, from different groups
    const unique = files.has(file) ? file.replace(/\.yaml$/, `.${manifest.group || 'core'}.yaml`) : file;
    files.set(unique, Yaml.stringify(manifest.json));
  }
  fs.mkdirSync(folder, { recursive: true });
  const made = new Set<string>();
  for (const [file, content] of files) {
    const parent = path.join(folder, path.dirname(file));
    if (!made.has(parent)) fs.mkdirSync(parent, { recursive: true });
    made.add(parent);
    fs.writeFileSync(path.join(folder, file), content);
  }
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...files.keys()].sort(),
  };
  fs.writeFileSync(path.join(folder, 'kustomization.yaml'), `${MARK}\n${Yaml.stringify(kustomization)}`);
}

function fileOf(manifest: Manifest): string {
  // the path is <environment>/<composition>/<chart>/…: the chart names the folder
  const chart = manifest.source.chart.node.id;
  const name = `${manifest.kind.toLowerCase()}-${manifest.name.replace(/[^a-zA-Z0-9.-]/g, '-')}.yaml`;
  return [chart, ...(manifest.namespace !== undefined ? [manifest.namespace] : []), name].join('/');
}

function resourceCount(stack: TerraformStack): number {
  return stack.node
    .findAll()
    .filter((construct) => 'terraformResourceType' in construct && !construct.constructor.name.startsWith('Data'))
    .length;
}

function listFolder(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

function isOurs(folder: string): boolean {
  const kustomization = path.join(folder, 'kustomization.yaml');
  return fs.existsSync(kustomization) && fs.readFileSync(kustomization, 'utf8').startsWith(MARK);
}

function readManifest(outdir: string): { stacks: { [name: string]: unknown } } {
  const file = path.join(outdir, TerraformManifest.fileName);
  return fs.existsSync(file)
    ? (JSON.parse(fs.readFileSync(file, 'utf8')) as { stacks: { [name: string]: unknown } })
    : { stacks: {} };
}

/** Makes a folder equal to another, but for some entries, which stay. */
function replaceFolder(from: string, to: string, kept: string[]): void {
  fs.mkdirSync(to, { recursive: true });
  for (const name of fs.readdirSync(to)) {
    if (!kept.includes(name)) fs.rmSync(path.join(to, name), { recursive: true, force: true });
  }
  fs.cpSync(from, to, { recursive: true });
}
