import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { stringify, parseAllDocuments } from 'yaml';

import { kustomizePatches, renderFolders } from '../../../src/app/kustomize';
import { Component } from '../../../src/contracts';
import { describeTool } from '../describe-tool';

const REPOSITORY = 'https://git.example.org/operator';

/** A folder like those that operators have: a namespace and a Deployment with names that a prefix completes. */
const FILES = {
  'config/default/kustomization.yaml': {
    namespace: 'operator-system',
    namePrefix: 'operator-',
    resources: ['../manager'],
  },
  'config/manager/kustomization.yaml': { resources: ['manager.yaml', 'namespace.yaml'] },
  'config/manager/namespace.yaml': { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'system' } },
  'config/manager/manager.yaml': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'manager', namespace: 'system' },
    spec: { template: { spec: { containers: [{ name: 'manager', image: 'registry.example.com/operator:1.2.3' }] } } },
  },
};

const operator = new Component('operator', {
  namespace: 'operator-system',
  kustomize: {
    repository: REPOSITORY,
    path: 'config/default',
    revision: 'v1.2.3',
    patches: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'system' }, $patch: 'delete' },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'manager' },
        spec: { template: { spec: { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } } } },
      },
    ],
  },
});

const PATCHED = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'operator-manager', namespace: 'operator-system' },
  spec: {
    template: {
      spec: {
        containers: [{ name: 'manager', image: 'registry.example.com/operator:1.2.3' }],
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      },
    },
  },
};

function missing(): string | undefined {
  const absent = ['git', 'kubectl'].filter((program) => spawnSync(program, ['version']).error !== undefined);
  return absent.length > 0 ? `there is no ${absent.join(' and no ')}` : undefined;
}

describeTool('components that no chart installs', missing(), () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kustomize-'));
  const repository = path.join(folder, 'repository');

  afterAll(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  function write(below: string, files: Iterable<readonly [string, string]>): void {
    for (const [name, content] of files) {
      const file = path.join(folder, below, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, content);
    }
  }

  function run(program: string, ...args: string[]): string {
    // git finds the repository on the disk where it is told to ask the host
    const env = {
      ...process.env,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `url.file://${repository}.insteadOf`,
      GIT_CONFIG_VALUE_0: REPOSITORY,
    };
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8', env });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  beforeAll(() => {
    const files = Object.entries(FILES).map(([name, content]) => [name, stringify(content)] as const);
    write('repository', files);
    const git = (...args: string[]) =>
      run('git', '-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args);
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'operator');
    git('tag', 'v1.2.3');
  });

  test('kubectl builds the folder at its revision, with the patches', () => {
    write('dist', renderFolders([operator]));
    const built = parseAllDocuments(run('kubectl', 'kustomize', path.join('dist', 'components')));
    expect(built.map((document) => document.toJS() as unknown)).toEqual([PATCHED]);
  });

  test('the patches do the same inside the folder, where Argo CD puts them', () => {
    const [first, ...others] = Object.entries(FILES);
    const patches = operator.kustomize && kustomizePatches(operator.kustomize);
    write('argo', [
      [first[0], stringify({ ...first[1], patches })],
      ...others.map(([name, content]) => [name, stringify(content)] as const),
    ]);
    const built = parseAllDocuments(run('kubectl', 'kustomize', path.join('argo', 'config', 'default')));
    expect(built.map((document) => document.toJS() as unknown)).toEqual([PATCHED]);
  });
});
