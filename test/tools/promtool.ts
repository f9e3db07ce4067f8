import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { stringify } from 'yaml';

import { goTool, GoTool, isBuilt, whyNoGo } from './go-tool';

const PROMTOOL: GoTool = {
  name: 'promtool',
  package: 'github.com/prometheus/prometheus/cmd/promtool',
  folder: __dirname,
  // it computes for minutes
  optimized: true,
  minutes: 4,
};

/** Why promtool is not available on this machine, or undefined where it is. Builds nothing. */
export const whyNoPromtool = whyNoGo;

/**
 * Path of promtool.
 *
 * @throws where it cannot be built
 */
export async function promtool(): Promise<string> {
  return goTool(PROMTOOL);
}

/** Whether it is built. */
export function hasPromtool(): boolean {
  return isBuilt(PROMTOOL);
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
