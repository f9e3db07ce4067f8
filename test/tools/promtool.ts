import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { stringify } from 'yaml';

import { withLock } from '../cluster/lock';
import { cacheFolder } from './python';

const run = promisify(execFile);

const PACKAGE = 'github.com/prometheus/prometheus/cmd/promtool';

/** Why promtool is not available on this machine, or undefined where it is. Builds nothing. */
export function whyNoPromtool(): string | undefined {
  return goVersion() === '' ? 'there is no go' : undefined;
}

/**
 * Path of promtool, which is built once for each content of go.mod and go.sum and kept in the cache.
 *
 * @throws where it cannot be built
 */
export async function promtool(): Promise<string> {
  const binary = binaryFile();
  await withLock(`${binary}.lock`, async () => {
    if (fs.existsSync(binary)) return;
    process.stderr.write('\nBuilding promtool (once, about 4 minutes)\n');
    // beside it and renamed, so that a file of that name is whole
    const options = ['-trimpath', '-ldflags', '-s -w', '-o', `${binary}.new`];
    const env = { ...process.env, GOWORK: 'off' };
    const building = run('go', ['build', ...options, PACKAGE], { cwd: __dirname, env, maxBuffer: 64 * 1024 * 1024 });
    if (building.child.pid !== undefined) os.setPriority(building.child.pid, 5);
    await building;
    fs.renameSync(`${binary}.new`, binary);
  });
  return binary;
}

/** Whether it is built. */
export function hasPromtool(): boolean {
  return fs.existsSync(binaryFile());
}

function binaryFile(): string {
  const hash = createHash('sha256').update(goVersion());
  for (const name of ['go.mod', 'go.sum']) hash.update(fs.readFileSync(path.join(__dirname, name)));
  return path.join(cacheFolder('promtool'), `promtool-${hash.digest('hex').slice(0, 16)}`);
}

/** How promtool ended, and what it said. */
export interface PromtoolResult {
  readonly passed: boolean;
  readonly output: string;
}

/** Runs promtool in a folder with the given files, written as YAML. */
export async function runPromtool(
  args: string[],
  files: { readonly [name: string]: unknown },
): Promise<PromtoolResult> {
  const binary = await promtool();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'promtool-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      fs.writeFileSync(path.join(folder, name), stringify(content, { lineWidth: 0, aliasDuplicateObjects: false }));
    }
    const { status, stdout, stderr } = spawnSync(binary, args, {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    return { passed: status === 0, output: `${stdout}${stderr}` };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function goVersion(): string {
  return spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? '';
}
