import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { TerraformJson } from '../../support/terraform-graph';

/**
 * A test that needs Terraform. Where it cannot run, it is skipped, its name says why, and the reporter counts it at the end; with CI=true that
 * is a failure, unless ML_PLATFORM_TERRAFORM=optional says that this machine cannot have plugins.
 */
export function terraformTest(name: string, obstacle: Obstacle | undefined, run: () => void): void {
  if (obstacle === undefined) {
    test(name, run);
  } else if (isFailure(obstacle, process.env)) {
    test(name, () => {
      throw new Error(`not run: ${obstacle.reason}; with ML_PLATFORM_TERRAFORM=optional it is named as not run`);
    });
  } else {
    test.skip(`${name} (not run: ${obstacle.reason})`, run);
  }
}

/** Whether a test that cannot run is a failure, by the variables of the run. */
export function isFailure({ isLasting }: Obstacle, { CI, ML_PLATFORM_TERRAFORM }: NodeJS.ProcessEnv): boolean {
  return CI === 'true' && ML_PLATFORM_TERRAFORM !== 'optional' && !isLasting;
}

/** Why a test of Terraform cannot run. */
export interface Obstacle {
  readonly reason: string;
  /** Whether it would be so on any machine, as for a plan that needs an account. */
  readonly isLasting: boolean;
}

/** What a command of Terraform said. */
export interface CommandResult {
  readonly stdout: string;
  /** What it complained about; undefined where it succeeded, warnings or not. */
  readonly failure?: string;
}

/** What `terraform validate -json` prints, as far as the tests read it. */
export interface Validation {
  readonly valid: boolean;
  readonly diagnostics: readonly {
    readonly severity: 'error' | 'warning';
    readonly summary: string;
    readonly detail?: string;
    readonly address?: string;
    readonly snippet?: { readonly context?: string; readonly code: string };
  }[];
}

/** Providers that plan without reaching anything. */
const OFFLINE = new Set(['tehcyx/kind']);

const environment = {
  ...process.env,
  CHECKPOINT_DISABLE: '1',
  TF_IN_AUTOMATION: '1',
  TF_INPUT: '0',
  // nothing here needs credentials, so none are looked for
  AWS_EC2_METADATA_DISABLED: 'true',
  // without a network, it is known at once
  TF_REGISTRY_DISCOVERY_RETRY: '0',
  TF_REGISTRY_CLIENT_TIMEOUT: '10',
  ...pluginCache(),
};

/** Runs Terraform in a folder. */
export function terraform(folder: string, args: readonly string[], input?: string): CommandResult {
  const { status, stdout, stderr, error } = spawnSync('terraform', args, {
    cwd: folder,
    env: environment,
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    timeout: 600_000,
  });
  return { stdout: stdout ?? '', failure: status === 0 ? undefined : (error?.message ?? stderr) };
}

let found: boolean | undefined;

/** Why Terraform cannot be run here; undefined where it can. */
export function obstacleToRun(): Obstacle | undefined {
  found ??= terraform(os.tmpdir(), ['version', '-json']).failure === undefined;
  return found ? undefined : { reason: 'terraform is not on the PATH', isLasting: false };
}

/** Why a stack cannot be validated here; undefined where it can. */
export function obstacleToValidation(json: TerraformJson): Obstacle | undefined {
  const obstacle = obstacleToRun();
  if (obstacle !== undefined) return obstacle;
  const missing = providersOf(json).filter((provider) => !isAvailable(provider));
  if (missing.length === 0) return undefined;
  return { reason: `no plugin of ${missing.map(describeProvider).join(', ')}`, isLasting: false };
}

/** Why a stack cannot be planned here; undefined where it can. */
export function obstacleToPlan(json: TerraformJson): Obstacle | undefined {
  const anywhere = (reason: string): Obstacle => ({ reason, isLasting: true });
  const online = providersOf(json).filter(({ source }) => !OFFLINE.has(source));
  if (online.length > 0) return anywhere(`needs what is behind ${online.map(({ source }) => source).join(', ')}`);
  if (Object.keys(json.data?.terraform_remote_state ?? {}).length > 0)
    return anywhere('needs the state of another stack');
  return obstacleToValidation(json);
}

/**
 * A copy of a stack's folder in which Terraform may leave its files, with the plugins installed and the state kept beside it.
 *
 * @throws with what Terraform said, where it cannot be initialized
 */
export function initializedCopy(folder: string, parent: string): string {
  const copy = path.join(parent, path.basename(folder));
  fs.cpSync(folder, copy, { recursive: true });
  // files named so are laid over the others: the backend of the stack itself is not available
  fs.writeFileSync(path.join(copy, 'override.tf.json'), JSON.stringify({ terraform: { backend: { local: {} } } }));
  const { failure } = terraform(copy, ['init', '-no-color']);
  if (failure !== undefined) throw new Error(`terraform init: ${failure}`);
  return copy;
}

/** Errors and warnings of `terraform validate`, one line each. */
export function validate(folder: string): { errors: string[]; warnings: string[] } {
  // it fails where it finds errors, and prints them all the same
  const { stdout, failure } = terraform(folder, ['validate', '-json']);
  if (!stdout.startsWith('{')) throw new Error(`terraform validate: ${failure}`);
  const { diagnostics } = JSON.parse(stdout) as Validation;
  const lines = (severity: string) =>
    diagnostics
      .filter((diagnostic) => diagnostic.severity === severity)
      .map(({ summary, detail, address, snippet }) =>
        [address ?? snippet?.context, summary, detail, snippet?.code.trim()].filter(Boolean).join(': '),
      );
  return { errors: lines('error'), warnings: lines('warning') };
}

interface Provider {
  /** Such as `hashicorp/aws`. */
  readonly source: string;
  readonly version: string;
}

function providersOf(json: TerraformJson): Provider[] {
  return Object.values(json.terraform?.required_providers ?? {})
    .map(({ source, version }) => ({ source: source.includes('/') ? source : `hashicorp/${source}`, version }))
    .filter(({ source }) => source !== 'terraform.io/builtin/terraform');
}

function describeProvider({ source, version }: Provider): string {
  return `${source} ${version}`;
}

const availability = new Map<string, boolean>();

/** Whether a provider's plugin is available: from the mirror that TF_CLI_CONFIG_FILE names, or from the registry. */
function isAvailable(provider: Provider): boolean {
  const name = describeProvider(provider);
  const known = availability.get(name);
  if (known !== undefined) return known;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'platform-terraform-provider-'));
  try {
    const content = { terraform: { required_providers: { probe: provider } } };
    fs.writeFileSync(path.join(folder, 'main.tf.json'), JSON.stringify(content));
    const available = terraform(folder, ['init', '-backend=false', '-no-color']).failure === undefined;
    availability.set(name, available);
    return available;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Plugins from the registry are hundreds of megabytes, so they are kept between runs. A user with a configuration of
 * Terraform's own decides that there; plugins from a mirror are never kept.
 */
function pluginCache(): { [variable: string]: string } {
  if (process.env.TF_CLI_CONFIG_FILE || process.env.TF_PLUGIN_CACHE_DIR) return {};
  const root = process.env.ML_PLATFORM_CACHE || process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const folder = path.join(root, 'ml-platform-constructs', 'terraform-plugins');
  fs.mkdirSync(folder, { recursive: true });
  return { TF_PLUGIN_CACHE_DIR: folder, TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: '1' };
}
