import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as http from 'node:http';
import { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';

import { ON_GITHUB, writtenFiles } from '../../app/model-delivery/example';
import { describeTool } from '../describe-tool';
import { ModelRepository } from './model-repository';

const NOBODY = '0'.repeat(40);

// what takes no program but those of every runner
describeTool('steps that choose and tell', undefined, () => {
  let folder: string;
  let repository: ModelRepository;
  let server: http.Server;
  const told: { readonly body: unknown; readonly url?: string }[] = [];

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'steps-'));
    writtenFiles(folder, ON_GITHUB);
    repository = new ModelRepository(folder, path.join(folder, 'dist', 'models'), {
      PATH: process.env.PATH ?? '',
      HOME: folder,
    });
    server = http.createServer((request, response) => {
      let body = '';
      request.on('data', (data: Buffer) => (body += data.toString()));
      request.on('end', () => {
        told.push({ url: request.url, body: JSON.parse(body) });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    server.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  async function deliveries(before: string, more: { readonly [name: string]: string } = {}): Promise<unknown> {
    const output = path.join(folder, 'output');
    fs.rmSync(output, { force: true });
    const ended = await repository.run('changed', [], { BEFORE: before, GITHUB_OUTPUT: output, ...more });
    if (ended.status !== 0) return ended.output;
    const line = fs.readFileSync(output, 'utf8');
    return (JSON.parse(line.replace(/^deliveries=/, '')) as { manifest: string }[]).map(({ manifest }) => manifest);
  }

  async function notify(results: object[], more: { readonly [name: string]: string }): Promise<unknown> {
    const where = fs.mkdtempSync(path.join(folder, 'results-'));
    results.forEach((one, index) => {
      fs.mkdirSync(path.join(where, `failure-${index}`));
      fs.writeFileSync(path.join(where, `failure-${index}`, 'failure-step.json'), JSON.stringify(one));
    });
    const NOTIFY_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a="b`;
    const ended = await repository.run('notify', [], { RESULTS: where, NOTIFY_URL, ...more });
    expect(ended).toMatchObject({ status: 0 });
    return told.at(-1)?.body;
  }

  test('models are delivered that changed, with what is beside them', async () => {
    const start = repository.git('rev-parse', 'HEAD');
    repository.pushModel({ version: '1.0.0', model: 'churn' });
    repository.pushModel({ version: '1.0.0', model: 'fraud-detector' });
    const both = ['models/churn/manifest.yaml', 'models/fraud-detector/manifest.yaml'];
    expect(await deliveries(start)).toEqual(both);
    // the first push, and one that rewrote history
    expect(await deliveries(NOBODY)).toEqual(both);
    expect(await deliveries('a'.repeat(40))).toEqual(both);
    expect(await deliveries('')).toEqual(both);

    const before = repository.git('rev-parse', 'HEAD');
    repository.write('models/churn/model/deep/weights.bin', 'weights');
    repository.write('models/README.md', 'Models');
    repository.write('other/manifest.yaml', 'kind: ModelDeployment\n');
    repository.push('Another model of churn');
    expect(await deliveries(before)).toEqual(['models/churn/manifest.yaml']);
    expect(await deliveries(repository.git('rev-parse', 'HEAD'))).toEqual([]);
    expect(await deliveries(before, { MANIFEST: 'models/fraud-detector/manifest.yaml' })).toEqual([
      'models/fraud-detector/manifest.yaml',
    ]);
  });

  test('a model that is gone is not delivered, and a path that would be a command is refused', async () => {
    let before = repository.git('rev-parse', 'HEAD');
    repository.git('rm', '-r', '--quiet', 'models/churn');
    repository.push('Without churn');
    expect(await deliveries(before)).toEqual([]);
    before = repository.git('rev-parse', 'HEAD');
    repository.write('models/$(touch pwned)/manifest.yaml', 'kind: ModelDeployment\n');
    repository.push('A trap');
    expect(await deliveries(before)).toMatch(/the path of a manifest has letters, digits, dots, hyphens and slashes/);
    expect(fs.existsSync(path.join(repository.clone, 'pwned'))).toBe(false);
    expect(await deliveries(before, { MANIFEST: '../../etc/passwd' })).toMatch(
      /there is no file|the path of a manifest/,
    );
  });

  test('each failure is told with its step and reason, for Slack with what Slack would read as its own', async () => {
    const failure = {
      step: 'gate',
      reason: 'f1_score is 0.5 <!channel> & below 0.8',
      manifest: 'models/churn/manifest.yaml',
      environment: 'staging',
    };
    const run = { GITHUB_REPOSITORY: 'acme/models', REVISION: 'f'.repeat(40), RUN_URL: 'https://github.example/run/1' };
    expect(await notify([failure], run)).toEqual({
      status: 'failed',
      failures: [failure],
      cancelled: [],
      repository: 'acme/models',
      revision: 'f'.repeat(40),
      run: 'https://github.example/run/1',
    });
    expect(told.at(-1)?.url).toBe('/hook?a="b');
    expect(await notify([failure], { ...run, NOTIFY_FORMAT: 'slack' })).toEqual({
      text: [
        'Delivery failed (acme/models ffffffffffff)',
        'gate in staging of models/churn/manifest.yaml: f1_score is 0.5 &lt;!channel&gt; &amp; below 0.8',
        'What was served before is served still.',
        'https://github.example/run/1',
      ].join('\n'),
    });
    const revert = { ...failure, step: 'revert' };
    expect(await notify([failure, revert], { NOTIFY_FORMAT: 'slack' })).toEqual({
      text: expect.stringContaining('The overlay has a version that failed: take it back by hand.') as string,
    });
  });

  test('a job that ended without a word is told, and so is one that was cancelled', async () => {
    const jobs = (results: object): { readonly JOBS: string } => ({ JOBS: JSON.stringify(results) });
    expect(
      await notify([], jobs({ image: { result: 'failure' }, 'deploy-staging': { result: 'skipped' } })),
    ).toMatchObject({
      status: 'failed',
      failures: [{ step: 'image', reason: 'the job ended without a word: see its log' }],
    });
    expect(
      await notify([], jobs({ image: { result: 'success' }, 'deploy-staging': { result: 'cancelled' } })),
    ).toMatchObject({
      status: 'cancelled',
      cancelled: ['deploy-staging'],
    });
    expect(await notify([], jobs({ image: { result: 'success' } }))).toMatchObject({
      status: 'delivered',
      failures: [],
    });
  });

  test('an environment that there is not, and a variable that is missing, are named', async () => {
    expect(await repository.run('verify', [], { ENVIRONMENT: 'prod' })).toEqual({
      status: 2,
      output: 'there is no environment prod; there are staging, production\n',
    });
    expect(await repository.run('gate')).toMatchObject({ status: 1, output: 'gate: MANIFEST is not set\n' });
  });
});

describeTool('the programs of a delivery', undefined, () => {
  let folder: string;
  let repository: ModelRepository;

  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'programs-'));
    writtenFiles(folder, ON_GITHUB);
    // what is downloaded: an archive with a program, whatever the address is
    const bin = path.join(folder, 'bin');
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(folder, 'crane'), '#!/bin/sh\necho crane\n', { mode: 0o755 });
    execFileSync('tar', ['-czf', path.join(folder, 'crane.tar.gz'), '-C', folder, 'crane']);
    const curl = '#!/bin/bash\nwhile [[ "$1" != --output ]]; do shift; done\ncp "$ARCHIVE" "$2"\n';
    fs.writeFileSync(path.join(bin, 'curl'), curl, { mode: 0o755 });
    repository = new ModelRepository(folder, path.join(folder, 'dist', 'models'), {
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      HOME: folder,
      ARCHIVE: path.join(folder, 'crane.tar.gz'),
      GITHUB_PATH: path.join(folder, 'path'),
    });
  });

  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  const installed = (): string => path.join(folder, '.local/share/model-delivery/bin/crane');

  test('a download with another checksum is not installed', async () => {
    const ended = await repository.run('tools', ['crane']);
    expect(ended).toMatchObject({ status: 1, output: expect.stringContaining('FAILED') as string });
    expect(fs.existsSync(installed())).toBe(false);
    expect(fs.existsSync(path.join(folder, 'path'))).toBe(false);
  });

  test('one with its checksum is, and the steps that follow find it', async () => {
    const [sha256] = execFileSync('sha256sum', [path.join(folder, 'crane.tar.gz')], { encoding: 'utf8' }).split(' ');
    const versions = path.join(repository.clone, 'scripts/versions.sh');
    fs.writeFileSync(
      versions,
      fs.readFileSync(versions, 'utf8').replace(/^CRANE_SHA256=.*$/m, `CRANE_SHA256=${sha256}`),
    );
    expect(await repository.run('tools', ['crane'])).toEqual({ status: 0, output: '' });
    expect(execFileSync(installed(), { encoding: 'utf8' })).toBe('crane\n');
    expect(fs.readFileSync(path.join(folder, 'path'), 'utf8')).toBe(`${path.dirname(installed())}\n`);
  });

  test('a program that there is not is named', async () => {
    expect(await repository.run('tools', ['docker'])).toEqual({
      status: 1,
      output: 'tools.sh: there is no program docker\n',
    });
  });

  test('the programs are those that the tests run, in their versions', () => {
    const versions = fs.readFileSync(path.join(repository.clone, 'scripts/versions.sh'), 'utf8');
    const module = fs.readFileSync(path.join(__dirname, 'go.mod'), 'utf8');
    const version = (name: string): string | undefined => new RegExp(`^${name}_VERSION=(.*)$`, 'm').exec(versions)?.[1];
    const tested = (path: string): string | undefined => new RegExp(`\\t${path} v(\\S+)`).exec(module)?.[1];
    expect(version('GITLEAKS')).toBe(tested('github.com/zricethezav/gitleaks/v8'));
    expect(version('SYFT')).toBe(tested('github.com/anchore/syft'));
    expect(version('GRYPE')).toBe(tested('github.com/anchore/grype'));
    expect(version('COSIGN')).toBe(tested('github.com/sigstore/cosign/v3'));
    // Grype's module asks for a newer one
    expect([version('CRANE'), tested('github.com/google/go-containerregistry')]).toEqual(['0.21.9', '0.22.1']);
  });
});
