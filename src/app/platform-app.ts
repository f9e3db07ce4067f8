import { App as KubernetesApp } from 'cdk8s';
import { App as TerraformApp } from 'cdktf';
import { IConstruct } from 'constructs';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { checked } from '../contracts/checked';
import { fail, SynthesisError } from '../contracts/errors';
import { suggestion } from '../contracts/suggestion';
import { reportUncaughtErrors } from '../contracts/uncaught-errors';
import { endWithUsage, ownArguments, readCommandLine } from './command-line';
import { Environment, EnvironmentProps } from './environment';
import { OutputWriter, SynthesisReport } from './output';
import { outputFolders } from './output-folder';
import { explainMissingCharts, misplacedConstructs } from './placement';

/** Options of an app. */
export interface PlatformAppProps {
  /**
   * Folder for Terraform.
   *
   * @default - CDKTF_OUTDIR, which `cdktf` sets, or `cdktf.out`
   */
  readonly terraformOutdir?: string;
  /**
   * Folder for Kubernetes manifests.
   *
   * @default - CDK8S_OUTDIR, which `cdk8s` sets, or `dist`
   */
  readonly manifestsOutdir?: string;
  /**
   * Names of the environments to synthesize. The others are built, but neither checked nor written.
   *
   * @default - the names behind `--environment` on the command line, or else all
   */
  readonly environments?: string[];
  /**
   * Whether each Kubernetes object names the construct that it comes from, in the annotation `nstarx.io/construct-path`.
   *
   * @default true
   */
  readonly constructPaths?: boolean;
  /**
   * The command line, without the name of the program: `process.argv.slice(2)`, or `sys.argv[1:]` in Python. Give an empty list when
   * the program has options of its own.
   *
   * @default - that of the process, unless its program is in a folder `node_modules`, as test runners are
   */
  readonly args?: string[];
}

/**
 * The root of a platform: owns a cdktf App and a cdk8s App and synthesizes both, so that `cdktf synth`, `cdk8s synth` and
 * a plain `node main.js` write the same files.
 */
@checked('PlatformApp')
export class PlatformApp {
  /** The tree of Terraform stacks. */
  public readonly terraform: TerraformApp;
  /** The tree of environments, compositions and Kubernetes objects. */
  public readonly kubernetes: KubernetesApp;
  private readonly terraformOutdir: string;
  private readonly manifestsOutdir: string;
  private readonly selected?: string[];
  private readonly selectedBy: string;
  private readonly constructPaths: boolean;
  private readonly byName = new Map<string, Environment>();

  /**
   * With `--help` on the command line it prints the options and ends the process.
   *
   * @throws InvalidInputError when an argument on the command line is not known, or the two folders are one
   */
  public constructor(props: PlatformAppProps = {}) {
    reportUncaughtErrors();
    const commandLine = readCommandLine(props.args ?? ownArguments());
    if (commandLine.help) endWithUsage();
    this.terraformOutdir = props.terraformOutdir ?? process.env.CDKTF_OUTDIR ?? 'cdktf.out';
    this.manifestsOutdir = props.manifestsOutdir ?? process.env.CDK8S_OUTDIR ?? 'dist';
    if (path.resolve(this.terraformOutdir) === path.resolve(this.manifestsOutdir)) {
      fail(
        'PlatformApp',
        'manifestsOutdir',
        'must be another folder than terraformOutdir',
        this.manifestsOutdir,
        'leave both out for cdktf.out and dist, or name two',
      );
    }
    this.selected = props.environments ?? commandLine.environments;
    this.selectedBy = props.environments ? 'environments' : '--environment';
    this.constructPaths = props.constructPaths ?? true;
    this.terraform = terraformApp();
    this.kubernetes = new KubernetesApp({ outdir: this.manifestsOutdir, recordConstructMetadata: false });
    explainMissingCharts(this.kubernetes, this.terraform);
  }

  /** The environments, in the order in which they were added. */
  public get environments(): Environment[] {
    return [...this.byName.values()];
  }

  /**
   * Adds an environment.
   *
   * @param name a DNS label of at most 20 characters, such as `production`
   * @throws InvalidInputError when the name is malformed or taken
   */
  public environment(name: string, props: EnvironmentProps): Environment {
    if (this.byName.has(name)) {
      fail(
        'PlatformApp',
        'environment',
        'must have a name of its own',
        name,
        `choose another; there are already: ${[...this.byName.keys()].join(', ')}`,
      );
    }
    const environment = new Environment(this.kubernetes, this.terraform, name, props, this.constructPaths);
    this.byName.set(name, environment);
    return environment;
  }

  /**
   * Checks everything, then writes `<terraformOutdir>/stacks/<stack>/cdk.tf.json` and `<manifestsOutdir>/<environment>/`.
   * Files of a previous synthesis that no longer exist in this one are removed; everything else in the folders stays.
   *
   * @throws SynthesisError with all that is wrong in both trees; nothing is written then
   */
  public synth(): SynthesisReport {
    return this._synthInto(this.terraformOutdir, this.manifestsOutdir);
  }

  /**
   * Synthesizes into other folders than the app's own, and other environments than those that were chosen for it.
   *
   * @internal
   */
  public _synthInto(terraformOutdir: string, manifestsOutdir: string, environments?: Environment[]): SynthesisReport {
    const started = process.hrtime.bigint();
    const chosen = environments ?? this.chosen();
    chosen.forEach((environment) => environment._prepare());
    const folders = outputFolders(this.kubernetes);
    const findings = findingsOf(chosen, misplacedConstructs(this.kubernetes, this.terraform, chosen));
    if (findings.length > 0) throw new SynthesisError(findings);
    const writer = new OutputWriter(this.terraform, terraformOutdir, manifestsOutdir);
    const reports = writer.write(chosen, folders, chosen.length < this.byName.size);
    return new SynthesisReport(reports, Number(process.hrtime.bigint() - started) / 1e9);
  }

  private chosen(): Environment[] {
    if (this.byName.size === 0) {
      fail(
        'PlatformApp',
        'environment',
        'must be called before synth()',
        undefined,
        "add one: app.environment('local', { provider: KindProvider.local() })",
      );
    }
    if (this.selected?.length === 0) {
      fail('PlatformApp', 'environments', 'must name an environment', [], 'leave it out for all of them');
    }
    const known = [...this.byName.keys()];
    const unknown = this.selected?.find((name) => !this.byName.has(name));
    if (unknown !== undefined) {
      const near = suggestion(unknown, known);
      fail(
        'PlatformApp',
        this.selectedBy,
        `must be one of ${known.join(', ')}`,
        unknown,
        near === undefined ? 'choose one of them, or leave it out for all' : `write ${near}`,
      );
    }
    return this.environments.filter((environment) => this.selected?.includes(environment.environmentName) ?? true);
  }
}

/**
 * cdktf's App makes its output folder when it is constructed, long before anything is known to be right. It gets a
 * temporary one, which is removed at once; OutputWriter brings the real one.
 */
function terraformApp(): TerraformApp {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'cdktf-'));
  try {
    return new TerraformApp({ outdir, stackTraces: false });
  } finally {
    fs.rmSync(outdir, { recursive: true, force: true });
  }
}

/**
 * What the constructs of some environments find wrong, from both trees, each with the construct's path; every message once.
 *
 * @param found what was found already
 */
function findingsOf(environments: Environment[], found: string[]): string[] {
  const roots: IConstruct[] = environments.flatMap((environment) => [environment, ...environment._stacks()]);
  const findings = new Set(found);
  for (const root of roots) {
    for (const construct of root.node.findAll()) {
      for (const message of construct.node.validate()) {
        // findings about another construct begin with its path already
        findings.add(message.startsWith('[') ? message : `[${construct.node.path}] ${message}`);
      }
    }
  }
  return [...findings].sort();
}
