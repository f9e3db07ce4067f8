import { App as TerraformApp, Manifest as TerraformManifest, TerraformStack } from 'cdktf';
import { IConstruct } from 'constructs';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { fail } from '../contracts/errors';
import { capacityLine, capacityOf, EnvironmentCapacity } from './capacity';
import { isManifestFolder, renderFolders, renderManifests } from './kustomize';
import { filesOfFolder } from './output-folder';
import { SynthesizedEnvironment } from './synthesized-environment';
import { checked } from '../contracts/checked';

/** What a synthesis made for one environment. */
export interface EnvironmentReport {
  /** Name of the environment. */
  readonly environment: string;
  /** Name of its provider. */
  readonly provider: string;
  /** Its Terraform stacks, in the order in which they are applied. */
  readonly stacks: string[];
  /** Number of Terraform resources. */
  readonly resources: number;
  /** Number of Kubernetes objects. */
  readonly manifests: number;
  /** Seconds that rendering took. */
  readonly seconds: number;
  /** What a person has to know before the commands, one sentence each. */
  readonly notes: string[];
  /** The commands that apply it, in their order. They name the cluster's context, so that no other cluster is changed. */
  readonly nextSteps: string[];
  /** Nodes that its first boot needs, and the space on them. */
  readonly capacity: EnvironmentCapacity;
}

/** What a synthesis made. */
@checked('SynthesisReport')
export class SynthesisReport {
  public constructor(
    /** One entry per environment. */
    public readonly environments: EnvironmentReport[],
    /** Seconds that the whole synthesis took, checks included. */
    public readonly seconds: number,
  ) {}

  /** A human-readable table. */
  public toString(): string {
    const header = ['environment', 'provider', 'stacks', 'resources', 'manifests', 'seconds'];
    const rows = this.environments.map((one) => [
      one.environment,
      one.provider,
      String(one.stacks.length),
      String(one.resources),
      String(one.manifests),
      one.seconds.toFixed(2),
    ]);
    const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
    const line = (cells: string[]) =>
      cells
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  ');
    return [
      line(header),
      ...rows.map(line),
      `in ${this.seconds.toFixed(2)} s, checks included`,
      '',
      'capacity:',
      ...this.environments.map(({ environment, capacity }) => `  ${capacityLine(environment, capacity)}`),
      '',
      'next:',
      // joined, since a command that failed must not be followed by the next, and cdktf reads what is pasted behind it
      ...this.environments.map((one) =>
        [`  ${one.environment}:`, ...one.notes.map((note) => `# ${note}`), one.nextSteps.join(' &&\n    ')].join(
          '\n    ',
        ),
      ),
    ].join('\n');
  }
}

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
    checkWritable('terraformOutdir', terraformOutdir);
    checkWritable('manifestsOutdir', manifestsOutdir);
    // cdktf's synthesizers write files, so these go to a temporary folder first
    this.staging = fs.mkdtempSync(path.join(os.tmpdir(), 'ml-platform-'));
    this.staged = new TerraformManifest(this.app.manifest.version, this.staging, this.app.hclOutput);
  }

  /**
   * @param environments what is written
   * @param folders constructs with a folder of their own
   * @param partial whether the app has further environments, whose output stays as it is
   */
  public write(environments: SynthesizedEnvironment[], folders: IConstruct[], partial: boolean): EnvironmentReport[] {
    try {
      const rendered = environments.map((environment) => this.render(environment));
      const others = folders.map((one) => [this.ownFolder(one), new Map(filesOfFolder(one))] as const);
      this.publishTerraform(partial);
      rendered.forEach(({ files }, at) => {
        replaceFolder(path.join(this.manifestsOutdir, environments[at].environmentName), files, []);
      });
      others.forEach(([folder, files]) => replaceFolder(folder, files, []));
      if (!partial) this.removeFormerEnvironments(environments);
      return rendered.map(({ report }) => report);
    } catch (error) {
      refuseFileError(error);
      throw error;
    } finally {
      fs.rmSync(this.staging, { recursive: true, force: true });
    }
  }

  /** Where the files of such a construct go; all that is there else is removed. */
  private ownFolder(construct: IConstruct): string {
    const folder = path.join(this.manifestsOutdir, construct.node.id);
    if (fs.existsSync(path.join(folder, '.git'))) {
      const fix =
        'commit from another folder: copy the files to the clone, since the app removes what it did not write';
      fail(construct, 'id', 'must be a folder that is no clone of a repository', folder, fix);
    }
    return folder;
  }

  private render(environment: SynthesizedEnvironment): { files: Files; report: EnvironmentReport } {
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
    const files = new Map([
      ...renderManifests(manifests, environment._appliesCrdsApart(), environment._deliveredManifests()),
      ...renderFolders(environment._filedComponents()),
      ...environment._kubectlFiles(),
    ]);
    const report = {
      environment: environment.environmentName,
      provider: environment.provider.displayName,
      stacks: stacks.map((stack) => stack.node.id),
      resources: stacks.map(resourceCount).reduce((sum, count) => sum + count, 0),
      manifests: manifests.length,
      seconds: Number(process.hrtime.bigint() - started) / 1e9,
      notes: environment._notes(),
      nextSteps: environment._nextSteps({ terraform: this.terraformOutdir, manifests: this.manifestsOutdir }),
      capacity: capacityOf(environment._rehearsal()),
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

  private removeFormerEnvironments(environments: SynthesizedEnvironment[]): void {
    const written = environments.map((environment) => environment.environmentName);
    for (const name of fs.readdirSync(this.manifestsOutdir)) {
      const folder = path.join(this.manifestsOutdir, name);
      if (!written.includes(name) && isManifestFolder(folder)) fs.rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Refuses a folder that cannot be written to, before anything is. */
function checkWritable(prop: string, folder: string): void {
  let existing = path.normalize(folder);
  while (!fs.existsSync(existing)) existing = path.dirname(existing);
  if (!fs.statSync(existing).isDirectory()) {
    fail('PlatformApp', prop, 'must be a folder', folder, `remove the file ${existing}, or name another folder`);
  }
  try {
    fs.accessSync(existing, fs.constants.W_OK);
  } catch {
    fail(
      'PlatformApp',
      prop,
      'must be a folder that the program may write to',
      folder,
      `give the user of the program the permission to write to ${existing}, or name another folder`,
    );
  }
}

/** A file of a previous synthesis that belongs to another user, a full disk: no bug of the program, so no stack. */
function refuseFileError(error: unknown): void {
  const { code, syscall, path: file } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return;
  fail(
    'PlatformApp',
    'synth()',
    'must be able to write every file of its output',
    file,
    `let the user of the program write there (${syscall} says ${code})`,
  );
}

function resourceCount(stack: TerraformStack): number {
  return stack.node
    .findAll()
    .filter((construct) => 'terraformResourceType' in construct && !construct.constructor.name.startsWith('Data'))
    .length;
}

function readManifest(outdir: string): { stacks: { [name: string]: unknown } } {
  const file = path.join(outdir, TerraformManifest.fileName);
  if (!fs.existsSync(file)) return { stacks: {} };
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as { stacks: { [name: string]: unknown } };
  } catch {
    fail(
      'PlatformApp',
      'terraformOutdir',
      'must have a manifest.json of a previous synthesis or none',
      outdir,
      `remove ${file}`,
    );
  }
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

/** Every file below a folder, by its path relative to it, sorted by path. */
export function readFolder(folder: string): Map<string, Buffer> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    names
      .filter((name) => fs.statSync(path.join(folder, name)).isFile())
      .map((name) => [name, fs.readFileSync(path.join(folder, name))]),
  );
}
