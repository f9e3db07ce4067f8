import { ChildProcess, execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT, temporaryFolder } from './package';

/** What the Dockerfile does, without Docker: the same files are copied and the same commands run. */
const DOCKERFILE = fs.readFileSync(path.join(ROOT, 'operators', 'Dockerfile'), 'utf8');
const [, BUILD_STAGE, LAST_STAGE] = DOCKERFILE.split(/^FROM /m);
const LINES = BUILD_STAGE.split('\n');

const folder = temporaryFolder();
const build = path.join(folder, 'build');
const image = path.join(folder, 'image');
const running: ChildProcess[] = [];

beforeAll(() => {
  fs.mkdirSync(build);
  for (const line of LINES) {
    const [instruction, ...words] = line.trim().split(/\s+/);
    if (instruction === 'COPY') copy(words.slice(0, -1), words.at(-1)!);
    if (instruction === 'RUN') execFileSync('sh', ['-ec', words.join(' ')], { cwd: build, stdio: 'pipe' });
  }
  fs.mkdirSync(image);
  fs.copyFileSync(path.join(build, 'operators', 'dist', 'server.js'), path.join(image, 'server.js'));
});

afterAll(() => {
  running.forEach((child) => child.kill('SIGKILL'));
  fs.rmSync(folder, { recursive: true, force: true });
});

function copy(sources: string[], target: string): void {
  for (const source of sources) {
    const isFolder = fs.statSync(path.join(ROOT, source)).isDirectory();
    const to = isFolder ? path.join(build, target) : path.join(build, target, path.basename(source));
    // what .dockerignore leaves out
    const filter = (file: string): boolean => !/\/(node_modules|dist)(\/|$)/.test(path.relative(ROOT, file));
    fs.cpSync(path.join(ROOT, source), to, { recursive: true, filter });
  }
}

test('the last stage has no packages, no shell, and a user that is not root', () => {
  expect(LAST_STAGE).toMatch(/^gcr\.io\/distroless\/nodejs/);
  expect(LAST_STAGE).toMatch(/^USER 65532:65532$/m);
  expect(LAST_STAGE).not.toMatch(/^RUN /m);
  expect(LAST_STAGE.match(/^COPY .*/gm)).toHaveLength(1);
});

test('the packages of the build are the operators’ only: no Terraform, no test tools', () => {
  const installed = fs.readdirSync(path.join(build, 'node_modules'));
  expect(installed).toEqual(expect.arrayContaining(['fastify', 'cdk8s', 'constructs']));
  expect(installed.filter((name) => /cdktf|jest|jsii$|typescript/.test(name))).toEqual([]);
});

test('no Terraform code is in the file: neither packages nor rooms of the library that know it', () => {
  const file = path.join(build, 'operators', 'dist', 'server.meta.json');
  const meta = JSON.parse(fs.readFileSync(file, 'utf8')) as { readonly inputs: object };
  const modules = Object.keys(meta.inputs);
  expect(modules.length).toBeGreaterThan(100);
  expect(modules.filter((name) => /cdktf|^src\/(app|providers|compositions)\//.test(name))).toEqual([]);
});

test('the file alone serves, loads no other module, and ends in good order when it is told to', async () => {
  const settings = path.join(folder, 'settings.json');
  fs.writeFileSync(
    settings,
    JSON.stringify({ scraper: { namespace: 'monitoring', podLabels: {} }, prometheusUrl: '' }),
  );
  // lists what was loaded when the process ends
  const spy = path.join(folder, 'spy.js');
  fs.writeFileSync(
    spy,
    `process.on('exit', () => console.log('LOADED ' + JSON.stringify(Object.keys(require.cache))));`,
  );
  const child = spawn(process.execPath, ['--require', spy, 'server.js'], {
    cwd: image,
    env: { PATH: process.env.PATH, SETTINGS_FILE: settings, PORT: '0', GRACE_SECONDS: '0' },
  });
  running.push(child);
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output += text.toString()));
  const url = await until(
    () => /listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1],
    () => output,
  );
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  child.kill('SIGTERM');
  const code = await new Promise((resolve) => child.on('exit', resolve));
  expect(code).toBe(0);
  const loaded = JSON.parse(/LOADED (.*)/.exec(output)![1]) as string[];
  expect(loaded.filter((file) => file !== spy)).toEqual([path.join(fs.realpathSync(image), 'server.js')]);
});

async function until<T>(find: () => T | undefined, describe: () => string): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not become so:\n${describe()}`);
}
