import { App as TerraformApp, Manifest as TerraformManifest, TerraformStack } from 'cdktf';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import type { Environment } from './environment';
import { renderFolders } from './kustomize-components';
import { isManifestFolder, renderManifests } from './manifest-files';
import { readFolder } from './read-folder';
import { EnvironmentReport } from './synthesis-report';

/** What cdktf leaves in a stack's folder when it plans and applies; it is not ours to remove. */
const KEPT_BY_TERRAFORM = ['.terraform', '.terraform.lock.hcl', 'plan', 'terraform.tfstate', 'terraform.tfstate.d'];

/** Content by path, relative to a folder. */
type Files = Map<string, string | Buffer>;

/** Writes the output of an app. Everything is rendered before the first file is changed. */
export class OutputWriter {
  private readonly staged: TerraformManifest;
  private readonly staging: string;

  public constructor(
    private readonly app: TerraformApp,
    private readonly terraformOutdir: string,
    private readonly manifestsOutdir: string,
  ) {
    // cdktf's synthesizers write files, so these go to a temporary folder first
    this.staging = fs.mkdtempSync(path.join(os.tmpdir(), 'ml-platform-'));
    this.staged = new TerraformManifest(this.app.manifest.version, this.staging, this.app.hclOutput);
  }

  /**
   * @param environments what is written
   * @param partial whether the app has further environments, whose output stays as it is
   */
  public write(environments: Environment[], partial: boolean): EnvironmentReport[] {
    try {
      const rendered = environments.map((environment) => this.render(environment));
      this.publishTerraform(partial);
      rendered.forEach(({ files }, at) => {
        replaceFolder(path.join(this.manifestsOutdir, environments[at].environmentName), files, []);
      });
      if (!partial) this.removeFormerEnvironments(environments);
      return rendered.map(({ report }) => report);
    } finally {
      fs.rmSync(this.staging, { recursive: true, force: true });
    }
  }

  private render(environment: Environment): { files: Files; report: EnvironmentReport } {
    const started = process.hrtime.bigint();
    const stacks = environment._stacks();
    const session = { outdir: this.staging, manifest: this.staged, skipValidation: true };
    // references between stacks make outputs and data sources, so all are prepared before the first is written
    stacks.forEach((stack) => {
      stack.prepareStack();
    });
    stacks.forEach((stack) => {
      stack.synthesizer.synthesize(session);
    });
    const { manifests } = environment._manifests();
    const files = new Map([...renderManifests(manifests), ...renderFolders(environment._filedComponents())]);
    const report = {
      environment: environment.environmentName,
      provider: environment.provider.displayName,
      stacks: stacks.map((stack) => stack.node.id),
      resources: stacks.map(resourceCount).reduce((sum, count) => sum + count, 0),
      manifests: manifests.length,
      seconds: Number(process.hrtime.bigint() - started) / 1e9,
      nextStep: environment.delivery._nextStep(environment, this.manifestsOutdir),
    };
    return { files, report };
  }

  private publishTerraform(partial: boolean): void {
    const stacksFolder = TerraformManifest.stacksFolder;
    const former = readManifest(this.terraformOutdir);
    const stacks = partial ? { ...former.stacks, ...this.staged.stacks } : this.staged.stacks;
    for (const name of fs.readdirSync(path.join(this.staging, stacksFolder))) {
      const files = readFolder(path.join(this.staging, stacksFolder, name));
      replaceFolder(path.join(this.terraformOutdir, stacksFolder, name), files, KEPT_BY_TERRAFORM);
    }
    for (const name of Object.keys(former.stacks).filter((stack) => !(stack in stacks))) {
      fs.rmSync(path.join(this.terraformOutdir, stacksFolder, name), { recursive: true, force: true });
    }
    const sorted = Object.fromEntries(Object.entries(stacks).sort(([a], [b]) => (a < b ? -1 : 1)));
    const content = `${JSON.stringify({ version: this.staged.version, stacks: sorted }, undefined, 2)}\n`;
    fs.writeFileSync(path.join(this.terraformOutdir, TerraformManifest.fileName), content);
  }

  private removeFormerEnvironments(environments: Environment[]): void {
    const written = environments.map((environment) => environment.environmentName);
    for (const name of fs.readdirSync(this.manifestsOutdir)) {
      const folder = path.join(this.manifestsOutdir, name);
      if (!written.includes(name) && isManifestFolder(folder)) fs.rmSync(folder, { recursive: true, force: true });
    }
  }
}

function resourceCount(stack: TerraformStack): number {
  return stack.node
    .findAll()
    .filter((construct) => 'terraformResourceType' in construct && !construct.constructor.name.startsWith('Data'))
    .length;
}

function readManifest(outdir: string): { stacks: { [name: string]: unknown } } {
  const file = path.join(outdir, TerraformManifest.fileName);
  return fs.existsSync(file)
    ? (JSON.parse(fs.readFileSync(file, 'utf8')) as { stacks: { [name: string]: unknown } })
    : { stacks: {} };
}

/** Gives a folder exactly these files, but for some entries at its top, which stay. */
function replaceFolder(folder: string, files: Files, kept: string[]): void {
  const folders = new Set<string>();
  for (const file of files.keys()) {
    for (let parent = path.dirname(file); parent !== '.'; parent = path.dirname(parent)) folders.add(parent);
  }
  fs.mkdirSync(folder, { recursive: true });
  removeOthers(folder, '', files, folders, kept);
  [...folders].sort().forEach((parent) => fs.mkdirSync(path.join(folder, parent), { recursive: true }));
  for (const [file, content] of files) fs.writeFileSync(path.join(folder, file), content);
}

function removeOthers(folder: string, below: string, files: Files, folders: Set<string>, kept: string[]): void {
  for (const entry of fs.readdirSync(path.join(folder, below), { withFileTypes: true })) {
    const name = path.join(below, entry.name);
    if (below === '' && kept.includes(entry.name)) continue;
    if (entry.isDirectory() && folders.has(name)) removeOthers(folder, name, files, folders, kept);
    else if (entry.isDirectory() || !files.has(name)) fs.rmSync(path.join(folder, name), { recursive: true });
  }
}
