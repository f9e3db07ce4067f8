import { ModelAdmission } from '../../../src/kinds/governance/model-admission';
import { VERIFIED_IMAGES } from '../../../src/components/kyverno';
import { Namespace } from '../../../src/constructs/tenancy';
import { gateVerdictType } from '../../../src/contracts/gate-verdict';
import { Tier } from '../../../src/contracts/tier';
import { GateStatement } from '../../../src/kinds/model-deployment/attestation';
import { BREAK_GLASS, BREAK_GLASS_BY, BREAK_GLASS_UNTIL } from '../../../src/kinds/model-deployment/break-glass';
import { manifests, TestCluster, TestEnvironment, text } from '../../constructs/tenancy/support';
import { describeTool } from '../describe-tool';
import { whyNoGo } from '../go-tool';
import { Asked, judged, Judgement, KeyHolder, keyHolder, pushImage, Registry, registry } from './judge';

/** That of the test's environment, and one that it is not of. */
const VERDICT_TYPE = gateVerdictType(Tier.DEVELOPMENT);
const OTHER_TIER = Tier.STAGING;

const SBOM = 'https://spdx.dev/Document';
const NAMESPACE = 'ml-inference';
const NAMESPACES = { [NAMESPACE]: { [VERIFIED_IMAGES.key]: VERIFIED_IMAGES.value }, 'team-web': {} };

const SPEC = {
  model: {
    name: 'churn',
    version: '1.4.0',
    framework: 'onnx',
    artifact: { uri: 's3://m/churn', sha256: 'a'.repeat(64) },
  },
  metrics: { accuracy: 0.91, f1_score: 0.88, latency_p95_ms: 40 },
  fairness: { demographic_parity: 0.04, protected_attributes: ['age_group'] },
  drift: { score: 0.07, method: 'jensen-shannon' },
  dependencies: [
    { name: 'onnxruntime', version: '1.24.1' },
    { name: 'numpy', version: '2.4.0' },
  ],
};

const STATEMENT: GateStatement = {
  model: { name: 'churn', version: '1.4.0' },
  environment: 'production',
  allowed: true,
  policies: [{ name: 'accuracy', passed: true }],
  metrics: SPEC.metrics,
  fairness: SPEC.fairness,
  drift: SPEC.drift,
  dependencies: SPEC.dependencies,
  sha256: 'a'.repeat(64),
};

describeTool('what Kyverno says of models', whyNoGo(), () => {
  let registryOfTest: Registry;
  let workflow: KeyHolder;
  let stranger: KeyHolder;
  let policies: unknown[];
  const images: { [name: string]: string } = {};
  const platformImage = 'registry.example/model-jobs:1.2.3';

  const push = async (name: string, tag = name): Promise<string> =>
    (images[name] = await pushImage(registryOfTest.address, 'acme/churn', tag, name));

  beforeAll(async () => {
    registryOfTest = await registry();
    workflow = await keyHolder();
    stranger = await keyHolder();
    policies = policiesFor([{ publicKey: workflow.publicKey }]);

    await workflow.sign(await push('delivered'));
    await workflow.attest(images.delivered, SBOM, { name: 'churn' });
    await workflow.attest(images.delivered, VERDICT_TYPE, STATEMENT);

    await push('unsigned');
    await stranger.sign(await push('strange'));
    await stranger.attest(images.strange, VERDICT_TYPE, STATEMENT);
    await workflow.sign(await push('unjudged'));
    await workflow.attest(images.unjudged, SBOM, { name: 'churn' });
    await workflow.sign(await push('refused'));
    await workflow.attest(images.refused, VERDICT_TYPE, { ...STATEMENT, allowed: false });
    // a stranger who may write to the registry adds a verdict of their own to an image of the workflow that has none
    await workflow.sign(await push('planted'));
    await stranger.attest(images.planted, VERDICT_TYPE, STATEMENT);
  }, 1_200_000);

  afterAll(() => registryOfTest?.stop());

  function policiesFor(signers: { publicKey: string }[]): unknown[] {
    const environment = new TestEnvironment();
    new TestCluster(environment);
    const chart = environment.chart();
    const namespaces = [new Namespace(chart, NAMESPACE)];
    const admission = new ModelAdmission(chart, 'admission', {
      namespaces,
      signers,
      platformImages: [platformImage],
      insecureRegistry: true,
    });
    return manifests(admission).filter(({ kind }) => text(kind) === 'ImageValidatingPolicy');
  }

  const deployment = (
    image: string | undefined,
    spec: object = {},
    annotations?: { readonly [key: string]: string },
    namespace = NAMESPACE,
  ): object => ({
    apiVersion: 'mlifecycle.io/v1',
    kind: 'ModelDeployment',
    metadata: { name: 'churn', namespace, ...(annotations ? { annotations } : {}) },
    spec: { ...SPEC, ...spec, ...(image === undefined ? {} : { serving: { image } }) },
  });

  const pod = (image: string, metadata: object = {}, others: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'churn-1', namespace: NAMESPACE, ...metadata },
    spec: { containers: [{ name: 'inference', image }], ...others },
  });

  const create = (object: object, plural = 'modeldeployments'): Asked => ({ operation: 'CREATE', plural, object });

  async function verdict(asked: Asked, resources: { plural: string; object: object }[] = []): Promise<Judgement[]> {
    const [answer] = await judged(policies, NAMESPACES, resources, [asked]);
    return answer;
  }

  const refused = (policy: string, message: string): unknown => [
    { policy, status: expect.stringMatching(/^(fail|error)$/), message: expect.stringContaining(message) },
  ];
  const accepted = (policy: string): unknown => [{ policy, status: 'pass', message: 'success' }];

  const MODELS = 'model-deployments';
  const PODS = 'model-pods';

  test('a model of the workflow, as the gate saw it, is accepted', async () => {
    expect(await verdict(create(deployment(images.delivered)))).toEqual(accepted(MODELS));
  });

  test('dependencies may be in another order', async () => {
    const dependencies = [...SPEC.dependencies].reverse();
    expect(await verdict(create(deployment(images.delivered, { dependencies })))).toEqual(accepted(MODELS));
  });

  test('one without an image serves nothing, and is accepted', async () => {
    expect(await verdict(create(deployment(undefined)))).toEqual(accepted(MODELS));
  });

  test.each([
    ['unsigned', 'no signer of the platform has signed'],
    ['strange', 'no signer of the platform has signed'],
    ['unjudged', 'no signer of the platform has attested the verdict of the gate'],
    ['planted', 'no signer of the platform has attested the verdict of the gate'],
    ['refused', 'spec: is not what was attested'],
  ])('an image that is %s is refused', async (name, message) => {
    expect(await verdict(create(deployment(images[name])))).toEqual(refused(MODELS, message));
  });

  test('a tag is refused, also of an image that would be accepted', async () => {
    const image = `${registryOfTest.address}/acme/churn:delivered`;
    expect(await verdict(create(deployment(image)))).toEqual(refused(MODELS, 'does not have a digest'));
  });

  test.each([
    ['spec.metrics', { metrics: { ...SPEC.metrics, accuracy: 0.99 } }],
    ['spec.metrics', { metrics: { accuracy: 0.91, f1_score: 0.88 } }],
    ['spec.metrics', { metrics: { ...SPEC.metrics, auc_roc: 0.9 } }],
    ['spec.fairness', { fairness: { ...SPEC.fairness, demographic_parity: 0 } }],
    ['spec.fairness', { fairness: undefined }],
    ['spec.drift', { drift: { score: 0 } }],
    ['spec.dependencies', { dependencies: [SPEC.dependencies[0]] }],
    ['spec.dependencies', { dependencies: [...SPEC.dependencies, { name: 'torch', version: '1' }] }],
    ['spec.dependencies', { dependencies: [SPEC.dependencies[0], SPEC.dependencies[0]] }],
    [
      'spec.model.artifact.sha256',
      { model: { ...SPEC.model, artifact: { uri: 's3://m/churn', sha256: 'b'.repeat(64) } } },
    ],
    ['spec.model.artifact.sha256', { model: { ...SPEC.model, artifact: undefined } }],
    ['spec.model', { model: { ...SPEC.model, name: 'fraud' } }],
    ['spec.model', { model: { ...SPEC.model, version: '1.5.0' } }],
  ])('%s that differs from what was attested is refused: %j', async (field, spec) => {
    const object = JSON.parse(JSON.stringify(deployment(images.delivered, spec))) as object;
    expect(await verdict(create(object))).toEqual(refused(MODELS, `${field}: is not what was attested of the image`));
  });

  test('an image with the attestation of another, or of a former version, is refused', async () => {
    // what is attested names the digest of its image; copied to another one, it says nothing of that
    const later = await push('later');
    await workflow.sign(later);
    await copyAttestations(registryOfTest.address, 'acme/churn', images.delivered, later);
    expect(await verdict(create(deployment(later)))).toEqual(
      refused(MODELS, 'no signer of the platform has attested the verdict of the gate'),
    );
  });

  test('what a stranger adds to a verified image changes nothing: neither what counts, nor that it is verified', async () => {
    const better = { ...SPEC.metrics, accuracy: 0.99 };
    await workflow.sign(await push('beside'));
    await workflow.attest(images.beside, VERDICT_TYPE, STATEMENT);
    await stranger.sign(images.beside);
    await stranger.attest(images.beside, VERDICT_TYPE, { ...STATEMENT, metrics: better });
    expect(await verdict(create(deployment(images.beside)))).toEqual(accepted(MODELS));
    expect(await verdict(create(deployment(images.beside, { metrics: better })))).toEqual(
      refused(MODELS, 'spec.metrics'),
    );
  });

  test('a verdict by the bounds of another tier is none, and does not stand in the way of its own', async () => {
    await workflow.sign(await push('staged'));
    await workflow.attest(images.staged, gateVerdictType(OTHER_TIER), STATEMENT);
    expect(await verdict(create(deployment(images.staged)))).toEqual(
      refused(MODELS, 'no signer of the platform has attested the verdict of the gate'),
    );
    const measured = { ...SPEC.metrics, accuracy: 0.99 };
    await workflow.attest(images.staged, VERDICT_TYPE, STATEMENT);
    await workflow.attest(images.staged, gateVerdictType(OTHER_TIER), { ...STATEMENT, metrics: measured });
    expect(await verdict(create(deployment(images.staged)))).toEqual(accepted(MODELS));
    expect(await verdict(create(deployment(images.staged, { metrics: measured })))).toEqual(
      refused(MODELS, 'spec.metrics'),
    );
  });

  test('of two verdicts on one image, each request is judged by one as a whole, and nothing says by which', async () => {
    // Kyverno keeps the last that the registry lists, and registries list what refers to an image in no order
    const other = { metrics: { ...SPEC.metrics, accuracy: 0.99 }, fairness: { demographic_parity: 0.01 } };
    await workflow.sign(await push('twice'));
    await workflow.attest(images.twice, VERDICT_TYPE, STATEMENT);
    await workflow.attest(images.twice, VERDICT_TYPE, { ...STATEMENT, ...other });
    const one = create(deployment(images.twice));
    const another = create(deployment(images.twice, other));
    const mixed = create(deployment(images.twice, { metrics: other.metrics }));
    const rounds = await judged(
      policies,
      NAMESPACES,
      [],
      Array.from({ length: 10 }, () => [one, another, mixed]).flat(),
    );
    rounds.forEach((answer, index) => {
      const differs = expect.stringMatching(/^spec\.(metrics|fairness): is not what was attested of the image/);
      const judgement = { policy: MODELS, status: 'fail', message: differs };
      const isOfBoth = index % 3 === 2;
      if (isOfBoth || answer[0]?.status !== 'pass') expect(answer).toEqual([judgement]);
      else expect(answer).toEqual(accepted(MODELS));
    });
  });

  test('an attestation with a key, without a public log, has to be a bundle: the former format of Cosign is refused', async () => {
    await workflow.sign(await push('former'));
    await workflow.attest(images.former, VERDICT_TYPE, STATEMENT, '--new-bundle-format=false');
    expect(await verdict(create(deployment(images.former)))).toEqual(
      refused(MODELS, 'no signer of the platform has attested the verdict of the gate'),
    );
  });

  test('a registry that does not answer refuses', async () => {
    const image = `127.0.0.1:1/acme/churn@${images.delivered.split('@')[1]}`;
    expect(await verdict(create(deployment(image)))).toEqual([
      expect.objectContaining({ policy: MODELS, status: 'error' }),
    ]);
  });

  test('namespaces without models are not looked at, nor changes of metadata, nor what is being deleted', async () => {
    const oldObject = deployment(images.unsigned);
    const labelled = { ...oldObject, metadata: { name: 'churn', namespace: NAMESPACE, labels: { a: 'b' } } };
    const going = { name: 'churn', namespace: NAMESPACE, deletionTimestamp: '2026-11-30T00:00:00Z' };
    const changes: Asked[] = [
      create(deployment(images.unsigned, {}, undefined, 'team-web')),
      { operation: 'UPDATE', plural: 'modeldeployments', object: labelled, oldObject },
      {
        operation: 'UPDATE',
        plural: 'modeldeployments',
        object: { ...deployment(images.strange), metadata: going },
        oldObject,
      },
    ];
    expect(await judged(policies, NAMESPACES, [], changes)).toEqual([[], [], []]);
  });

  test('a change of the image is looked at', async () => {
    const asked: Asked = {
      operation: 'UPDATE',
      plural: 'modeldeployments',
      object: deployment(images.unsigned),
      oldObject: deployment(images.delivered),
    };
    expect(await verdict(asked)).toEqual(refused(MODELS, 'no signer of the platform has signed'));
  });

  describe('pods', () => {
    test('run images of the workflow, and those of the platform beside them', async () => {
      expect(await verdict(create(pod(images.delivered), 'pods'))).toEqual(accepted(PODS));
      const beside = pod(images.delivered, {}, { initContainers: [{ name: 'check', image: platformImage }] });
      expect(await verdict(create(beside, 'pods'))).toEqual(accepted(PODS));
      expect(await verdict(create(pod(platformImage), 'pods'))).toEqual(accepted(PODS));
    });

    test.each(['unsigned', 'strange', 'unjudged', 'planted'])('%s images are refused', async (name) => {
      expect(await verdict(create(pod(images[name]), 'pods'))).toEqual(refused(PODS, 'no signer of the platform'));
    });

    test('an image whose model was refused is refused', async () => {
      expect(await verdict(create(pod(images.refused), 'pods'))).toEqual(
        refused(PODS, 'the gate has refused the model'),
      );
    });

    test('in init and ephemeral containers too, and where the image of a running pod is changed', async () => {
      const init = pod(images.delivered, {}, { initContainers: [{ name: 'a', image: images.unsigned }] });
      const debug = pod(images.delivered, {}, { ephemeralContainers: [{ name: 'a', image: images.unsigned }] });
      const before = pod(images.delivered);
      const changes: Asked[] = [
        create(init, 'pods'),
        { operation: 'UPDATE', plural: 'pods', subresource: 'ephemeralcontainers', object: debug, oldObject: before },
        { operation: 'UPDATE', plural: 'pods', object: pod(images.unsigned), oldObject: before },
      ];
      const expected = refused(PODS, 'no signer of the platform has signed');
      expect(await judged(policies, NAMESPACES, [], changes)).toEqual([expected, expected, expected]);
    });
  });

  describe('break-glass', () => {
    const inHours = (hours: number): string =>
      new Date(Date.now() + hours * 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const granted = (until: string): { [key: string]: string } => ({
      [BREAK_GLASS]: 'INC-4711: the registry of signatures is down',
      [BREAK_GLASS_UNTIL]: until,
      [BREAK_GLASS_BY]: 'oskar',
    });
    const labels = { 'nstarx.io/model-deployment': 'churn' };

    test('lets a model pass until it ends', async () => {
      expect(await verdict(create(deployment(images.unsigned, {}, granted(inHours(2)))))).toEqual([]);
    });

    test.each([
      ['has ended', () => granted(inHours(-0.01))],
      ['ends later than in a day', () => granted(inHours(25))],
      ['has no end', () => ({ [BREAK_GLASS]: 'INC-4711: the registry is down', [BREAK_GLASS_BY]: 'oskar' })],
      ['has an end that is no time', () => granted('tomorrow')],
      ['says not by whom', () => ({ [BREAK_GLASS]: 'INC-4711: why not', [BREAK_GLASS_UNTIL]: inHours(1) })],
    ])('does not count when it %s', async (_, annotations) => {
      expect(await verdict(create(deployment(images.unsigned, {}, annotations())))).toEqual(
        refused(MODELS, 'no signer of the platform has signed'),
      );
    });

    test('lets the pods of that model pass with its image, and with no other', async () => {
      const owner = { plural: 'modeldeployments', object: deployment(images.unsigned, {}, granted(inHours(2))) };
      expect(await verdict(create(pod(images.unsigned, { labels }), 'pods'), [owner])).toEqual([]);
      for (const other of [pod(images.strange, { labels }), pod(images.unsigned)]) {
        expect(await verdict(create(other, 'pods'), [owner])).toEqual(refused(PODS, 'no signer of the platform'));
      }
    });

    test('does not let pods pass by annotations of their own, nor of a model that is not there', async () => {
      const own = pod(images.unsigned, { annotations: granted(inHours(2)) });
      expect(await verdict(create(own, 'pods'))).toEqual(refused(PODS, 'no signer of the platform has signed'));
      const orphan = await verdict(create(pod(images.unsigned, { labels }), 'pods'));
      expect(orphan).toEqual([expect.objectContaining({ policy: PODS, status: 'error' })]);
    });
  });
});

/** Has what refers to one image refer to another, as someone who may write to the registry can. */
async function copyAttestations(address: string, repository: string, from: string, to: string): Promise<void> {
  const base = `http://${address}/v2/${repository}`;
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const digestOf = (image: string): string => image.split('@')[1];
  const manifestOf = async (reference: string): Promise<{ text: string; type: string }> => {
    const answer = await fetch(`${base}/manifests/${reference}`, { headers: { accept } });
    return { text: await answer.text(), type: answer.headers.get('content-type') ?? accept };
  };
  const target = await manifestOf(digestOf(to));
  const index = (await (await fetch(`${base}/referrers/${digestOf(from)}`)).json()) as {
    readonly manifests: readonly { readonly digest: string }[];
  };
  expect(index.manifests.length).toBeGreaterThan(0);
  for (const { digest } of index.manifests) {
    const { text: manifest } = await manifestOf(digest);
    const subject = { mediaType: target.type, digest: digestOf(to), size: Buffer.byteLength(target.text) };
    const body = JSON.stringify({ ...(JSON.parse(manifest) as object), subject });
    const { createHash } = await import('node:crypto');
    const name = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    const answer = await fetch(`${base}/manifests/${name}`, {
      method: 'PUT',
      headers: { 'content-type': accept },
      body,
    });
    expect(answer.status).toBe(201);
  }
}
