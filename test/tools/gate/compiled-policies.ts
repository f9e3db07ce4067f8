import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { goTool } from '../go-tool';
import { OPA } from './tools';

/** The folder of the policies. */
export const POLICIES = path.join(__dirname, '../../../policies');

/** The policies as `opa build` compiles them to WebAssembly, with the entry point `gate/verdict`. */
export async function compiledPolicies(): Promise<Buffer> {
  const opa = await goTool(OPA);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'policies-'));
  try {
    const bundle = path.join(folder, 'bundle.tar.gz');
    // tests and bounds are no part of it; paths are in the module, so they are relative
    const args = ['build', '-t', 'wasm', '-e', 'gate/verdict', '-o', bundle, '--ignore', '*_test.rego', 'lib', 'gate'];
    execFileSync(opa, args, { cwd: POLICIES });
    return execFileSync('tar', ['-xzOf', bundle, '/policy.wasm'], {
      maxBuffer: 16 * 1024 * 1024,
      // it says that it takes the slash away
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
