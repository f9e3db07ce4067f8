/**
 * Writes what is generated from the definitions in src/api/kinds: the typed constructs (src/api/generated), the CRDs and
 * the reference pages (docs/api). With `--check` it writes nothing and fails when a file is stale. With `--release` it also
 * makes the present CRDs the ones that later changes are compared with.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';

import { generateApi } from './generate-api/files';

const root = path.resolve(__dirname, '..');

const RELEASED = 'test/fixtures/released';

async function main(check: boolean, release: boolean): Promise<void> {
  const files = await generateApi(root);
  const stale = [...files].filter(([name, content]) => {
    const file = path.join(root, name);
    return !fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== content;
  });
  if (check && stale.length > 0) {
    throw new Error(`stale: ${stale.map(([name]) => name).join(', ')}. Run npx tsx scripts/generate-api.ts`);
  }
  for (const [name, content] of check ? [] : stale) {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    process.stdout.write(`wrote ${name}\n`);
  }
  if (release) {
    fs.mkdirSync(path.join(root, RELEASED), { recursive: true });
    for (const [name, content] of files) {
      if (name.endsWith('.yaml')) fs.writeFileSync(path.join(root, RELEASED, path.basename(name)), content);
    }
  }
}

main(process.argv.includes('--check'), process.argv.includes('--release')).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
