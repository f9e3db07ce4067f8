import { KINDS } from '../../../src/api/kinds';
import { sampleOf } from '../../api/support/samples';
import { validObject } from '../../api/support/corpus';
import { until } from '../../support/waiting';
import { pod, podSpec } from '../fixtures';
import type { Identity, KubernetesObject } from '../types';
import { API, gpuLimits, model, pipeline, Serving, workflow, zone } from './objects';
import { ADA, describeGovernance, DORA, FRED, MALIK, OPERATOR, patchOf, verdictOf } from './support';

describeGovernance('policies for zones', (cluster) => {
  const verdict = (object: KubernetesObject, asUser?: Identity) => verdictOf(cluster(), object, asUser);
  const patched = (object: KubernetesObject, change: unknown, asUser: Identity, subresource?: string) =>
    patchOf(cluster(), object, change, asUser, subresource);

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

  test('what is being deleted loses its finalizers, for every user', async () => {
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
