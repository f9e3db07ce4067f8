import { until } from '../../support/waiting';
import type { KubernetesObject } from '../types';
import { API, model, pipeline, workflow } from './objects';
import { describeGovernance, FRED, verdictOf } from './support';

const DIGEST = `@sha256:${'0'.repeat(64)}`;

describeGovernance('policies for images, and quotas', (cluster) => {
  const verdict = (object: KubernetesObject) => verdictOf(cluster(), object);

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
          fairness: { demographic_parity: 0.02 },
          drift: { score: 0.05 },
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
});
