import { ChildProcess, execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { linkModules, pack, packageJson, programOf, ROOT, run, temporaryFolder } from './package';

/** A project outside this repository: a kind of its own, its operator, and the program that deploys it. */
let folder: string;
let files: string[];
let server: ChildProcess | undefined;

const NAME = '@ml-platform-constructs/operator-runtime';
const SOURCES = path.join(ROOT, 'operators', 'package');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: { readonly [name: string]: string };
  readonly peerDependencies: { readonly [name: string]: string };
}

const manifest = JSON.parse(fs.readFileSync(path.join(SOURCES, 'package.json'), 'utf8')) as Manifest;

beforeAll(() => {
  folder = temporaryFolder();
  const library = pack(folder);
  unpack(library.tarball, packageJson().name);
  execFileSync(process.execPath, [path.join(SOURCES, 'build.js')], { stdio: 'pipe' });
  const printed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: SOURCES,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  });
  const [packed] = JSON.parse(printed) as [{ filename: string; files: { path: string }[] }];
  files = packed.files.map((file) => file.path).sort();
  unpack(path.join(folder, packed.filename), NAME);
  linkModules(folder, [
    ...Object.keys(packageJson().peerDependencies),
    ...Object.keys(manifest.dependencies),
    '@types/node',
    'undici-types',
  ]);
  fs.cpSync(path.join(__dirname, 'operator'), folder, { recursive: true });
});

afterAll(() => {
  server?.kill();
  fs.rmSync(folder, { recursive: true, force: true });
});

function unpack(tarball: string, name: string): void {
  const target = path.join(folder, 'node_modules', name);
  fs.mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
}

test('the package is of the version of the library, and says what it takes', () => {
  const { version, peerDependencies } = packageJson();
  expect(manifest).toMatchObject({ name: NAME, version });
  expect(manifest.peerDependencies).toEqual({
    cdk8s: peerDependencies.cdk8s,
    constructs: peerDependencies.constructs,
    [packageJson().name]: version,
  });
  const operators = JSON.parse(fs.readFileSync(path.join(ROOT, 'operators', 'package.json'), 'utf8')) as Manifest;
  for (const [name, range] of Object.entries(manifest.dependencies)) expect(operators.dependencies[name]).toBe(range);
});

test('it has a file of code for each entry and the types that these reach: nothing of the kinds of the platform', () => {
  expect(
    files.filter((file) => !/^(lib\/(index|deploy)\.js|lib\/types\/.+\.d\.ts|package\.json|README\.md)$/.test(file)),
  ).toEqual([]);
  expect(files.filter((file) => /kinds|components|compositions|providers/.test(file))).toEqual([]);
  const declared = files.filter((file) => file.endsWith('.d.ts'));
  const installed = path.join(folder, 'node_modules', NAME);
  expect(
    declared.filter((file) => fs.readFileSync(path.join(installed, file), 'utf8').includes('OperatorSettings')),
  ).toEqual([]);
  // the process of the hooks does without the library
  const code = fs.readFileSync(path.join(installed, 'lib/index.js'), 'utf8');
  expect(code).not.toContain('require("ml-platform-constructs")');
  expect(() => run(folder, '-e', `require('${NAME}/lib/index.js')`)).toThrow();
});

test('a kind of a user compiles with the declarations checked, and is deployed by a program', () => {
  run(folder, programOf('typescript', 'tsc'));
  run(folder, 'out/platform.js');
  const objects = fs
    .readdirSync(path.join(folder, 'dist/local'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('kustomization.yaml'))
    .map((file) => parse(fs.readFileSync(path.join(folder, 'dist/local', file), 'utf8')) as KubernetesJson);
  const find = (kind: string, name: string): KubernetesJson =>
    objects.find((object) => object.kind === kind && object.metadata.name === name)!;
  expect(find('CustomResourceDefinition', 'notebooks.acme.example')).toBeDefined();
  expect(find('ClusterRole', 'nstarx:operator:notebook').rules).toContainEqual({
    apiGroups: ['acme.example'],
    resources: ['notebooks'],
    verbs: ['get', 'list', 'watch', 'update'],
  });
  expect(JSON.stringify(find('CompositeController', 'nstarx-notebook'))).toContain(
    'https://notebook-operators.acme-operators.svc:8443/hooks/notebook/sync',
  );
  expect(find('Deployment', 'notebook-operators')).toBeDefined();
  // Metacontroller may change what a notebook made
  expect(JSON.stringify(find('ValidatingAdmissionPolicy', 'child-ownership.nstarx.io'))).toContain("'Notebook'");
});

interface KubernetesJson {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: unknown[];
}

test('its hooks answer over HTTP, as a process of their own', async () => {
  const url = await serve();
  const parent = {
    apiVersion: 'acme.example/v1',
    kind: 'Notebook',
    metadata: { name: 'ada', namespace: 'lab', uid: '1', generation: 3, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { image: 'registry.example.com/notebook:1.0.0', size: 'small' },
  };
  const good = await sync(url, parent);
  expect(good.children.map(({ kind }) => kind)).toEqual(['Deployment', 'Service', 'ControllerRevision']);
  expect(good.status).toMatchObject({ observedGeneration: 3, phase: 'Starting' });
  // what cannot be done is said, and the last good objects stay
  const bad = await sync(url, { ...parent, spec: { ...parent.spec, size: 'large' } }, good.children);
  expect(bad.status).toMatchObject({ phase: 'Failed' });
  expect(JSON.stringify(bad.status)).toContain('spec.idleMinutes must be given for a large notebook');
  expect(bad.children).toEqual(good.children);
});

interface Answer {
  readonly status: object;
  readonly children: (KubernetesJson & {
    readonly apiVersion: string;
    readonly metadata: { readonly namespace?: string };
  })[];
}

async function sync(url: string, parent: object, before: Answer['children'] = []): Promise<Answer> {
  const children: { [kind: string]: { [name: string]: object } } = {};
  for (const child of before) {
    const { apiVersion, kind, metadata } = child;
    (children[`${kind}.${apiVersion}`] ??= {})[`${metadata.namespace}/${metadata.name}`] = child;
  }
  const body = JSON.stringify({ parent, children, related: {}, finalizing: false });
  const response = await fetch(`${url}/hooks/notebook/sync`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

/** Starts the server on a free port, and waits until it says where it listens. */
function serve(): Promise<string> {
  const child = spawn(process.execPath, ['out/server.js'], {
    cwd: folder,
    env: { ...process.env, PORT: '0', GRACE_SECONDS: '0', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  server = child;
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (text: Buffer) => {
      printed += text.toString();
      const [, port] = /http:\/\/[^:"]+:(\d+)/.exec(printed) ?? [];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${printed}`)));
  });
}
