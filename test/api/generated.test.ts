import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { fileName } from '../../scripts/generate-api/constructs';
import { KINDS } from '../../src/api/kinds';
import { crdName } from '../../src/api/schema/crd';

const ROOT = path.resolve(__dirname, '../..');

/** Runs the generator in a process of its own: prettier cannot be loaded inside jest. */
function check(root: string): string {
  const script = path.join(root, 'scripts/generate-api.ts');
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, '--check'], {
    encoding: 'utf8',
    cwd: ROOT,
  });
  return status === 0 ? '' : stderr;
}

test('what is generated is up to date', () => {
  expect(check(ROOT)).toBe('');
});

test('a stale file is named', () => {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'generate-api-'));
  try {
    for (const folder of ['scripts', 'src/api', 'src/contracts', 'src/constructs', 'docs/api']) {
      fs.cpSync(path.join(ROOT, folder), path.join(copy, folder), { recursive: true });
    }
    fs.cpSync(path.join(ROOT, '.prettierrc.json'), path.join(copy, '.prettierrc.json'));
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
    fs.appendFileSync(path.join(copy, 'docs/api/ai-zone.md'), 'written by hand\n');
    fs.rmSync(path.join(copy, 'src/api/generated/shared.ts'));
    expect(check(copy)).toContain(
      'stale: src/api/generated/shared.ts, docs/api/ai-zone.md. Run npx tsx scripts/generate-api.ts',
    );
  } finally {
    fs.rmSync(copy, { recursive: true });
  }
});

test('nothing is left of a kind that is gone', () => {
  const crds = KINDS.map((kind) => `${crdName(kind)}.yaml`);
  expect(fs.readdirSync(path.join(ROOT, 'docs/api/crds')).sort()).toEqual(crds.sort());
  const files = [...KINDS.map((kind) => `${fileName(kind)}.ts`), 'index.ts', 'shared.ts'];
  expect(fs.readdirSync(path.join(ROOT, 'src/api/generated')).sort()).toEqual(files.sort());
});

test('every kind has a page, and the overview leads to it', () => {
  const overview = fs.readFileSync(path.join(ROOT, 'docs/api/README.md'), 'utf8');
  for (const { kind } of KINDS) {
    const [, link] = new RegExp(`\\[${kind}\\]\\(([a-z-]+\\.md)\\)`).exec(overview) ?? [];
    expect(fs.readFileSync(path.join(ROOT, 'docs/api', link), 'utf8')).toContain(`# ${kind}\n`);
  }
});
