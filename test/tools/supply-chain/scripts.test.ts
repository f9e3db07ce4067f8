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
