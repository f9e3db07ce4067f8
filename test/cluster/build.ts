/**
 * The programs of the test cluster: built once from their Go modules and kept in a cache folder.
 *
 * Run as a script, it builds what is missing and prints the folder of each program.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { withLock } from './lock';

/** Path of each program. */
export interface Binaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kubectl: string;
  readonly kwok: string;
}

interface Module {
  /** Folder beside this file with the Go module. */
  readonly folder: string;
  readonly binary: string;
  /** Names by which the binary is to be called. */
  readonly programs: readonly string[];
  readonly minutes: string;
}

const CONTROL_PLANE: Module = {
  folder: 'apiserver',
  binary: 'control-plane',
  programs: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'],
  minutes: 'about 6 minutes',
};
const KWOK: Module = { folder: 'kwok', binary: 'kwok', programs: ['kwok'], minutes: 'about 90 seconds' };

/** Why no test cluster can run on this machine, or undefined where one can. Builds nothing. */
export function whyUnavailable(): string | undefined {
  if (goVersion()) {
    return undefined;
  }
  const missing = [...CONTROL_PLANE.programs, ...KWOK.programs].filter((name) => !provided(name));
  return missing.length === 0 ? undefined : `Go is not installed and KUBEBUILDER_ASSETS has no ${missing.join(', ')}`;
}

/**
 * Paths of all programs. Those in the folder KUBEBUILDER_ASSETS come first; the module of each other one is built,
 * unless the cache has it.
 *
 * @throws where a program is neither there nor can be built.
 */
export async function binaries(): Promise<Binaries> {
  const found = new Map<string, string>();
  for (const module of [CONTROL_PLANE, KWOK]) {
    const missing = module.programs.filter((name) => !provided(name));
    const folder = missing.length > 0 ? await ensureBuilt(module) : '';
    for (const name of module.programs) {
      found.set(name, provided(name) ?? path.join(folder, name));
    }
  }
  const at = (name: string): string => found.get(name) ?? name;
  return {
    etcd: at('etcd'),
    kubeApiserver: at('kube-apiserver'),
    kubeControllerManager: at('kube-controller-manager'),
    kubeScheduler: at('kube-scheduler'),
    kubectl: at('kubectl'),
    kwok: at('kwok'),
  };
}

/** The programs that a first run builds: those that are neither in KUBEBUILDER_ASSETS nor in the cache. */
export function unbuiltPrograms(): string[] {
  return [CONTROL_PLANE, KWOK]
    .filter((module) => module.programs.some((name) => !provided(name)) && !fs.existsSync(targetFolder(module)))
    .map(({ binary }) => binary);
}

/** Folder that keeps the built programs from one run to the next. */
export function cacheFolder(): string {
  const root = process.env.ML_PLATFORM_CACHE || process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.resolve(root, 'ml-platform-constructs');
}

function provided(name: string): string | undefined {
  const file = process.env.KUBEBUILDER_ASSETS && path.join(process.env.KUBEBUILDER_ASSETS, name);
  return file && fs.existsSync(file) ? path.resolve(file) : undefined;
}

let cachedGoVersion: string | undefined;

/** What `go version` says, or an empty string where Go is not installed. */
function goVersion(): string {
  if (cachedGoVersion === undefined) {
    try {
      cachedGoVersion = execFileSync('go', ['version'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      cachedGoVersion = '';
    }
  }
  return cachedGoVersion;
}

/** Another source, dependency or compiler is another folder, so a stale binary is never used. */
function targetFolder(module: Module): string {
  const source = path.join(__dirname, module.folder);
  const hash = createHash('sha256').update(goVersion());
  const files = fs.readdirSync(source).filter((name) => /^go\.(mod|sum)$|\.go$/.test(name));
  for (const name of files.sort()) {
    hash.update(`\0${name}\0`).update(fs.readFileSync(path.join(source, name)));
  }
  return path.join(cacheFolder(), `${module.folder}-${hash.digest('hex').slice(0, 16)}`);
}

async function ensureBuilt(module: Module): Promise<string> {
  const target = targetFolder(module);
  if (!fs.existsSync(target)) {
    if (!goVersion()) {
      throw new Error(`cannot build ${module.programs.join(', ')}: ${whyUnavailable()}`);
    }
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const buildUnlessDone = async (): Promise<void> => {
      if (!fs.existsSync(target)) {
        await build(module, target);
      }
    };
    const onWait = (): void => progress(`waiting for another process that builds ${module.binary}`);
    await withLock(`${target}.lock`, buildUnlessDone, onWait);
  }
  return target;
}

/** Builds beside the target and renames, so that a folder with the target's name is always whole. */
async function build(module: Module, target: string): Promise<void> {
  const started = Date.now();
  progress(`building ${module.programs.join(', ')} once, ${module.minutes} (kept in ${target})`);
  const heartbeat = setInterval(() => progress(`still building ${module.binary}, ${elapsed(started)}`), 60_000);
  const temporary = fs.mkdtempSync(`${target}.tmp-`);
  try {
    const output = path.join(temporary, module.binary);
    await runGo(['build', '-trimpath', '-ldflags', linkerFlags(module), '-o', output, '.'], module);
    for (const name of module.programs.filter((program) => program !== module.binary)) {
      fs.symlinkSync(module.binary, path.join(temporary, name));
    }
    fs.chmodSync(temporary, 0o755);
    fs.renameSync(temporary, target);
    progress(`built ${module.binary} in ${elapsed(started)}`);
  } finally {
    clearInterval(heartbeat);
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

/** The server must say its real version: clients and version-dependent features look at it. */
function linkerFlags(module: Module): string {
  const goMod = fs.readFileSync(path.join(__dirname, module.folder, 'go.mod'), 'utf8');
  const [, version, major, minor] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(goMod) ?? [];
  if (!version) {
    return '-s -w';
  }
  const variable = '-X k8s.io/component-base/version.git';
  return `-s -w ${variable}Version=${version} ${variable}Major=${major} ${variable}Minor=${minor}`;
}

function runGo(args: string[], module: Module): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd: path.join(__dirname, module.folder),
      env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)));
    child.on('error', reject);
    child.on('spawn', () => {
      if (child.pid) {
        os.setPriority(child.pid, 5);
      }
    });
    child.on('close', (code) => {
      return code === 0 ? resolve() : reject(new Error(`go build of ${module.folder} exited ${code}:\n${errors}`));
    });
  });
}

function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function progress(line: string): void {
  process.stderr.write(`test cluster: ${line}\n`);
}

if (require.main === module) {
  binaries().then(
    (paths) => process.stdout.write(`${JSON.stringify(paths, undefined, 2)}\n`),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}
