import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { ON_GITHUB, writtenFiles } from '../../app/model-delivery/example';
import { describeTool } from '../describe-tool';
import { whyNoPython } from '../python';
import { freePort, MlflowProcess } from './mlflow-server';
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
  let server: MlflowProcess | undefined;
  let repository: ModelRepository;
  let uri: string;
  let manifest: string;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'registration-'));
    const bin = path.join(folder, 'bin');
    fs.mkdirSync(bin);
    linkCommandLine(bin);
    server = await MlflowProcess.start(folder);
    uri = server.uri;
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
    server?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  async function versions(): Promise<Versions> {
    const query = new URLSearchParams({ filter: "name = 'ml-inference.fraud-detector'" }).toString();
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
      const url = `${uri}/api/2.0/mlflow/registered-models/alias?name=ml-inference.fraud-detector&alias=staging`;
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
