import { ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { App, Chart } from 'cdk8s';

import { ImageSigner } from '../../../src/contracts/image-signer';
import { gateVerdictType } from '../../../src/contracts/gate-verdict';
import { Tier } from '../../../src/contracts/tier';
import { AttestedManifest } from '../../../src/kinds/model-deployment/evidence';
import { ImageVerification } from '../../../src/kinds/model-deployment/image-verification';
import { until } from '../../support/waiting';
import { describeTool } from '../describe-tool';
import { goTool, whyNoGo } from '../go-tool';
import { whyNoPython } from '../python';
import { COSIGN, CRANE } from '../supply-chain/tools';

const VERDICT_TYPE = gateVerdictType(Tier.PRODUCTION);

const MANIFEST: AttestedManifest = {
  model: { name: 'fraud', version: '1.0', artifact: { sha256: 'a'.repeat(64) } },
  metrics: { accuracy: 0.94, f1_score: 0.9 },
  fairness: { demographic_parity: 0.02, protected_attributes: ['age'] },
  drift: { score: 0.05 },
  dependencies: [{ name: 'torch', version: '2.8.0' }],
};
const { model, ...evidence } = MANIFEST;
const VERDICT = {
  model: { name: model.name, version: model.version },
  environment: 'production',
  allowed: true,
  policies: [],
  ...evidence,
  sha256: model.artifact?.sha256,
};
const SBOM = { spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', name: 'fraud', packages: [] };
const SCAN = {
  scanner: { uri: 'grype', version: '1', db: {}, result: {} },
  metadata: { scanStartedOn: '2026-01-01T00:00:00Z', scanFinishedOn: '2026-01-01T00:00:00Z' },
};

/** How the first container ended that did not end well, or the last one. */
interface Ended {
  readonly container: string;
  readonly code: number | null;
  readonly said: string;
}

interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

// a bundle beside the image, and the form before it, which the workflow writes; the first run builds cosign and crane
describeTool('the verification of an image by its Job', whyNoGo() ?? whyNoPython(), () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'verification-'));
  const at = (name: string): string => path.join(folder, name);
  const port = 20_000 + (process.pid % 20_000);
  let registry: ChildProcess;
  let cosignProgram: string;
  let crane: string;
  let images = 0;

  beforeAll(async () => {
    cosignProgram = await goTool(COSIGN);
    crane = await goTool(CRANE);
    registry = spawn(crane, ['registry', 'serve', '--address', `127.0.0.1:${port}`], { stdio: 'ignore' });
    await until('the registry', 20_000, async () =>
      fetch(`http://127.0.0.1:${port}/v2/`).then(
        () => true,
        () => false,
      ),
    );
    for (const pair of ['own', 'other']) cosign('generate-key-pair', '--output-key-prefix', at(pair));
    fs.writeFileSync(
      at('signing.json'),
      JSON.stringify({
        mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
        rekorTlogConfig: {},
        tsaConfig: {},
      }),
    );
  });

  afterAll(() => {
    registry.kill();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  function cosign(...args: readonly string[]): void {
    execFileSync(cosignProgram, args, { env: { ...process.env, HOME: folder, COSIGN_PASSWORD: '' }, stdio: 'pipe' });
  }

  const FORMS = {
    bundle: ['--signing-config', at('signing.json')],
    'older form': ['--new-bundle-format=false', '--use-signing-config=false', '--tlog-upload=false'],
  };
  type Form = keyof typeof FORMS;

  /** A new image, by its digest. */
  function push(): string {
    images += 1;
    fs.writeFileSync(at('model.txt'), `model ${images}`);
    execFileSync('tar', ['-C', folder, '-cf', at('layer.tar'), 'model.txt']);
    const tag = `127.0.0.1:${port}/models/fraud:${images}`;
    return execFileSync(crane, ['append', '--insecure', '-f', at('layer.tar'), '-t', tag], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  }

  function sign(image: string, form: Form, key = 'own'): void {
    cosign('sign', '--yes', '--key', at(`${key}.key`), '--allow-http-registry', ...FORMS[form], image);
  }

  function attest(image: string, form: Form, type: string, predicate: object, key = 'own'): void {
    fs.writeFileSync(at('predicate.json'), JSON.stringify(predicate));
    const statement = ['--type', type, '--predicate', at('predicate.json')];
    cosign('attest', '--yes', '--key', at(`${key}.key`), '--allow-http-registry', ...FORMS[form], ...statement, image);
  }

  /** Signed, with all that is asked for. */
  function delivered(form: Form, verdict: object = VERDICT, key = 'own'): string {
    const image = push();
    sign(image, form, key);
    attest(image, form, 'spdxjson', SBOM, key);
    attest(image, form, 'vuln', SCAN, key);
    attest(image, form, VERDICT_TYPE, verdict, key);
    return image;
  }

  /** Runs the containers of the Job one after the other, as the kubelet does: with their arguments, variables and a `/tmp`. */
  function verify(image: string, manifest: AttestedManifest = MANIFEST, signer?: ImageSigner): Ended {
    const chart = new Chart(new App(), 'test');
    new ImageVerification(chart, 'verification', {
      name: 'fraud',
      namespace: 'ml-inference',
      image,
      manifest,
      settings: {
        minReplicas: 1,
        maxReplicas: 1,
        cpu: '1',
        memory: '1Gi',
        tier: Tier.PRODUCTION,
        signers: [signer ?? { publicKey: fs.readFileSync(at('own.pub'), 'utf8') }],
        registry: { plainHttp: true },
      },
    });
    const jobs = chart.toJson() as { kind: string; spec: { template: { spec: Record<string, Container[]> } } }[];
    const { initContainers, containers } = jobs.find(({ kind }) => kind === 'Job')!.spec.template.spec;
    const tmp = fs.mkdtempSync(at('tmp-'));
    let ended: Ended = { container: '', code: null, said: '' };
    for (const { name, command = [cosignProgram], args, env = [] } of [...initContainers, ...containers]) {
      const inTmp = (text: string): string => text.replace(/(^|=)\/tmp\b/, `$1${tmp}`);
      const [program, ...rest] = [...command, ...args.map(inTmp)];
      const variables = Object.fromEntries(env.map((one) => [one.name, inTmp(one.value)]));
      const run = spawnSync(program, rest, { encoding: 'utf8', env: { PATH: process.env.PATH, ...variables } });
      ended = { container: name, code: run.status, said: run.stdout + run.stderr };
      if (run.status !== 0) return ended;
    }
    return ended;
  }

  describe.each(Object.keys(FORMS) as Form[])('signed as a %s', (form) => {
    test('an image that is signed and attested passes', () => {
      expect(verify(delivered(form))).toEqual({ container: 'evidence', code: 0, said: 'the evidence is attested\n' });
    });

    test('one that nobody has signed, and one that somebody else has signed, do not', () => {
      expect(verify(push())).toMatchObject({ container: 'signature', code: 10 });
      expect(verify(delivered(form, VERDICT, 'other'))).toMatchObject({ container: 'signature' });
      expect(verify(delivered(form, VERDICT, 'other')).code).not.toBe(0);
    });

    test.each(['spdxjson', 'vuln', VERDICT_TYPE])('one without a signed %s does not', (type) => {
      const image = push();
      sign(image, form);
      const all: [string, object][] = [
        ['spdxjson', SBOM],
        ['vuln', SCAN],
        [VERDICT_TYPE, VERDICT],
      ];
      for (const [one, predicate] of all) {
        if (one !== type) attest(image, form, one, predicate);
      }
      const container = { spdxjson: 'sbom', vuln: 'scan' }[type] ?? 'verdict';
      const without = verify(image);
      expect(without).toMatchObject({ container, code: 1 });
      expect(without.said).toMatch(/none of the attestations matched|no matching attestations/);
      // a forged one is none
      attest(image, form, type, Object.fromEntries(all)[type], 'other');
      expect(verify(image)).toMatchObject({ container, code: 1 });
    });

    test('a verdict by the bounds of another tier is none', () => {
      const image = push();
      sign(image, form);
      attest(image, form, 'spdxjson', SBOM);
      attest(image, form, 'vuln', SCAN);
      attest(image, form, gateVerdictType(Tier.STAGING), VERDICT);
      expect(verify(image)).toMatchObject({ container: 'verdict', code: 1 });
      attest(image, form, VERDICT_TYPE, VERDICT);
      expect(verify(image)).toMatchObject({ container: 'evidence', code: 0 });
    });

    test('figures that differ from those that were attested are named', () => {
      const image = delivered(form, { ...VERDICT, metrics: { accuracy: 0.94, f1_score: 0.7 } });
      expect(verify(image)).toEqual({
        container: 'evidence',
        code: 3,
        said: 'the manifest is not the one that was attested: spec.metrics.f1_score is 0.9, and 0.7 is attested\n',
      });
      // the same image, measured anew
      attest(image, form, VERDICT_TYPE, VERDICT);
      expect(verify(image)).toMatchObject({ container: 'evidence', code: 0 });
    });
  });

  test('a registry that is away is no missing signature', () => {
    const image = `127.0.0.1:1/models/fraud@sha256:${'a'.repeat(64)}`;
    const away = verify(image);
    expect(away).toMatchObject({ container: 'signature', code: 1 });
    expect(away.said).not.toMatch(/no matching|no signatures/);
  });
});
