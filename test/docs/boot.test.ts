import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { ROOT } from './pages';

test('the page about the first boot has the steps of today', () => {
  // a process of its own, since Prettier is a module that jest cannot load
  execFileSync('npx', ['tsx', 'scripts/boot-docs.ts', '--check'], { cwd: ROOT, stdio: 'pipe' });
  const page = fs.readFileSync(path.join(ROOT, 'docs/boot.md'), 'utf8');
  expect(page).toContain('flowchart TD');
  expect(page).toMatch(/\| argo-cd-apps +\| argo-cd-apps +\| terraform-values/);
}, 60_000);
