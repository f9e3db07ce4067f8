import { execFileSync, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { printedFiles } from '../docs/pages';
import { linkModules, pack, packageJson, temporaryFolder } from './package';

let folder: string;

/** What a program printed and how it ended. */
interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const shell = process.platform === 'win32';
// a user has no jest around it, and npx is not to look for news
const env = {
  ...process.env,
  NODE_ENV: undefined,
  NODE_OPTIONS: undefined,
  NO_UPDATE_NOTIFIER: '1',
  npm_config_offline: 'true',
};

function npx(args: readonly string[], input = ''): Outcome {
  const { status, stdout, stderr } = spawnSync('npx', ['ml-platform', ...args], {
    cwd: folder,
    encoding: 'utf8',
    input,
    env,
    shell,
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  folder = temporaryFolder();
  const { tarball } = pack(folder);
  // the peers are not fetched but linked
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--legacy-peer-deps', tarball], {
    cwd: folder,
    env,
    shell,
  });
  linkModules(folder, Object.keys(packageJson().peerDependencies));
  for (const [name, text] of Object.entries(printedFiles('docs/command-line.md'))) {
    fs.writeFileSync(path.join(folder, name), text);
  }
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test('npx runs each command in an empty folder', () => {
  const valid = 'fraud.yaml:1:1: ModelDeployment fraud-detector-2-1-0 is valid\n1 manifest asked, nothing found\n';
  expect(npx(['validate', 'fraud.yaml'])).toEqual({ status: 0, stdout: valid, stderr: '' });
  expect(npx(['gate', 'fraud.yaml', '-e', 'development'])).toMatchObject({ status: 0, stderr: '' });
  expect(npx(['render', 'fraud.yaml', '-n', 'a', '-i', 'a/b:1', '--objects', '-e', 'local'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('kind: Deployment') as string,
  });
  expect(npx(['explain', 'drift'])).toMatchObject({ status: 0, stdout: expect.stringContaining('0.3') as string });
  expect(npx(['--version']).stdout.trim()).toBe(
    (
      JSON.parse(fs.readFileSync(path.join(folder, 'node_modules/ml-platform-constructs/package.json'), 'utf8')) as {
        version: string;
      }
    ).version,
  );
});

test('it ends with 1 where there are findings, and with 2 where it cannot run', () => {
  expect(npx(['validate', '-'], 'apiVersion: mlifecycle.io/v1\nkind: ModelDeployment\n').status).toBe(1);
  expect(npx(['validate', 'none.yaml'])).toMatchObject({ status: 2, stdout: '' });
  expect(npx(['valdate']).status).toBe(2);
});

test('a reader that stops before the end changes neither verdict nor prints a stack', async () => {
  const many = Array.from(
    { length: 200 },
    (_, at) => `apiVersion: mlifecycle.io/v1\nkind: ModelDeployment\nx${at}: 1\n`,
  );
  fs.writeFileSync(path.join(folder, 'many.yaml'), many.join('---\n'));
  const bin = path.join(folder, 'node_modules/ml-platform-constructs/lib/cli/main.js');
  const child = spawn(process.execPath, [bin, 'validate', '-f', 'json', 'many.yaml', 'fraud.yaml'], {
    cwd: folder,
    env,
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // before anything is written
  child.stdout.destroy();
  const status = await new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
});

test('a large report is written whole into a pipe', () => {
  const { status, stdout } = npx(['validate', '-f', 'json', 'many.yaml']);
  expect(status).toBe(1);
  expect((JSON.parse(stdout) as { manifests: object[] }).manifests).toHaveLength(200);
});

test.each(['validate', 'gate', 'explain'])('%s loads neither Terraform nor the objects', (command) => {
  const args = { validate: ['fraud.yaml'], gate: ['fraud.yaml', '-e', 'local'], explain: ['drift'] }[command]!;
  const script = `
    process.argv = [process.argv[0], 'ml-platform', ${JSON.stringify(command)}, ...${JSON.stringify(args)}];
    process.on('exit', () => process.stderr.write(JSON.stringify(Object.keys(require.cache))));
    require('ml-platform-constructs/package.json');
    require('./node_modules/ml-platform-constructs/lib/cli/main.js');
  `;
  const { stderr } = spawnSync(process.execPath, ['--eval', script], { cwd: folder, encoding: 'utf8', env });
  const loaded = (JSON.parse(stderr) as string[]).map((file) => file.split(path.sep).join('/'));
  expect(loaded.some((file) => file.includes('/lib/cli/commands/'))).toBe(true);
  expect(loaded.filter((file) => /\/node_modules\/(cdktf|@cdktf|cdk8s)\b/.test(file))).toEqual([]);
});

test('the JSON Schemas can be loaded', () => {
  const script = `
    const all = require('ml-platform-constructs/schemas/all.json');
    const one = require('ml-platform-constructs/schemas/modeldeployment_v1.json');
    console.log(all.title, one.title);
  `;
  const { stdout } = spawnSync(process.execPath, ['--eval', script], { cwd: folder, encoding: 'utf8', env });
  expect(stdout).toBe('Kinds of the ML platform ModelDeployment\n');
});
