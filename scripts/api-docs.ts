/**
 * Writes API.md from the jsii assembly, or with `--check` says whether it is stale. Run after `npm run build`.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const root = path.join(__dirname, '..');
const committed = path.join(root, 'API.md');

function generate(): string {
  if (!fs.existsSync(path.join(root, '.jsii'))) {
    throw new Error('there is no jsii assembly: run `npm run build` first');
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'api-docs-'));
  try {
    const program = require.resolve('jsii-docgen/bin/jsii-docgen', { paths: [root] });
    execFileSync(process.execPath, [program, '--output', path.join(folder, 'API')], { cwd: root, stdio: 'inherit' });
    return fs.readFileSync(path.join(folder, 'API.md'), 'utf8');
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function main(): void {
  const generated = generate();
  if (!process.argv.includes('--check')) {
    fs.writeFileSync(committed, generated);
    return;
  }
  if (!fs.existsSync(committed) || fs.readFileSync(committed, 'utf8') !== generated) {
    console.error('API.md is stale: run `npm run docs` and commit the result.');
    process.exitCode = 1;
  }
}

main();
