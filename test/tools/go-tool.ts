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
  /** How long it takes to build. */
  readonly minutes: number;
}

/** Why programs of Go modules are not available on this machine, or undefined where they are. Builds nothing. */
export function whyNoGo(): string | undefined {
  return goVersion() === '' ? 'there is no go' : undefined;
}

/**
 * Path of the program, which is built once for each content of go.mod and go.sum and kept in the cache.
 *
 * @throws where it cannot be built
 */
export async function goTool(tool: GoTool): Promise<string> {
  const binary = binaryFile(tool);
  await withLock(`${binary}.lock`, async () => {
    if (fs.existsSync(binary)) return;
    process.stderr.write(`\nBuilding ${tool.name} (once, about ${tool.minutes} minutes)\n`);
    // beside it and renamed, so that a file of that name is whole
    const args = ['build', '-trimpath', '-ldflags', '-s -w', '-o', `${binary}.new`, tool.package];
    const env = { ...process.env, GOWORK: 'off' };
    const building = run('go', args, { cwd: tool.folder, env, maxBuffer: 64 * 1024 * 1024 });
    if (building.child.pid !== undefined) os.setPriority(building.child.pid, 5);
    await building;
    fs.renameSync(`${binary}.new`, binary);
  });
  return binary;
}

/** Whether it is built. */
export function isBuilt(tool: GoTool): boolean {
  return fs.existsSync(binaryFile(tool));
}

function binaryFile({ name, folder }: GoTool): string {
  const hash = createHash('sha256').update(goVersion());
  for (const file of ['go.mod', 'go.sum']) hash.update(fs.readFileSync(path.join(folder, file)));
  return path.join(cacheFolder(name), `${name}-${hash.digest('hex').slice(0, 16)}`);
}

function goVersion(): string {
  return spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? '';
}
