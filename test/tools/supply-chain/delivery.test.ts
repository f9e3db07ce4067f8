import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Tier } from 'ml-platform-constructs';

import { gateVerdictType } from '../../../src/contracts/gate-verdict';
import { describeTool } from '../describe-tool';
import { whyNoDelivery } from './tools';
import { PLANTED, Workplace, writePackage } from './workplace';

const MINUTES = 60_000;

interface Told {
  readonly status: string;
  readonly failures: {
    readonly step: string;
    readonly reason: string;
    readonly manifest: string;
    readonly environment: string;
  }[];
}

describeTool('a delivery from the commit to the smoke test', whyNoDelivery(), () => {
  let at: Workplace;
  let manifest: string;

  /** Runs all steps, and gives what was told of it. */
  async function deliver(
    more: { readonly [name: string]: string } = {},
  ): Promise<{ status: number; output: string; told: Told }> {
    const before = at.serving.told.length;
    const ended = await at.repository.run('deliver', [manifest, 'staging'], more);
    expect(at.serving.told.slice(before)).toHaveLength(1);
    return { ...ended, told: at.serving.told.at(-1) as Told };
  }

  /** Expects that a delivery ends at a step, that the notification says so, and that nothing of the environment is another. */
  async function expectStopped(
    step: string,
    reason: RegExp,
    more: { readonly [name: string]: string } = {},
  ): Promise<void> {
    const before = [at.serving.files(), at.serving.commits()];
    const { status, told } = await deliver(more);
    expect(told).toMatchObject({ status: 'failed', failures: [{ step, manifest, environment: 'staging' }] });
    expect(told.failures[0].reason).toMatch(reason);
    expect(status).toBe(1);
    expect([at.serving.files(), at.serving.commits()]).toEqual(before);
  }

  beforeAll(async () => {
    at = await Workplace.open();
    manifest = at.repository.pushModel({ version: '2.0.0' });
  }, 40 * MINUTES);

  afterAll(() => at?.close());

  test(
    'a model is built on the image of the service, signed with what is known of it, and served',
    async () => {
      const { status, output, told } = await deliver();
      expect([status, told]).toEqual([0, expect.objectContaining({ status: 'delivered', failures: [] })]);
      expect(output).toContain('1 known vulnerabilities, none critical');

      const [deployed] = at.serving.deployed().values();
      const image = at.repository.handedOn('image.txt');
      expect(image).toMatch(new RegExp(`^${at.registry.host}/models/fraud-detector@sha256:[0-9a-f]{64}$`));
      expect(deployed).toMatchObject({
        metadata: { namespace: 'ml-inference' },
        spec: { model: { name: 'fraud-detector', version: '2.0.0' }, serving: { image } },
      });
      expect(at.serving.files()['kustomization.yaml']).toBe(
        'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: ml-inference\nresources:\n  - fraud-detector.yaml\n',
      );

      // from outside, with the public key alone
      const flags = ['--key', at.key('own', 'pub'), '--insecure-ignore-tlog=true'];
      const verified = await at.program('cosign', 'verify', ...flags, image);
      expect(verified).toContain('The signatures were verified against the specified public key');
      for (const type of ['spdxjson', 'vuln', gateVerdictType(Tier.STAGING)]) {
        expect(await at.program('cosign', 'verify-attestation', ...flags, '--type', type, image)).toContain(
          '"payloadType"',
        );
      }
      const config = JSON.parse(await at.program('crane', 'config', image)) as {
        config: { Labels: object; User: string };
      };
      expect(config.config).toMatchObject({
        User: '10001',
        Labels: {
          'org.opencontainers.image.version': '2.0.0',
          'org.opencontainers.image.revision': at.repository.git('rev-parse', 'HEAD'),
        },
      });
    },
    10 * MINUTES,
  );

  test(
    'the same commit makes the same image, whatever the times and rights of files',
    async () => {
      const digest = at.repository.handedOn('digest.txt');
      fs.utimesSync(path.join(at.repository.clone, 'models/fraud-detector/model.onnx'), 1, 1);
      fs.chmodSync(path.join(at.repository.clone, 'models/fraud-detector/model.onnx'), 0o600);
      const again = await at.repository.run('build', [], { MANIFEST: manifest, DELIVERY_FOLDER: '.again' });
      expect(again).toMatchObject({ status: 0 });
      expect(at.repository.handedOn('digest.txt', '.again')).toBe(digest);
      // what a pod reads at /model is the model, and it may read it
      const layer = path.join(at.repository.clone, '.again', 'export.tar');
      await at.program('crane', 'export', at.repository.handedOn('image.txt'), layer);
      expect(
        execFileSync('tar', ['-tvf', layer, 'model/model.onnx'], { encoding: 'utf8', env: { TZ: 'UTC' } }),
      ).toMatch(/-rw-r--r-- 0\/0 +\d+ 1970-01-01 .* model\/model\.onnx/);
    },
    5 * MINUTES,
  );

  test.each(['model.onnx', 'model'])('a link at %s takes no file of the runner into the image', async (name) => {
    const folder = path.join(at.repository.clone, 'models/fraud-detector');
    const model = path.join(folder, 'model.onnx');
    const kept = fs.readFileSync(model);
    fs.rmSync(model);
    fs.symlinkSync(name === 'model' ? '/etc' : '/proc/self/environ', path.join(folder, name));
    const ended = await at.repository.run('build', [], { MANIFEST: manifest, DELIVERY_FOLDER: '.again' });
    expect(ended).toMatchObject({
      status: 1,
      output: expect.stringMatching(/is a link|is neither a file nor a folder/) as string,
    });
    fs.rmSync(path.join(folder, name));
    fs.writeFileSync(model, kept);
  });

  test(
    'a secret that was committed stops it at once, and is not repeated',
    async () => {
      const secret = ['ghp', '_', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('');
      manifest = at.repository.pushModel({ version: '2.1.0' });
      at.repository.write('models/fraud-detector/train.py', `TOKEN = "${secret}"\n`);
      at.repository.push('Train');
      const before = at.repository.git('rev-parse', 'HEAD~1');
      await expectStopped('secrets', /github-pat in models\/fraud-detector\/train\.py:1 of commit [0-9a-f]{12}/, {
        BEFORE: before,
      });
      expect(JSON.stringify(at.serving.told)).not.toContain(secret);
      // it is in the history, which is looked at as a whole where nothing is known of before
      at.repository.git('rm', '--quiet', 'models/fraud-detector/train.py');
      at.repository.push('Forget it');
      await expectStopped('secrets', /github-pat/);
    },
    5 * MINUTES,
  );

  test(
    'an F1 score below the bound stops it at the gate',
    async () => {
      const before = at.repository.git('rev-parse', 'HEAD');
      manifest = at.repository.pushModel({ version: '2.1.0', f1: 0.5 });
      await expectStopped('gate', /f1_score.*0\.5/, { BEFORE: before });
    },
    5 * MINUTES,
  );

  test(
    'a critical vulnerability stops it at the scan, before anything is pushed',
    async () => {
      const before = at.repository.git('rev-parse', 'HEAD');
      manifest = at.repository.pushModel({ version: '2.1.0' });
      fs.rmSync(path.join(at.repository.clone, 'models/fraud-detector/model.onnx'));
      at.repository.write('models/fraud-detector/model/model.onnx', 'weights');
      writePackage(path.join(at.repository.clone, 'models/fraud-detector/model/lib'), PLANTED.package, PLANTED.version);
      at.repository.push('With what it needs');
      const tags = await at.program('crane', 'ls', `${at.registry.host}/models/fraud-detector`);
      await expectStopped('scan', /GHSA-8vj2-vxx3-667w in pillow 8\.4\.0, fixed in 9\.0\.0 \(Grype\)/, {
        BEFORE: before,
      });
      expect(await at.program('crane', 'ls', `${at.registry.host}/models/fraud-detector`)).toBe(tags);
      fs.rmSync(path.join(at.repository.clone, 'models/fraud-detector/model'), { recursive: true });
    },
    5 * MINUTES,
  );

  test(
    'the signature of another key stops it before it is registered and deployed',
    async () => {
      const BEFORE = at.repository.git('rev-parse', 'HEAD');
      manifest = at.repository.pushModel({ version: '2.1.0' });
      await expectStopped('verify', /the signature of .* does not verify/, {
        BEFORE,
        SIGNING_KEY: at.key('another', 'key'),
      });
    },
    5 * MINUTES,
  );

  test(
    'a manifest with other figures than those that were attested stops it',
    async () => {
      const BEFORE = at.repository.git('rev-parse', 'HEAD');
      manifest = at.repository.pushModel({ version: '2.1.1' });
      expect(await deliver({ BEFORE })).toMatchObject({ status: 0 });
      // what was signed is there, and the manifest says another thing now
      at.repository.pushModel({ version: '2.1.1', f1: 0.99 });
      const ended = await at.repository.run('verify', [], { MANIFEST: manifest, ENVIRONMENT: 'staging' });
      expect(ended).toMatchObject({
        status: 1,
        output: expect.stringContaining('no signed verdict says that staging allows this manifest') as string,
      });
      // nor does the verdict of one environment count in another
      at.repository.pushModel({ version: '2.1.1' });
      const elsewhere = { MANIFEST: manifest, ENVIRONMENT: 'staging', TIER: 'production' };
      expect(await at.repository.run('verify', [], elsewhere)).toMatchObject({ status: 1 });
      expect(await at.repository.run('verify', [], { MANIFEST: manifest, ENVIRONMENT: 'staging' })).toMatchObject({
        status: 0,
      });
    },
    10 * MINUTES,
  );

  test(
    'a version that does not become ready is taken back, and the former one is served',
    async () => {
      const BEFORE = at.repository.git('rev-parse', 'HEAD');
      manifest = at.repository.pushModel({ version: '2.2.0' });
      at.serving.broken.add('2.2.0');
      const files = at.serving.files();
      const { status, told } = await deliver({ BEFORE, SMOKE_SECONDS: '2' });
      expect(told).toMatchObject({ status: 'failed', failures: [{ step: 'smoke' }] });
      expect(told.failures[0].reason).toMatch(
        /did not serve fraud-detector 2\.2\.0 within 2 seconds: \/ready answers 503/,
      );
      expect(status).toBe(1);
      expect(at.serving.files()).toEqual(files);
      expect(at.serving.commits().slice(0, 2)).toEqual([
        'Take back fraud-detector 2.2.0 from staging',
        'Deploy fraud-detector 2.2.0 to staging',
      ]);
    },
    5 * MINUTES,
  );

  test(
    'a delivery that others overtook leaves what they deployed',
    async () => {
      const BEFORE = at.repository.git('rev-parse', 'HEAD');
      manifest = at.repository.pushModel({ version: '2.3.0' });
      expect(await deliver({ BEFORE })).toMatchObject({ status: 0 });
      const waiting = at.repository.git('rev-parse', 'HEAD');
      at.repository.pushModel({ version: '2.4.0' });
      at.repository.git('checkout', '--quiet', waiting);
      const late = await at.repository.run('deploy', [], {
        MANIFEST: manifest,
        ENVIRONMENT: 'staging',
        SOURCE_BRANCH: 'main',
      });
      expect(late).toMatchObject({ status: 1, output: expect.stringContaining('has changed on main since') as string });
      at.repository.git('checkout', '--quiet', 'main');
    },
    5 * MINUTES,
  );

  test(
    'deliveries that push to one branch at the same time lose nothing of one another',
    async () => {
      const models = ['churn', 'credit-score', 'demand', 'fraud-graph'];
      const manifests = models.map((model) => at.repository.pushModel({ version: '1.0.0', model }));
      const image = at.repository.handedOn('image.txt');
      const ended = await Promise.all(
        manifests.map((one, index) => {
          const folder = path.join(at.repository.clone, `.delivery-${index}`);
          fs.mkdirSync(folder);
          fs.writeFileSync(path.join(folder, 'image.txt'), image);
          return at.repository.run('deploy', [], { MANIFEST: one, ENVIRONMENT: 'staging', DELIVERY_FOLDER: folder });
        }),
      );
      expect(ended.filter(({ status }) => status !== 0)).toEqual([]);
      const files = [...models, 'fraud-detector'].sort().map((model) => `${model}.yaml`);
      expect(Object.keys(at.serving.files()).sort()).toEqual([...files, 'kustomization.yaml'].sort());
      expect(at.serving.files()['kustomization.yaml'].match(/[\w-]+\.yaml/g)).toEqual(files);
    },
    5 * MINUTES,
  );
});
