import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { withLock } from '../cluster/lock';
import { cacheFolder } from './python';

const run = promisify(execFile);

/** A program of a Go module, which a go.mod of this repository names as a tool. */
export interface GoTool {
  /** Name of the program. */
  readonly name: string;
  /** Its package. */
  readonly package: string;
  /** Folder of the go.mod. */
  readonly folder: string;
  /** Whether its speed counts: then it is compiled as a release is. @default false */
  readonly optimized?: boolean;
  /** How long it takes to build. */
  readonly minutes: number;
  /** What a module lacks as it is published, such as files that its release makes first. */
  readonly lacks?: { readonly module: string; readonly files: { readonly [file: string]: string } };
}

/** Why programs of Go modules are not available on this machine, or undefined where they are. Builds nothing. */
export function whyNoGo(): string | undefined {
  return goVersion() === '' ? 'there is no go' : undefined;
}

/**
 * Path of the program, which is built once for each content of go.mod and go.sum, and of its package where that is ours, and kept in the cache.
 *
 * @throws where it cannot be built
 */
export async function goTool(tool: GoTool): Promise<string> {
  const binary = binaryFile(tool);
  await withLock(`${binary}.lock`, async () => {
    if (fs.existsSync(binary)) return;
    process.stderr.write(`\nBuilding ${tool.name} (once, about ${tool.minutes} minutes)\n`);
    // beside it and renamed, so that a file of that name is whole
    const args = [
      'build',
      '-trimpath',
      ...compilerFlags(tool),
      '-ldflags',
      '-s -w',
      '-o',
      `${binary}.new`,
      tool.package,
    ];
    const env = { ...process.env, GOWORK: 'off' };
    const sources = tool.lacks && (await completed(tool, `${binary}.src`, env));
    if (sources !== undefined) args.splice(1, 0, `-modfile=${path.join(sources, 'tools.mod')}`);
    const building = run('go', args, { cwd: tool.folder, env, maxBuffer: 64 * 1024 * 1024 });
    if (building.child.pid !== undefined) os.setPriority(building.child.pid, 5);
    await building;
    fs.renameSync(`${binary}.new`, binary);
    if (sources !== undefined) fs.rmSync(sources, { recursive: true, force: true });
  });
  return binary;
}

/** What nobody debugs needs no DWARF, and what runs for seconds no inlining: it compiles in two thirds of the time. */
function compilerFlags({ optimized = false }: GoTool): string[] {
  return [`-gcflags=all=-dwarf=false${optimized ? '' : ' -l'}`];
}

/** A folder with the module as a whole, and a `tools.mod` beside it that takes the module from there. */
async function completed({ lacks, folder }: GoTool, into: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { module, files } = lacks ?? { module: '', files: {} };
  const go = async (...args: string[]): Promise<string> => (await run('go', args, { cwd: folder, env })).stdout.trim();
  await go('mod', 'download', module);
  const copy = path.join(into, 'module');
  fs.rmSync(into, { recursive: true, force: true });
  // files of the module cache are for reading only
  fs.cpSync(await go('list', '-m', '-f', '{{.Dir}}', module), copy, { recursive: true });
  await run('chmod', ['-R', 'u+w', copy]);
  for (const [file, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    fs.writeFileSync(path.join(copy, file), content);
  }
  fs.copyFileSync(path.join(folder, 'go.mod'), path.join(into, 'tools.mod'));
  fs.copyFileSync(path.join(folder, 'go.sum'), path.join(into, 'tools.sum'));
  await go('mod', 'edit', `-replace=${module}=${copy}`, path.join(into, 'tools.mod'));
  return into;
}

/** Whether it is built. */
export function isBuilt(tool: GoTool): boolean {
  return fs.existsSync(binaryFile(tool));
}

function binaryFile({ name, folder, package: main }: GoTool): string {
  const hash = createHash('sha256').update(goVersion());
  const own = main.startsWith('./') ? fs.readdirSync(path.join(folder, main)).map((file) => path.join(main, file)) : [];
  for (const file of ['go.mod', 'go.sum', ...own]) hash.update(fs.readFileSync(path.join(folder, file)));
  return path.join(cacheFolder(name), `${name}-${hash.digest('hex').slice(0, 16)}`);
}

function goVersion(): string {
  return spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? '';
}
