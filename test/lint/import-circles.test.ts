import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { temporaryFolder } from '../support/synth';

const ROOT = path.join(__dirname, '..', '..');
const CRUISER = path.join(ROOT, 'node_modules', '.bin', 'depcruise');

interface Result {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { rule: { severity: string; name: string }; from: string }[];
  };
}

/** The rules that some files break, each with where the cycle begins. */
function violations(files: { [file: string]: string }): string[] {
  const folder = temporaryFolder();
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  }
  const args = ['--config', path.join(ROOT, '.dependency-cruiser.js'), '--output-type', 'json', '.'];
  const { stdout, stderr } = spawnSync(CRUISER, args, { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  const { summary } = JSON.parse(stdout) as Result;
  expect(summary.totalCruised).toBe(Object.keys(files).length);
  return summary.violations.map(({ rule, from }) => `${rule.severity} ${rule.name}: ${from}`).sort();
}

test('files and folders that import in one direction are allowed', () => {
  expect(
    violations({
      'src/app/a.ts': "import { b } from './b';\nimport { c } from '../checks/c';\nexport const a = b + c;",
      'src/app/b.ts': "import type { C } from '../checks/c';\nexport const b: C = 1;",
      'src/checks/c.ts': 'export type C = number;\nexport const c: C = 2;',
    }),
  ).toEqual([]);
});

test.each(['src/app', 'operators/src/runtime'])(
  'a cycle of files in %s is refused, though it be of types',
  (folder) => {
    expect(
      violations({
        [`${folder}/a.ts`]: "import { b } from './b';\nexport type A = number;\nexport const a = b;",
        [`${folder}/b.ts`]: "import type { A } from './a';\nexport const b: A = 1;",
      }),
    ).toEqual([`error no-circular-files: ${folder}/a.ts`]);
  },
);

test('a cycle of folders is refused, though none of their files be in one', () => {
  expect(
    violations({
      'src/constructs/pipelines/a.ts': "import { b } from '../serving/b';\nexport const a = b;",
      'src/constructs/serving/b.ts': 'export const b = 1;',
      'src/constructs/serving/c.ts': "import type { D } from '../pipelines/d';\nexport const c: D = 1;",
      'src/constructs/pipelines/d.ts': 'export type D = number;',
    }),
  ).toEqual([
    'error no-circular-folders: src/constructs/pipelines',
    'error no-circular-folders: src/constructs/serving',
  ]);
});
