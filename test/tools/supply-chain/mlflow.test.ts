import { ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';

import { ON_GITHUB, writtenFiles } from '../../app/model-delivery/example';
import { until } from '../../support/waiting';
import { describeTool } from '../describe-tool';
import { pythonWith, whyNoPython } from '../python';
import { ModelRepository } from './model-repository';
import { linkCommandLine } from './workplace';

const MINUTES = 60_000;
const IMAGE = `registry.acme.example/models/fraud-detector@sha256:${'1'.repeat(64)}`;

interface Versions {
  readonly model_versions?: readonly {
    readonly version: string;
    readonly source: string;
    readonly tags: { key: string; value: string }[];
  }[];
}

describeTool('registration in MLflow', whyNoPython(), () => {
  let folder: string;
  let server: ChildProcess;
  let repository: ModelRepository;
  let uri: string;
  let manifest: string;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'registration-'));
    const bin = path.join(folder, 'bin');
    fs.mkdirSync(bin);
    linkCommandLine(bin);
    const port = await freePort();
    uri = `http://127.0.0.1:${port}`;
    const program = path.join(path.dirname(await pythonWith('model-jobs')), 'mlflow');
    const store = ['--backend-store-uri', 'sqlite:///mlflow.db', '--default-artifact-root', './artifacts'];
    server = spawn(program, ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', ...store], {
      cwd: folder,
      stdio: 'ignore',
      // its workers go with it
      detached: true,
    });
    server.unref();
    await until(
      'MLflow to answer',
      180_000,
      async () => (await fetch(`${uri}/health`).catch(() => undefined))?.ok === true,
    );
    writtenFiles(folder, ON_GITHUB);
    repository = new ModelRepository(folder, path.join(folder, 'dist', 'models'), {
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      HOME: folder,
      ENVIRONMENT: 'staging',
      MLFLOW_TRACKING_URI: uri,
    });
    manifest = repository.pushModel({ version: '2.0.0' });
    repository.write('.delivery/image.txt', IMAGE);
  }, 20 * MINUTES);

  afterAll(() => {
    if (server?.pid !== undefined) process.kill(-server.pid);
    fs.rmSync(folder, { recursive: true, force: true });
  });

  async function versions(): Promise<Versions> {
    const query = new URLSearchParams({ filter: "name = 'fraud-detector'" }).toString();
    return (await (await fetch(`${uri}/api/2.0/mlflow/model-versions/search?${query}`)).json()) as Versions;
  }

  test(
    'a version has the image and the figures, and is registered once however often it is asked',
    async () => {
      for (const _attempt of [1, 2]) {
        expect(await repository.run('register', [], { MANIFEST: manifest })).toMatchObject({ status: 0 });
      }
      const { model_versions: all = [] } = await versions();
      expect(all).toHaveLength(1);
      expect(all[0]).toMatchObject({ version: '1', source: `oci://${IMAGE}` });
      const tags = Object.fromEntries(all[0].tags.map(({ key, value }) => [key, value]));
      expect(tags).toMatchObject({
        'nstarx.io/image': IMAGE,
        version: '2.0.0',
        owner: 'fraud-team',
        revision: repository.git('rev-parse', 'HEAD'),
        'metrics.f1_score': '0.9',
      });
    },
    5 * MINUTES,
  );

  test(
    'the environment that serves it has its alias',
    async () => {
      expect(await repository.run('promote', [], { MANIFEST: manifest })).toMatchObject({ status: 0 });
      const url = `${uri}/api/2.0/mlflow/registered-models/alias?name=fraud-detector&alias=staging`;
      expect(await (await fetch(url)).json()).toMatchObject({ model_version: { version: '1' } });
    },
    5 * MINUTES,
  );

  test(
    'another image under the same version is refused, and another version is another version',
    async () => {
      repository.write('.delivery/image.txt', IMAGE.replace(/1{64}/, '2'.repeat(64)));
      const refused = await repository.run('register', [], { MANIFEST: manifest });
      expect(refused).toMatchObject({ status: 1 });
      expect(refused.output).toMatch(
        /fraud-detector 2\.0\.0 is in MLflow already, as version 1, .*: give the changed model another spec\.model\.version/,
      );
      manifest = repository.pushModel({ version: '2.0.1' });
      expect(await repository.run('register', [], { MANIFEST: manifest })).toMatchObject({ status: 0 });
      expect((await versions()).model_versions).toHaveLength(2);
    },
    5 * MINUTES,
  );

  test(
    'a server that is away stops the delivery, with the reason',
    async () => {
      const away = {
        MANIFEST: manifest,
        MLFLOW_TRACKING_URI: `http://127.0.0.1:${await freePort()}`,
        MLFLOW_TRACKING_TOKEN: 'to"ken',
      };
      const { status, output } = await repository.run('register', [], away);
      expect(status).toBe(1);
      expect(output).toMatch(/register: MLflow at http:\/\/127\.0\.0\.1:\d+ does not answer/);
      expect(output).not.toContain('to"ken');
      expect(JSON.parse(repository.handedOn('failure-register.json'))).toMatchObject({
        step: 'register',
        environment: 'staging',
      });
    },
    5 * MINUTES,
  );
});

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
