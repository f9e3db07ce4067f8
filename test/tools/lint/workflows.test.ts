import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describeTool } from '../describe-tool';
import { goTool, whyNoGo } from '../go-tool';
import { pythonWithLinters, whyNoPython } from '../python';
import { ACTIONLINT } from './go-linters';

const ROOT = path.resolve(__dirname, '../../..');
const FOLDER = path.join('.github', 'workflows');

function outputOf(program: string, ...args: string[]): string {
  const { stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' });
  if (error) throw error;
  return `${stdout}${stderr}`;
}

// neither has exceptions: what they find is fixed
describeTool('actionlint', whyNoGo(), () => {
  test('finds nothing in the workflows', async () => {
    const files = fs.readdirSync(path.join(ROOT, FOLDER)).map((file) => path.join(FOLDER, file));
    expect(files.length).toBeGreaterThan(1);
    // what it does with shellcheck would depend on the machine
    expect(outputOf(await goTool(ACTIONLINT), '-no-color', '-shellcheck=', '-pyflakes=', ...files)).toBe('');
  });
});

describeTool('zizmor', whyNoPython(), () => {
  test('finds nothing in the workflows and in the settings of Dependabot', async () => {
    const program = path.join(path.dirname(await pythonWithLinters()), 'zizmor');
    const options = ['--offline', '--persona', 'pedantic', '--format', 'json', '--no-progress'];
    const { stdout, status } = spawnSync(program, [...options, '.github'], { cwd: ROOT, encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual([]);
    expect(status).toBe(0);
  });
});
