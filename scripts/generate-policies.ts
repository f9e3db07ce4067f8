/**
 * Writes what the package has of the folder policies/: the bounds, and the policies compiled to WebAssembly.
 *
 *   npm run policies    # with opa of test/tools/gate, which Go builds once
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { deflateRawSync } from 'node:zlib';

import { compiledPolicies } from '../test/tools/gate/compiled-policies';

const ROOT = path.join(__dirname, '..');
const GENERATED = path.join(ROOT, 'src/kinds/model-deployment/generated');
const NOTE = '// Generated from the folder policies/ by scripts/generate-policies.ts. Do not edit.\n';

/** The module of the bounds. */
export function boundsModule(): string {
  const folder = path.join(ROOT, 'policies/bounds');
  const tiers = fs.readdirSync(folder).sort();
  const bounds = Object.fromEntries(
    tiers.map((file) => [
      path.basename(file, '.json'),
      JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')) as unknown,
    ]),
  );
  return `${NOTE}import { Tier } from '../../../contracts/tier';
import { ModelPolicies } from '../settings';

/** What is asked of manifests in environments of a tier. */
export const BOUNDS = JSON.parse(
  '${JSON.stringify(bounds)}',
) as { readonly [tier in Tier]: ModelPolicies };
`;
}

/** The module of the compiled policies. */
export function wasmModule(compressed: Buffer): string {
  return `${NOTE}
/** The module of WebAssembly, deflated, in base64. */
export const GATE_WASM =
  '${compressed.toString('base64')}';
`;
}

async function main(): Promise<void> {
  const modules = {
    'bounds.ts': boundsModule(),
    'gate-wasm.ts': wasmModule(deflateRawSync(await compiledPolicies(), { level: 9 })),
  };
  fs.mkdirSync(GENERATED, { recursive: true });
  for (const [name, text] of Object.entries(modules)) fs.writeFileSync(path.join(GENERATED, name), text);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
