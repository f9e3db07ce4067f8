import * as fs from 'node:fs';
import * as path from 'node:path';
import { printedFiles } from '../docs/pages';
import {
  consumerProject,
  laptopProject,
  linkModules,
  pack,
  packageJson,
  programOf,
  PROVIDER_AWS,
  run,
  temporaryFolder,
} from './package';

let folder: string;
let laptop: string;
let files: string[];

beforeAll(() => {
  folder = temporaryFolder();
  laptop = temporaryFolder();
  const packed = pack(folder);
  files = packed.files;
  consumerProject(folder, packed.tarball);
  laptopProject(laptop, packed.tarball);
});

afterAll(() => {
  for (const one of [folder, laptop]) fs.rmSync(one, { recursive: true, force: true });
});

test('the tarball holds lib, types, docs with pictures, CRDs and JSON Schemas, the sources of the programs, the policies, the scripts of workflows and nothing else', () => {
  const expected =
    /^(lib\/.+\.(js|d\.ts|json)|docs\/.+\.(md|svg)|docs\/api\/crds\/[^/]+\.yaml|docs\/api\/schemas\/[^/]+\.json|programs\/[^/]+\/src\/[^/]+\.(py|json)|policies\/.+\.(rego|json)|workflows\/[^/]+\/[^/]+\.sh|\.jsii|package\.json|(API|CHANGELOG|README|SECURITY)\.md|LICENSE)$/;
  // jsii wants a dependency that is no jsii module inside the tarball
  const bundled = new RegExp(`^node_modules/(${packageJson().bundleDependencies.map(scope).join('|')})/`);
  expect(files.filter((file) => !expected.test(file) && !bundled.test(file))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining([
      '.jsii',
      'API.md',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'docs/decisions/0002-import-rules.md',
      'lib/index.d.ts',
      'lib/index.js',
      'package.json',
      'policies/bounds/production.json',
      'policies/modelpolicies/modelpolicies.rego',
      'programs/pipeline-runner/src/connectors.json',
      'programs/pipeline-runner/src/main.py',
      'workflows/model-delivery/deliver.sh',
    ]),
  );
});

test('every JavaScript file in the tarball has its types, and no file is left from a source that is gone', () => {
  const lib = files.filter((file) => file.startsWith('lib/'));
  const sources = lib.filter((file) => file.endsWith('.js')).map((file) => file.replace(/\.js$/, ''));
  expect(lib.filter((file) => file.endsWith('.d.ts')).map((file) => file.replace(/\.d\.ts$/, ''))).toEqual(sources);
  const gone = sources.filter(
    (file) => !fs.existsSync(path.join(__dirname, '../..', file.replace(/^lib/, 'src') + '.ts')),
  );
  expect(gone).toEqual([]);
});

test('no file in the tarball names a folder of the machine that built it', () => {
  const installed = path.join(folder, 'node_modules/ml-platform-constructs');
  const root = path.resolve(__dirname, '../..');
  const naming = files.filter((file) => fs.readFileSync(path.join(installed, file), 'utf8').includes(root));
  expect(naming).toEqual([]);
});

test('a TypeScript project compiles against the package, with its declarations checked, and synthesizes', () => {
  run(folder, programOf('typescript', 'tsc'));
  const printed = run(folder, 'out/platform.js');
  expect(printed).toMatch(/^environment +provider +stacks/);
  expect(printed).toMatch(/staging +borrowed +2/);
  const stack = JSON.parse(
    fs.readFileSync(path.join(folder, 'cdktf.out/stacks/staging-bootstrap/cdk.tf.json'), 'utf8'),
  ) as { resource: { helm_release: { [id: string]: { chart: string } } } };
  expect(Object.values(stack.resource.helm_release).map((release) => release.chart)).toEqual(['podinfo']);
  expect(fs.readFileSync(path.join(folder, 'dist/staging/kustomization.yaml'), 'utf8')).toContain(
    'example/example/namespace.yaml',
  );
});

test('the quickstart runs as it is printed', () => {
  expect(run(folder, 'out/quickstart.js')).toMatch(/^environment +provider .*\nlocal +kind /);
  expect(fs.existsSync(path.join(folder, 'cdktf.out/stacks/local-infrastructure/cdk.tf.json'))).toBe(true);
});

test('a program written from the README alone synthesizes two environments', () => {
  const printed = run(folder, 'out/acme.js');
  expect(printed).toMatch(/^local +kind /m);
  expect(printed).toMatch(/^production +aws eu-west-1 /m);
});

test('a plain JavaScript project runs', () => {
  expect(run(folder, 'plain.js')).toBe('plain JavaScript is fine\n');
});

describe('without the package of AWS, which is an optional peer', () => {
  test('it is not there', () => {
    expect(fs.existsSync(path.join(laptop, 'node_modules', PROVIDER_AWS))).toBe(false);
    expect(fs.readdirSync(path.join(laptop, 'node_modules/@cdktf')).sort()).toEqual([
      'provider-helm',
      'provider-kubernetes',
    ]);
  });

  test('a platform on Kind compiles, with the declarations checked, and synthesizes', () => {
    run(laptop, programOf('typescript', 'tsc'));
    expect(run(laptop, 'out/quickstart.js')).toMatch(/^environment +provider .*\nlocal +kind /);
    expect(fs.existsSync(path.join(laptop, 'cdktf.out/stacks/local-infrastructure/cdk.tf.json'))).toBe(true);
  });

  test('the set-up for jest in docs/testing.md works as it is printed', () => {
    const project = path.join(laptop, 'testing');
    fs.mkdirSync(project);
    linkModules(laptop, ['jest', '@swc/jest', '@swc/core', '@types/jest']);
    const files = Object.entries(printedFiles('docs/testing.md')).filter(([file]) => !file.endsWith('.py'));
    expect(files.map(([file]) => file)).toEqual([
      'platform.ts',
      'main.ts',
      'jest.config.js',
      'tsconfig.json',
      'platform.test.ts',
    ]);
    for (const [file, content] of files) fs.writeFileSync(path.join(project, file), content);
    run(project, programOf('typescript', 'tsc'));
    const results = path.join(project, 'results.json');
    run(project, programOf('jest', 'jest'), '--ci', '--json', '--outputFile', results);
    expect(JSON.parse(fs.readFileSync(results, 'utf8'))).toMatchObject({ success: true, numPassedTests: 2 });
  });

  test('a plain JavaScript project runs', () => {
    expect(run(laptop, 'plain.js')).toBe('plain JavaScript is fine\n');
  });

  test.each([
    ['aws.cjs', "const { AwsProvider } = require('ml-platform-constructs');"],
    ['aws.mjs', "import { AwsProvider } from 'ml-platform-constructs';"],
  ])('AwsProvider in %s names the command that installs it', (file, load) => {
    const use = "try { AwsProvider.inRegion('eu-west-1'); } catch (error) { console.log(String(error)); }";
    fs.writeFileSync(path.join(laptop, file), `${load}\n${use}\n`);
    expect(run(laptop, file)).toBe(
      `InvalidInputError: [AwsProvider.inRegion] ${PROVIDER_AWS} must be installed, got nothing: run \`npm install ` +
        `${PROVIDER_AWS}@${packageJson().peerDependencies[PROVIDER_AWS]}\`, which only AWS needs.\n`,
    );
  });
});

function scope(packageName: string): string {
  return packageName.split('/')[0];
}
