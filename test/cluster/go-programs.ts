/** Programs that are built once from a Go module and kept in a cache folder. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { withLock } from './lock';

/** What is built from a Go module at once. */
export interface GoPrograms {
  /** Name of the folder in the cache, before the hash of its sources. */
  readonly name: string;
  /** Folder with `go.mod`. */
  readonly module: string;
  /**
   * Packages to build, one program each, by the name of its file.
   *
   * @default - the package in the folder of the module, with the name `name`
   */
  readonly packages?: Readonly<Record<string, string>>;
  /** Further names by which a program is called: each is a link to it. @default - none */
  readonly links?: Readonly<Record<string, readonly string[]>>;
  /** Build tags. @default - none */
  readonly tags?: readonly string[];
  /** How long it takes on two cores, for the user who waits. */
  readonly minutes: string;
}

let cachedGoVersion: string | undefined;

/** What `go version` says, or an empty string where Go is not installed. */
export function goVersion(): string {
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

/** Folder that keeps what was built from one run to the next. */
export function cacheFolder(): string {
  const root = process.env.ML_PLATFORM_CACHE || process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.resolve(root, 'ml-platform-constructs');
}

/** Whether the cache has these programs. */
export function isBuilt(programs: GoPrograms): boolean {
  return fs.existsSync(targetFolder(programs));
}

/**
 * The folder with these programs, built where the cache does not have it.
 *
 * @throws where they cannot be built
 */
export async function ensureBuilt(programs: GoPrograms): Promise<string> {
  const target = targetFolder(programs);
  if (!fs.existsSync(target)) {
    if (!goVersion()) {
      throw new Error(`cannot build ${namesOf(programs).join(', ')}: Go is not installed`);
    }
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const buildUnlessDone = async (): Promise<void> => {
      if (!fs.existsSync(target)) {
        await build(programs, target);
      }
    };
    const onWait = (): void => progress(`waiting for another process that builds ${programs.name}`);
    await withLock(`${target}.lock`, buildUnlessDone, onWait);
  }
  return target;
}

/** Another source, dependency or compiler is another folder, so a stale binary is never used. */
function targetFolder({ name, module, packages = {} }: GoPrograms): string {
  const hash = createHash('sha256').update(goVersion());
  for (const file of sourcesIn(module, packages)) {
    hash.update(`\0${file}\0`).update(fs.readFileSync(path.join(module, file)));
  }
  return path.join(cacheFolder(), `${name}-${hash.digest('hex').slice(0, 16)}`);
}

/** `go.mod`, `go.sum` and the Go files of the module's folder and of the packages in it. */
function sourcesIn(module: string, packages: Readonly<Record<string, string>>): string[] {
  const own = Object.values(packages).filter((name) => name.startsWith('./'));
  return ['.', ...own]
    .flatMap((folder) => fs.readdirSync(path.join(module, folder)).map((name) => path.join(folder, name)))
    .filter((name) => /(^|\/)go\.(mod|sum)$|\.go$/.test(name))
    .sort();
}

/** Builds beside the target and renames, so that a folder with the target's name is always whole. */
async function build(programs: GoPrograms, target: string): Promise<void> {
  const { name, packages = { [name]: '.' }, links = {} } = programs;
  const started = Date.now();
  progress(`building ${namesOf(programs).join(', ')} once, ${programs.minutes} (kept in ${target})`);
  const heartbeat = setInterval(() => progress(`still building ${name}, ${elapsed(started)}`), 60_000);
  const temporary = fs.mkdtempSync(`${target}.tmp-`);
  try {
    for (const [binary, source] of Object.entries(packages)) {
      await runGo(['build', ...flagsOf(programs), '-o', path.join(temporary, binary), source], programs);
      for (const link of links[binary] ?? []) {
        fs.symlinkSync(binary, path.join(temporary, link));
      }
    }
    fs.chmodSync(temporary, 0o755);
    fs.renameSync(temporary, target);
    progress(`built ${name} in ${elapsed(started)}`);
  } finally {
    clearInterval(heartbeat);
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

function namesOf({ name, packages = { [name]: '.' }, links = {} }: GoPrograms): string[] {
  return Object.keys(packages).flatMap((binary) => links[binary] ?? [binary]);
}

function flagsOf(programs: GoPrograms): string[] {
  const { tags = [] } = programs;
  // nobody debugs them
  const compiler = '-gcflags=all=-dwarf=false';
  return [
    '-trimpath',
    compiler,
    '-ldflags',
    linkerFlags(programs),
    ...(tags.length > 0 ? ['-tags', tags.join(',')] : []),
  ];
}

/** Programs of Kubernetes must say their real version: clients and version-dependent features look at it. */
function linkerFlags({ module }: GoPrograms): string {
  const goMod = fs.readFileSync(path.join(module, 'go.mod'), 'utf8');
  const [, version, major, minor] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(goMod) ?? [];
  if (!version) {
    return '-s -w';
  }
  const variable = '-X k8s.io/component-base/version.git';
  return `-s -w ${variable}Version=${version} ${variable}Major=${major} ${variable}Minor=${minor}`;
}

function runGo(args: string[], { name, module }: GoPrograms): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd: module,
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
      return code === 0 ? resolve() : reject(new Error(`go build of ${name} exited ${code}:\n${errors}`));
    });
  });
}

function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function progress(line: string): void {
  process.stderr.write(`test programs: ${line}\n`);
}
