import { KINDS } from '../../../src/api/kinds';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { sampleOf } from '../../api/support/samples';
import { validObject } from '../../api/support/corpus';
import { until } from '../concurrency';
import { pod, podSpec } from '../fixtures';
import type { Identity, KubernetesObject } from '../types';
import { ADA, describeGovernance, DORA, FRED, MALIK, OPERATOR, RUTH } from './support';

const API = 'nstarx.io/v1alpha1';
const DIGEST = `@sha256:${'0'.repeat(64)}`;

interface Serving {
  readonly zone?: string;
  readonly gpus?: number;
  readonly replicas?: number;
  readonly maxReplicas?: number;
  readonly autoscalingEnabled?: boolean;
  readonly image?: string;
  readonly resource?: string;
}

function model(name: string, serving: Serving = {}, namespace = 'vision'): KubernetesObject {
  const { zone, replicas, image, maxReplicas, autoscalingEnabled: enabled } = serving;
  const extended = serving.gpus ? { [serving.resource ?? 'nvidia.com/gpu']: String(serving.gpus) } : {};
  const autoscaling = maxReplicas ? { autoscaling: { maxReplicas, enabled } } : {};
  const resources = { requests: { memory: '2Gi', ...extended }, limits: extended };
  return {
    apiVersion: API,
    kind: 'AIModel',
    metadata: { name, namespace },
    spec: {
      type: 'onnx',
      version: '1',
      storage: { location: 's3://models/a' },
      serving: { resources, zone, replicas, image, ...autoscaling },
    },
  };
}

function pipeline(name: string, zone?: string, image?: string): KubernetesObject {
  const spec = {
    zone,
    source: { type: 'datalake', config: { path: 's3://lake/raw' } },
    transformations: [
      { type: 'filter', config: { condition: 'a > 0' } },
      { type: 'custom', config: { image: image ?? 'registry.example.com/step:1' } },
    ],
    sink: { type: 'datalake', config: { path: 's3://lake/clean' } },
  };
  return { apiVersion: API, kind: 'DataPipeline', metadata: { name, namespace: 'vision' }, spec };
}

function workflow(name: string, zone?: string, images = ['registry.example.com/a:1']): KubernetesObject {
  const stages = images.map((image, at) => ({ name: `stage-${at}`, type: 'container', config: { image } }));
  const spec = { type: 'training', zone, stages };
  return { apiVersion: API, kind: 'MLWorkflow', metadata: { name, namespace: 'vision' }, spec };
}

function zone(name: string, spec: Record<string, unknown> = {}): KubernetesObject {
  return { apiVersion: API, kind: 'AIZone', metadata: { name }, spec: { type: 'training', ...spec } };
}

function gpuLimits(limits: Record<string, string>): Record<string, unknown> {
  return { resources: { compute: { limits } } };
}

describeGovernance('policies for the kinds', (cluster) => {
  /** The API server's message, or an empty text where it accepts; stores nothing. */
  async function verdict(object: KubernetesObject, asUser?: Identity): Promise<string> {
    try {
      await cluster().create(object, { asUser, dryRun: true });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  }

  async function patched(
    object: KubernetesObject,
    change: unknown,
    asUser: Identity,
    subresource?: string,
  ): Promise<string> {
    const { apiVersion, kind, metadata } = object;
    const ref = { apiVersion, kind, name: metadata.name ?? '', namespace: metadata.namespace };
    try {
      await cluster().patch(ref, change, { asUser, subresource, dryRun: true });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  }

  beforeAll(async () => {
    await until('the policies to refuse', 30_000, async () => (await verdict(model('a', { image: 'a' }))) !== '');
  });

  test('without any zone, models are accepted', async () => {
    expect(await verdict(model('a', { gpus: 8, zone: 'nowhere' }))).toBe('');
  });

  test('the API server finds no mistake in the types of the expressions', async () => {
    const kind = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy' };
    const wrong: KubernetesObject = {
      ...kind,
      metadata: { name: 'wrong-field' },
      spec: {
        paramKind: { apiVersion: API, kind: 'AIZone' },
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['nstarx.io'], apiVersions: ['v1alpha1'], operations: ['CREATE'], resources: ['aimodels'] },
          ],
        },
        validations: [{ expression: 'object.spec.serving.zones == params.spec.typo' }],
      },
    };
    await cluster().create(wrong);
    let policies: KubernetesObject[] = [];
    const isChecked = ({ metadata, status }: KubernetesObject) => status?.observedGeneration === metadata.generation;
    await until('the types to be checked', 90_000, async () => {
      policies = await cluster().list(kind);
      // where the checker looked before it had found our CRDs, it looks again when the spec changes
      const early = policies.filter((one) => isChecked(one) && JSON.stringify(one.status).includes("'params' (in"));
      for (const { metadata, spec } of early) {
        const failurePolicy = spec?.failurePolicy === 'Fail' ? 'Ignore' : 'Fail';
        await cluster().patch({ ...kind, name: metadata.name ?? '' }, { spec: { failurePolicy } });
      }
      return early.length === 0 && policies.every(isChecked);
    });
    for (const { metadata } of policies) {
      await cluster().patch({ ...kind, name: metadata.name ?? '' }, { spec: { failurePolicy: 'Fail' } });
    }
    const warnings = policies.map(({ metadata, status }) => [
      metadata.name,
      JSON.stringify((status?.typeChecking as { expressionWarnings?: unknown } | undefined)?.expressionWarnings ?? []),
    ]);
    expect(warnings.filter(([name, text]) => name !== 'wrong-field' && text !== '[]')).toEqual([]);
    expect(warnings.map(([name]) => name).sort()).toEqual([
      'approval-modeldeployments.mlifecycle.io',
      'pinned-images-aimodels.nstarx.io',
      'pinned-images-datapipelines.nstarx.io',
      'pinned-images-featurestores.nstarx.io',
      'pinned-images-mlworkflows.nstarx.io',
      'pinned-images-modeldeployments.mlifecycle.io',
      'pinned-images.nstarx.io',
      'pod-security-level.nstarx.io',
      'read-only-root-filesystem.nstarx.io',
      'wrong-field',
      'zone-gpus-aimodels.nstarx.io',
      'zone-read-only-root-filesystem.nstarx.io',
      'zone-use-aimodels.nstarx.io',
      'zone-use-datapipelines.nstarx.io',
      'zone-use-mlworkflows.nstarx.io',
    ]);
    // so an empty list says something: fields of our kinds and of parameters are known
    const found = warnings.find(([name]) => name === 'wrong-field')?.[1];
    expect(found).toContain("undefined field 'zones'");
    expect(found).toContain("undefined field 'typo'");
    await cluster().delete({ ...kind, name: 'wrong-field' });
  });

  describe('with zones', () => {
    beforeAll(async () => {
      await cluster().apply([
        zone('training', gpuLimits({ cpu: '64', 'nvidia.com/gpu': '8', 'nvidia.com/mig-1g.10gb': '4' })),
        zone('inference', { ...gpuLimits({ 'nvidia.com/gpu': '4' }), targetNamespace: 'zone-of-inference' }),
        zone('open'),
        zone('relaxed', { security: { podSecurityPolicy: { readOnlyRootFilesystem: false } } }),
      ]);
      // the policy sees a zone a moment after it is stored
      const tooMany = model('a', { zone: 'inference', gpus: 5 });
      await until('the zones to be seen', 30_000, async () => (await verdict(tooMany)) !== '');
      const tooManySlices = model('a', { zone: 'training', gpus: 5, resource: 'nvidia.com/mig-1g.10gb' });
      await until('the zones to be seen', 30_000, async () => (await verdict(tooManySlices)) !== '');
    });

    test.each([
      ['AIModel', 'spec.serving.zone', (name: string) => model('a', { zone: name })],
      ['DataPipeline', 'spec.zone', (name: string) => pipeline('a', name)],
      ['MLWorkflow', 'spec.zone', (name: string) => workflow('a', name)],
    ])('%s: who names a zone needs the verb use', async (_, field, make) => {
      expect(await verdict(make('training'), DORA)).toBe('');
      expect(await verdict(make('training'), MALIK)).toBe('');
      const refused = await verdict(make('inference'), DORA);
      expect(refused).toContain(
        `${field}: dora may not use AIZone inference: name a zone that you may use, or ask for the verb use on aizones/inference`,
      );
      expect(await verdict(make('open'), MALIK)).toContain(`${field}: malik may not use AIZone open`);
      expect(await verdict(make('open'), ADA)).toBe('');
    });

    test('a model without a zone needs no right to one', async () => {
      expect(await verdict(model('a', {}, 'fraud'), FRED)).toBe('');
      expect(await verdict(model('a', { zone: 'training' }, 'fraud'), FRED)).toContain(
        'fred may not use AIZone training',
      );
    });

    test('only changes of the spec need it, and the status and metadata are free', async () => {
      const stored = await cluster().create(model('running', { zone: 'inference', gpus: 1 }), { asUser: MALIK });
      const version = { spec: { version: '2' } };
      expect(await patched(stored, version, DORA)).toContain('spec.serving.zone: dora may not use AIZone inference');
      expect(await patched(stored, version, MALIK)).toBe('');
      expect(await patched(stored, { metadata: { labels: { team: 'vision' } } }, DORA)).toBe('');
      expect(await patched(stored, { spec: { serving: { zone: 'training' } } }, DORA)).toBe('');
      expect(await patched(stored, { spec: { serving: { zone: null } } }, DORA)).toBe('');
      expect(await patched(stored, { metadata: { finalizers: ['nstarx.io/model'] } }, OPERATOR)).toBe('');
      expect(await patched(stored, { status: { phase: 'Serving' } }, OPERATOR, 'status')).toBe('');
      expect(await patched(stored, version, OPERATOR)).toContain(
        'system:serviceaccount:nstarx-system:operator may not use AIZone inference',
      );
    });

    test('what is being deleted loses its finalizers, whoever asks', async () => {
      const doomed = model('doomed', { zone: 'inference' });
      doomed.metadata.finalizers = ['nstarx.io/model'];
      await cluster().create(doomed, { asUser: MALIK });
      const ref = { apiVersion: API, kind: 'AIModel', name: 'doomed', namespace: 'vision' };
      await cluster().delete(ref, { asUser: DORA });
      await cluster().patch(ref, { metadata: { finalizers: null }, spec: { version: '9' } }, { asUser: DORA });
      await cluster().waitForGone(ref);
    });

    test.each<[string, Serving, string]>([
      ['as many as there are', { zone: 'training', gpus: 2, maxReplicas: 4 }, ''],
      [
        'one replica too many',
        { zone: 'training', gpus: 2, maxReplicas: 5 },
        'spec.serving: 5 replicas are too many for AIZone training, with 2 nvidia.com/gpu each where the zone has 8: lower autoscaling.maxReplicas or the limits of a replica, or raise spec.resources.compute.limits of the zone',
      ],
      ['autoscaling off', { zone: 'training', gpus: 2, replicas: 3, maxReplicas: 5, autoscalingEnabled: false }, ''],
      [
        'without autoscaling',
        { zone: 'inference', gpus: 1, replicas: 5 },
        'spec.serving: 5 replicas are too many for AIZone inference, with 1 nvidia.com/gpu each where the zone has 4: lower replicas or the limits',
      ],
      [
        'slices of GPUs',
        { zone: 'training', gpus: 1, replicas: 5, resource: 'nvidia.com/mig-1g.10gb' },
        '5 replicas are too many for AIZone training, with 1 nvidia.com/mig-1g.10gb each where the zone has 4',
      ],
      ['what the zone does not bound', { zone: 'inference', gpus: 9, resource: 'amd.com/gpu' }, ''],
      ['a zone without bounds', { zone: 'open', gpus: 64 }, ''],
      ['no zone', { gpus: 64 }, ''],
      ['a zone that is not there', { zone: 'planned', gpus: 64 }, ''],
    ])('GPUs: %s', async (_, serving, message) => {
      const answer = await verdict(model('a', serving));
      if (message === '') expect(answer).toBe('');
      else expect(answer).toContain(message);
    });

    test('a zone that grows takes more, and a model that is there keeps running in one that shrinks', async () => {
      const ref = { apiVersion: API, kind: 'AIZone', name: 'open' };
      const limit = (count: string) => cluster().patch(ref, { spec: gpuLimits({ 'nvidia.com/gpu': count }) });
      await limit('4');
      const stored = await cluster().create(model('elastic', { zone: 'open', gpus: 1, replicas: 4 }));
      const six = { spec: { serving: { replicas: 6 } } };
      await until('the bound to be seen', 20_000, async () => (await patched(stored, six, ADA)).includes('zone has 4'));
      await limit('6');
      await until('the new bound to be seen', 20_000, async () => (await patched(stored, six, ADA)) === '');
      await limit('2');
      const newVersion = { spec: { version: '2' } };
      await until('the lower bound to be seen', 20_000, async () =>
        (await patched(stored, newVersion, ADA)).includes('zone has 2'),
      );
      expect(await patched(stored, { metadata: { labels: { a: 'b' } } }, ADA)).toBe('');
      expect(await patched(stored, { status: { phase: 'Serving' } }, OPERATOR, 'status')).toBe('');
    });

    test('the documents’ samples keep the policies, but for the one with an image that is not pinned', async () => {
      const sampled = KINDS.filter((kind) => kind.scope === 'Namespaced' && sampleOf(kind));
      const refused: string[] = [];
      for (const kind of sampled) {
        const answer = await verdict({ ...validObject(kind), metadata: { name: 'sample', namespace: 'vision' } });
        if (answer !== '') refused.push(`${kind.kind}: ${answer}`);
      }
      expect(sampled).toHaveLength(5);
      expect(refused).toEqual([expect.stringMatching(/^MLWorkflow: .* or a digest: nstarx\/feature-eng:latest$/)]);
    });

    function bare(name: string, namespace: string, readOnly?: boolean): KubernetesObject {
      const securityContext = readOnly === undefined ? {} : { securityContext: { readOnlyRootFilesystem: readOnly } };
      return pod(namespace, name, podSpec({}, securityContext));
    }

    test.each([
      ['training', 'training', true],
      ['inference', 'zone-of-inference', true],
      ['relaxed', 'relaxed', false],
      ['no zone that is there', 'elsewhere', false],
    ])('a read-only root in the namespace of %s', async (_, namespace, required) => {
      const metadata = { name: namespace, labels: { 'nstarx.io/zone': 'any' } };
      await cluster().apply([{ apiVersion: 'v1', kind: 'Namespace', metadata }]);
      expect(await verdict(bare('a', namespace, true))).toBe('');
      const message = 'set securityContext.readOnlyRootFilesystem, and mount an emptyDir where files are written';
      for (const writable of [bare('a', namespace), bare('a', namespace, false)]) {
        expect((await verdict(writable)).includes(message)).toBe(required);
      }
    });
  });

  test.each<[string, (image: string) => KubernetesObject]>([
    ['AIModel', (image) => model('a', { image })],
    ['DataPipeline', (image) => pipeline('a', undefined, image)],
    ['MLWorkflow', (image) => workflow('a', undefined, ['registry.example.com/first:1', image])],
    [
      'FeatureStore',
      (image) => ({
        apiVersion: API,
        kind: 'FeatureStore',
        metadata: { name: 'a', namespace: 'vision' },
        spec: {
          features: [
            { name: 'plain', type: 'float', source: { type: 'streaming', topic: 'a' } },
            { name: 'made', type: 'float', source: { type: 'streaming', topic: 'b', image } },
          ],
        },
      }),
    ],
    [
      'ModelDeployment',
      (image) => ({
        apiVersion: 'mlifecycle.io/v1',
        kind: 'ModelDeployment',
        metadata: { name: 'a', namespace: 'vision' },
        spec: {
          model: { name: 'a', version: '1', framework: 'onnx' },
          metrics: { accuracy: 0.9, f1_score: 0.9 },
          serving: { image },
        },
      }),
    ],
  ])('%s: images are pinned', async (_, make) => {
    for (const good of ['registry.example.com:5000/a:1.2', `registry.example.com/a${DIGEST}`, `a:latest${DIGEST}`]) {
      expect(await verdict(make(good))).toBe('');
    }
    for (const bad of ['a', 'registry.example.com:5000/a', 'registry.example.com/a:latest']) {
      expect(await verdict(make(bad))).toContain(`spec: give each image a tag other than latest, or a digest: ${bad}`);
    }
  });

  test('every wrong image is named, and no right one', async () => {
    const answer = await verdict(workflow('a', undefined, ['one', 'two:1', 'three:latest']));
    expect(answer).toMatch(/or a digest: one, three:latest$/);
  });

  test('the quota of a namespace counts models', async () => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', name: 'tenant', namespace: 'fraud-counted' };
    // A kind that has just come is counted by quotas that are written after the controller has found it; it looks every
    // 30 s. Quotas from before are counted anew after 5 min.
    let pods = 100;
    await until('the models to be counted', 90_000, async () => {
      await cluster().patch(quota, { spec: { hard: { pods: String(pods++) } } });
      const { status } = await cluster().get(quota);
      return 'count/aimodels.nstarx.io' in ((status?.used as object | undefined) ?? {});
    });
    for (const name of ['first', 'second', 'third']) {
      await cluster().create(model(name, {}, 'fraud-counted'), { asUser: FRED });
    }
    const [refused] = await cluster().apply([model('fourth', {}, 'fraud-counted')], { asUser: FRED });
    expect(refused.code).toBe(403);
    expect(refused.message).toContain(
      'exceeded quota: tenant, requested: count/aimodels.nstarx.io=1, used: count/aimodels.nstarx.io=3, limited: count/aimodels.nstarx.io=3',
    );
  });

  describe('approval', () => {
    const approved = (observedGeneration?: number): Record<string, unknown> => ({
      conditions: [
        { type: 'Approved', status: 'True', reason: 'Reviewed', message: 'fair enough', observedGeneration },
      ],
    });
    let deployment: KubernetesObject;

    beforeAll(async () => {
      const kind = KINDS.find((one) => one.kind === 'ModelDeployment');
      if (!kind) throw new Error('no such kind');
      deployment = {
        ...validObject(kind),
        apiVersion: apiVersionOf(kind),
        metadata: { name: 'a', namespace: 'vision' },
      };
      deployment = await cluster().create(deployment, { asUser: MALIK });
      const ref = { apiVersion: deployment.apiVersion, kind: 'ModelDeployment', name: 'a', namespace: 'vision' };
      const ready = { type: 'Ready', status: 'False', reason: 'Waiting' };
      const status = { phase: 'Validating', conditions: [ready] };
      deployment = await cluster().patch(ref, { status }, { asUser: OPERATOR, subresource: 'status' });
    });

    const approve = async (
      status: Record<string, unknown>,
      asUser: Identity,
    ): Promise<{ message: string; code: number }> => {
      const { apiVersion, kind } = deployment;
      const object = { apiVersion, kind, metadata: { name: 'a', namespace: 'vision' }, status };
      const path = await cluster().rest.objectPath({ apiVersion, kind, name: 'a', namespace: 'vision' });
      const answer = await cluster().rest.request('PATCH', `${path}/status`, {
        body: JSON.stringify(object),
        contentType: 'application/apply-patch+yaml',
        asUser,
        query: { fieldManager: 'review', force: true, dryRun: 'All' },
      });
      return { code: answer.code, message: (answer.body as { message?: string }).message ?? '' };
    };

    test('a reviewer sets the condition beside those of the operator', async () => {
      expect(await approve(approved(1), RUTH)).toEqual({ code: 200, message: '' });
    });

    test('for the object as it is now', async () => {
      for (const generation of [undefined, 2]) {
        const { code, message } = await approve(approved(generation), RUTH);
        expect(code).toBe(403);
        expect(message).toContain(
          'status.conditions: set observedGeneration of the condition Approved to 1, after you have looked at the object as it is now',
        );
      }
    });

    test.each([
      ['phase', { phase: 'Deployed' }],
      ['another condition', { conditions: [{ type: 'Ready', status: 'True' }] }],
      ['image', { image: 'registry.example.com/other:1' }],
      ['the gate’s verdict', { policies: [{ name: 'fairness', passed: true }] }],
    ])('and no %s', async (_, status) => {
      const { code, message } = await approve(status, RUTH);
      expect(code).toBe(403);
      expect(message).toContain('status: set the condition Approved and nothing else');
    });

    test('nobody else does, and the operator writes what it has observed', async () => {
      for (const other of [DORA, MALIK, FRED, ADA]) {
        const { code, message } = await approve(approved(1), other);
        expect(code).toBe(403);
        expect(message).toContain('cannot patch resource "modeldeployments/status"');
      }
      expect(await approve({ phase: 'Deployed' }, OPERATOR)).toEqual({ code: 200, message: '' });
    });
  });
});
