import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { ROOT } from './pages';

test('the page about ChatDB has the picture and the table that its example gives', () => {
  // a process of its own, since Prettier is a module that jest cannot load
  execFileSync('npx', ['tsx', 'scripts/chatdb-docs.ts', '--check'], { cwd: ROOT, stdio: 'pipe' });
  const page = fs.readFileSync(path.join(ROOT, 'docs/compositions/chatdb.md'), 'utf8');
  expect(page).toContain('flowchart LR');
  expect(page).toMatch(/\| query-parser +\| chatdb-services +\| 5001 /);
  expect(fs.readFileSync(path.join(ROOT, 'docs/compositions/chatdb.svg'), 'utf8')).toContain('api-gateway');
}, 60_000);
