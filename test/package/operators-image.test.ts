import { ChildProcess, execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { sample } from '../operators/data-pipeline/support';
import { syncRequest } from '../operators/support/requests';
import { until } from '../support/waiting';
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
  for (const [, sources, target] of LAST_STAGE.matchAll(/^COPY --from=build (.+) (\S+)$/gm)) {
    for (const source of sources.split(' ')) {
      const from = path.join(build, path.relative('/build', source));
      const isFolder = fs.statSync(from).isDirectory();
      fs.cpSync(from, path.join(image, target, isFolder ? '' : path.basename(from)), { recursive: true });
    }
  }
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
    const filter = (file: string): boolean =>
      !/\/(node_modules|dist|__pycache__|\..*_cache)(\/|$)/.test(path.relative(ROOT, file));
    fs.cpSync(path.join(ROOT, source), to, { recursive: true, filter });
  }
}

test('the last stage has no packages, no shell, and a user that is not root', () => {
  expect(LAST_STAGE).toMatch(/^gcr\.io\/distroless\/nodejs/);
  expect(LAST_STAGE).toMatch(/^USER 65532:65532$/m);
  expect(LAST_STAGE).not.toMatch(/^RUN /m);
  expect(LAST_STAGE.match(/^COPY .*/gm)).toEqual([
    'COPY --from=build /build/operators/dist/server.js /build/operators/dist/server.js.LEGAL.txt ./',
    'COPY --from=build /build/operators/dist/programs programs',
  ]);
});

test('the packages of the build are the operators’ only: no Terraform, no test tools', () => {
  const installed = fs.readdirSync(path.join(build, 'node_modules'));
  expect(installed).toEqual(expect.arrayContaining(['fastify', 'cdk8s', 'constructs']));
  expect(installed.filter((name) => /cdktf|jest|jsii$|typescript/.test(name))).toEqual([]);
});

test('no Terraform code is in the file: neither packages nor folders of the library that know it', () => {
  const file = path.join(build, 'operators', 'dist', 'server.meta.json');
  const meta = JSON.parse(fs.readFileSync(file, 'utf8')) as { readonly inputs: object };
  const modules = Object.keys(meta.inputs);
  expect(modules.length).toBeGreaterThan(100);
  expect(modules.filter((name) => /cdktf|^src\/(app|providers|compositions)\//.test(name))).toEqual([]);
});

test('the bill of materials of a release names every package that is in the file', () => {
  const workflow = fs.readFileSync(path.join(ROOT, '.github', 'workflows', 'release.yml'), 'utf8');
  const [, command = ''] = /^ +run: (npm sbom .*) > "\$RUNNER_TEMP\/operators\.spdx\.json"$/m.exec(workflow) ?? [];
  const text = execFileSync('sh', ['-c', command], { cwd: ROOT, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
  const { packages } = JSON.parse(text) as { readonly packages: readonly { readonly name: string }[] };
  const meta = fs.readFileSync(path.join(build, 'operators', 'dist', 'server.meta.json'), 'utf8');
  const modules = Object.keys((JSON.parse(meta) as { readonly inputs: object }).inputs);
  const bundled = modules.flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  expect(new Set(bundled).size).toBeGreaterThan(50);
  const listed = packages.map(({ name }) => name);
  expect([...new Set(bundled)].filter((name) => !listed.includes(name))).toEqual([]);
  // what only tests need is not in it
  expect(listed.filter((name) => /^(jest|eslint|typescript|cdktf)$/.test(name))).toEqual([]);
});

test('the programs beside the file are the sources, without tests and what checks them', () => {
  const inImage = filesBelow(path.join(image, 'programs'));
  const sources = filesBelow(path.join(ROOT, 'programs')).filter((file) => /^[^/]+\/src\/[^/]+\.(py|json)$/.test(file));
  expect(inImage).toEqual(sources);
  for (const file of inImage) {
    const [copied, source] = [image, ROOT].map((root) => fs.readFileSync(path.join(root, 'programs', file), 'utf8'));
    expect(copied).toBe(source);
  }
});

test('the file serves, loads no other module, and ends cleanly when it is told to', async () => {
  const { child, url, output } = await serve(image);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  child.kill('SIGTERM');
  const code = await new Promise((resolve) => child.on('exit', resolve));
  expect(code).toBe(0);
  const loaded = JSON.parse(/LOADED (.*)/.exec(output())![1]) as string[];
  expect(loaded.filter((file) => file !== spy)).toEqual([path.join(fs.realpathSync(image), 'server.js')]);
});

test('a pipeline gets the programs that are beside the file', async () => {
  const { child, url } = await serve(image);
  const answer = await fetch(`${url}/hooks/data-pipeline/sync`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(syncRequest(sample())),
  });
  const { children } = (await answer.json()) as { children: { kind: string; data?: Record<string, string> }[] };
  const { data } = children.find(({ kind }) => kind === 'ConfigMap')!;
  const runner = fs.readFileSync(path.join(ROOT, 'programs/pipeline-runner/src/main.py'), 'utf8');
  expect(data).toMatchObject({ 'main.py': runner });
  child.kill('SIGTERM');
});

test('without the programs it does not start, and says which folder is missing', async () => {
  const alone = path.join(folder, 'alone');
  fs.mkdirSync(alone);
  fs.copyFileSync(path.join(image, 'server.js'), path.join(alone, 'server.js'));
  const { child, output } = start(alone);
  expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(1);
  expect(output()).toContain(
    `programs/pipeline-runner/src is neither in ${fs.realpathSync(alone)} nor in a folder above`,
  );
});

const settings = path.join(folder, 'settings.json');
// lists what was loaded when the process ends
const spy = path.join(folder, 'spy.js');

interface Started {
  readonly child: ChildProcess;
  output(): string;
}

function start(cwd: string): Started {
  fs.writeFileSync(
    settings,
    JSON.stringify({ scraper: { namespace: 'monitoring', podLabels: {} }, prometheusUrl: '' }),
  );
  fs.writeFileSync(
    spy,
    `process.on('exit', () => console.log('LOADED ' + JSON.stringify(Object.keys(require.cache))));`,
  );
  const child = spawn(process.execPath, ['--require', spy, 'server.js'], {
    cwd,
    env: { PATH: process.env.PATH, SETTINGS_FILE: settings, PORT: '0', GRACE_SECONDS: '0' },
  });
  running.push(child);
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output += text.toString()));
  return { child, output: () => output };
}

async function serve(cwd: string): Promise<Started & { readonly url: string }> {
  const started = start(cwd);
  const address = (): string | undefined => /listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(started.output())?.[1];
  await until('the server to listen', 10_000, async () => address() !== undefined).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}:\n${started.output()}`);
  });
  return { ...started, url: address()! };
}

function filesBelow(root: string): string[] {
  const entries = fs.readdirSync(root, { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => fs.statSync(path.join(root, entry)).isFile()).sort();
}
