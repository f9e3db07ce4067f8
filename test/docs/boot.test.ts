import * as fs from 'fs';
import * as path from 'path';
import { bootPage } from '../../scripts/boot-docs';
import { ROOT } from './pages';

test('the page about the first boot has the steps of today', async () => {
  const page = await bootPage();
  expect(fs.readFileSync(path.join(ROOT, 'docs/boot.md'), 'utf8')).toBe(page);
  expect(page).toContain('flowchart TD');
  expect(page).toMatch(/\| argo-cd-apps +\| argo-cd-apps +\| terraform-values/);
});
