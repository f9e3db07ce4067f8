import * as fs from 'node:fs';
import * as path from 'node:path';
import { packageJson, ROOT, requireBuild, run } from './package';

/** The modules that a program has after it used something, relative to the repository. */
function loadedBy(program: string): string[] {
  const script = `
    const library = require(${JSON.stringify(ROOT)});
    const everything = (exported) => Object.values(exported).forEach((one) => {
      if (typeof one === 'object' && one !== null && one.__esModule) everything(one);
    });
    ${program};
    console.log(JSON.stringify(Object.keys(require.cache)));
  `;
  const files = JSON.parse(run(ROOT, '--eval', script)) as string[];
  return files.map((file) => path.relative(ROOT, file).split(path.sep).join('/'));
}

beforeAll(requireBuild);

test('loading the library loads nothing but its entry point', () => {
  expect(loadedBy('')).toEqual(['lib/index.js']);
});

test('using all of the library loads no provider barrel', () => {
  const loaded = loadedBy('everything(library)');
  expect(loaded).toContain('lib/app/platform-app.js');
  expect(loaded.filter((file) => file.startsWith('node_modules/@cdktf/provider-'))).not.toEqual([]);
  expect(loaded.filter(isBarrel)).toEqual([]);
});

test('a barrel would be seen', () => {
  expect(loadedBy("require('@cdktf/provider-helm')").filter(isBarrel)).toEqual([
    'node_modules/@cdktf/provider-helm/lib/index.js',
  ]);
});

test.each([
  ['the app', 'library.PlatformApp', 'lib/app/platform-app.js'],
  ['a provider of Kind', 'library.KindProvider.local()', 'lib/providers/kind/kind-provider.js'],
  // Python and ES modules load every class of the library
  ['every class', 'everything(library)', 'lib/providers/aws/aws-provider.js'],
  ['a provider of AWS', "library.AwsProvider.inRegion('eu-west-1')", 'lib/providers/aws/settings.js'],
])('%s alone loads no resource of AWS, whose package is an optional peer', (_, program, expected) => {
  const loaded = loadedBy(program);
  expect(loaded).toContain(expected);
  expect(loaded.filter((file) => file.startsWith('node_modules/@cdktf/provider-aws/'))).toEqual([]);
});

test('an environment on AWS loads its resources, and no barrel', () => {
  const loaded = loadedBy(`
    const app = new library.PlatformApp();
    app.environment('dev', { provider: library.AwsProvider.inRegion('eu-west-1') }).addCluster()
  `);
  expect(loaded).toContain('node_modules/@cdktf/provider-aws/lib/eks-cluster/index.js');
  expect(loaded.filter(isBarrel)).toEqual([]);
});

test('what the library exports is what its sources export', () => {
  const ours = run(ROOT, '--eval', `console.log(Object.keys(require(${JSON.stringify(ROOT)})).sort().join())`);
  const sources = Object.entries(jest.requireActual<object>('../../src'))
    // swc leaves a type that is exported by name behind as undefined
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  expect(ours.trim().split(',')).toEqual(sources.sort());
});

test('using all of the library loads no package that its user does not have', () => {
  const loaded = loadedBy('everything(library)').filter((file) => file.startsWith('node_modules/'));
  const theirs = installedForUsers();
  expect(loaded.filter((file) => ![...theirs].some((folder) => file.startsWith(`${folder}/`)))).toEqual([]);
});

/** Folders of the packages that come with the library: its peers, what is bundled, and what these depend on. */
function installedForUsers(): Set<string> {
  const lock = JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: { [folder: string]: { dependencies?: object; peerDependencies?: object } };
  };
  const found = new Set<string>();
  const visit = (from: string, name: string): void => {
    const folder = [from, '']
      .map((one) => path.posix.join(one, 'node_modules', name))
      .find((one) => one in lock.packages);
    if (folder === undefined || found.has(folder)) return;
    found.add(folder);
    const { dependencies, peerDependencies } = lock.packages[folder];
    for (const dependency of Object.keys({ ...dependencies, ...peerDependencies })) visit(folder, dependency);
  };
  const { bundleDependencies, peerDependencies } = packageJson();
  for (const name of [...bundleDependencies, ...Object.keys(peerDependencies)]) visit('', name);
  return found;
}

function isBarrel(file: string): boolean {
  return /^node_modules\/@cdktf\/provider-[^/]+\/lib\/index\.js$/.test(file);
}
