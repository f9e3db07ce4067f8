import * as fs from 'node:fs';
import * as path from 'node:path';
import { Linter } from 'eslint';
import * as tseslint from 'typescript-eslint';
import { DEEPEST, LAYERS } from '../../scripts/lint/layers';

const root = path.join(__dirname, '..', '..');
// ESLint itself would load the configuration by a dynamic import, which jest does not have
const config = [
  ...jest.requireActual<Linter.Config[]>('../../eslint.config.js'),
  // the files of these snippets do not exist, so they have no types
  tseslint.configs.disableTypeChecked as Linter.Config,
  { languageOptions: { parserOptions: { projectService: false } } },
];

const IMPORT_RULES = ['no-restricted-imports', 'no-restricted-syntax'];

/** What the import rules say about a file with this text; the other rules' messages are left out. */
function lint(file: string, text: string): string[] {
  const messages = new Linter({ cwd: root }).verify(text, config, path.join(root, file));
  expect(messages.filter((message) => message.fatal)).toEqual([]);
  return messages.filter((message) => IMPORT_RULES.includes(message.ruleId ?? '')).map((message) => message.message);
}

test.each([
  [
    'src/contracts/a.ts',
    "import { x } from '../constructs/storage';",
    /src\/contracts must not import src\/constructs.*bottom layer/,
  ],
  [
    'src/components/a.ts',
    "import { x } from '../app';",
    /src\/components must not import src\/app: it may import contracts/,
  ],
  [
    'src/constructs/storage/a.ts',
    "import { x } from '../../providers/aws/eks';",
    /must not import src\/providers: ask for a contract/,
  ],
  [
    'src/constructs/storage/a.ts',
    "import type { X } from '../../app/environment';",
    /must not import src\/app: take an IEnvironment/,
  ],
  [
    'src/constructs/storage/a.ts',
    "export * from '../../compositions';",
    /src\/constructs must not import src\/compositions/,
  ],
  [
    'src/constructs/storage/a.ts',
    "import { x } from '../../kinds/ai-model/objects';",
    /src\/constructs must not import src\/kinds: the platform layer knows no kinds/,
  ],
  [
    'src/kinds/ai-model/a.ts',
    "import { x } from '../../providers/aws/eks';",
    /src\/kinds must not import src\/providers: ask for a contract/,
  ],
  [
    'src/kinds/ai-model/a.ts',
    "import type { X } from '../../app/environment';",
    /src\/kinds must not import src\/app: take an IEnvironment/,
  ],
  ['src/kinds/ai-model/a.ts', "import { App } from 'cdktf';", /must not know Terraform: publish the value/],
  ['src/providers/aws/a.ts', "import { x } from '../../kinds/ai-model/a';", /must not import src\/kinds/],
  ['src/constructs/storage/a.ts', "import { Fn } from 'cdktf';", /must not know Terraform: publish the value/],
  ['src/constructs/storage/a.ts', "import { Vpc } from '@cdktf/provider-aws/lib/vpc';", /must not know Terraform/],
  ['src/constructs/storage/a.ts', "export const x = import('../../providers/aws');", /Import at the top of the file/],
  ['src/constructs/storage/a.ts', "export const x = require('cdktf');", /Import at the top of the file/],
  ['src/constructs/storage/a.ts', "export type X = import('cdktf').App;", /Import at the top of the file/],
  [
    'src/providers/aws/a.ts',
    "import { x } from '../../constructs/storage/claim';",
    /must not import src\/constructs: a contract in src\/contracts/,
  ],
  [
    'src/providers/aws/a.ts',
    "import { Vpc } from '@cdktf/provider-aws';",
    /seconds and hundreds of megabytes.*lib\/vpc/,
  ],
  ['src/providers/aws/a.ts', "import { vpc } from '@cdktf/provider-aws/lib';", /seconds and hundreds of megabytes/],
  [
    'src/compositions/a.ts',
    "import { Release } from '@cdktf/provider-helm/lib/index';",
    /seconds and hundreds of megabytes/,
  ],
  ['src/checks/a.ts', "import { Environment } from '../app/environment';", /a check sees the ManifestGraph only/],
  ['src/checks/a.ts', "import { argoCd } from '../components/argo-cd';", /src\/checks must not import src\/components/],
  ['src/app/a.ts', "import { DataPlatform } from '../compositions';", /src\/app must not import src\/compositions/],
  ['src/api/a.ts', "import { x } from '../constructs/serving';", /src\/api must not import src\/constructs/],
  ['src/compositions/a.ts', "import { PlatformApp } from '..';", /must not import its own entry point/],
  [
    'src/compositions/a.ts',
    "import { PlatformApp } from 'ml-platform-constructs';",
    /must not import its own entry point/,
  ],
  ['operators/model/src/a.ts', "import { x } from '../../../src/app';", /Operators may import src\/kinds/],
  ['operators/model/src/a.ts', "import { App } from 'cdktf';", /Operators must not know Terraform/],
  ['examples/a/main.ts', "import { Vpc } from '@cdktf/provider-aws';", /seconds and hundreds of megabytes/],
])('%s: %s is refused', (file, text, message) => {
  expect(lint(file, text)).toEqual([expect.stringMatching(message)]);
});

test.each([
  ['src/contracts/a.ts', "import { x } from './cluster';"],
  ['src/components/a.ts', "import { Component } from '../contracts/component';"],
  ['src/constructs/storage/a.ts', "import { keda } from '../../components/keda';"],
  ['src/constructs/storage/a.ts', "import { x } from '../network/policy';"],
  ['src/kinds/ai-model/a.ts', "import { x } from '../../constructs/storage/claim';"],
  ['src/kinds/ai-model/a.ts', "import { x } from '../ai-zone/a';"],
  ['src/compositions/neural-platform/a.ts', "import { x } from '../../kinds/ai-model/a';"],
  ['operators/src/a.ts', "import { x } from '../../src/kinds/ai-model/a';"],
  ['src/constructs/storage/a.ts', "import { k8s } from 'cdk8s-plus-28';"],
  ['src/providers/aws/a.ts', "import { Vpc } from '@cdktf/provider-aws/lib/vpc';"],
  ['src/providers/aws/a.ts', "import { Fn } from 'cdktf';"],
  ['src/providers/aws/a.ts', "import { tierDefaults } from '..';"],
  ['src/providers/aws/a.ts', "import { x } from '../checks/y';"],
  ['src/providers/kind/a.ts', "import { x } from '../in-cluster/postgres';"],
  ['src/app/a.ts', "import { ICheck } from '../checks';"],
  ['src/compositions/a.ts', "import { Storage } from '../constructs/storage';"],
  ['operators/model/src/a.ts', "import { x } from '../../../src/constructs/serving';"],
  ['examples/a/main.ts', "import { PlatformApp } from 'ml-platform-constructs';"],
  ['src/index.ts', "export * as aws from './providers/aws';"],
])('%s: %s is allowed', (file, text) => {
  expect(lint(file, text)).toEqual([]);
});

test('every folder of src is a layer', () => {
  const folders = fs
    .readdirSync(path.join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(folders.filter((folder) => !(folder in LAYERS))).toEqual([]);
});

test('no file stands deeper than the import rules look', () => {
  const depths = fs
    .readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.split(path.sep).length - 2);
  expect(Math.max(...depths)).toBeLessThanOrEqual(DEEPEST);
});

test('no layer imports itself through others', () => {
  const below = (layer: string): string[] => LAYERS[layer].imports.flatMap((other) => [other, ...below(other)]);
  for (const layer of Object.keys(LAYERS)) expect(below(layer)).not.toContain(layer);
});

test('a rule is not switched off without a reason', () => {
  const verify = (text: string) =>
    new Linter({ cwd: root }).verify(text, config, path.join(root, 'src/app/a.ts')).map((message) => message.ruleId);
  expect(verify('// eslint-disable-next-line no-console\nconsole.log(1);')).toEqual([
    '@eslint-community/eslint-comments/require-description',
  ]);
  expect(verify('// eslint-disable-next-line no-console -- it is the point\nconsole.log(1);')).toEqual([]);
  expect(verify('// eslint-disable-next-line -- all of them\nconsole.log(1);')).toEqual([
    '@eslint-community/eslint-comments/no-unlimited-disable',
  ]);
  // a directive that nothing needs
  expect(verify('// eslint-disable-next-line no-console -- no longer so\nexport const x = 1;')).toEqual([null]);
});
