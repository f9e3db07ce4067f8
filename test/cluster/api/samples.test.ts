import * as path from 'node:path';

import { AI_ZONE } from '../../../src/api/kinds/ai-zone';
import { KINDS } from '../../../src/api/kinds';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { Manifest, printedSamples, sampleOf } from '../../api/support/samples';
import { refusals } from '../apply';
import { describeCluster } from '../connect';
import type { KubernetesObject } from '../types';
import { create, installKinds } from './support/server';

const SAMPLED = KINDS.filter((kind) => sampleOf(kind));

describeCluster('the samples of the documents', (cluster) => {
  beforeAll(async () => {
    await installKinds(cluster);
    const names = new Set(printed().flatMap(({ metadata }) => metadata?.namespace ?? []));
    const namespaces = [...names].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
    expect(refusals(await cluster.apply(namespaces))).toEqual([]);
  });

  afterAll(() =>
    cluster.delete({ apiVersion: apiVersionOf(AI_ZONE), kind: 'AIZone', name: 'production-inference-zone' }),
  );

  function printed(): Manifest[] {
    return printedSamples() ?? SAMPLED.flatMap((kind) => sampleOf(kind) ?? []);
  }

  test('there is one of every kind that the documents print', () => {
    const kinds = printed().map(({ kind }) => kind);
    expect(kinds.sort()).toEqual([
      'AIModel',
      'AIZone',
      'DataPipeline',
      'FeatureStore',
      'MLWorkflow',
      'ModelDeployment',
    ]);
  });

  test('apply as printed, and every field comes back', async () => {
    const named = printed().filter(({ metadata }) => metadata?.name);
    expect(named).toHaveLength(5);
    for (const sample of named) {
      const [result] = await cluster.apply([sample as unknown as KubernetesObject]);
      expect(result.message).toBe('');
      expect(result.object?.spec).toMatchObject(sample.spec);
      // The operators write the status that the documents print.
      const { name = '', namespace } = result.object?.metadata ?? {};
      const ref = { apiVersion: sample.apiVersion, kind: sample.kind, name, namespace };
      const updated = await cluster.patch(ref, { status: sample.status }, { subresource: 'status' });
      expect(updated.status).toEqual(sample.status);
      expect(updated.spec).toEqual(result.object?.spec);
    }
  });

  test('ModelDeployment is printed without a name; with that of its model it applies', async () => {
    const [sample] = printed().filter(({ kind }) => kind === 'ModelDeployment');
    expect((await create(cluster, sample)).message).toContain('name or generateName is required');
    const { name } = sample.spec.model as { readonly name: string };
    const [result] = await cluster.apply([{ ...sample, metadata: { name } }]);
    expect(result.message).toBe('');
    expect(result.object?.spec).toEqual(sample.spec);
  });

  test('kubectl applies the printed AIZone, whose namespace is ignored', async () => {
    const file = path.resolve(__dirname, '../../fixtures/samples/aizone.yaml');
    await cluster.delete({ apiVersion: apiVersionOf(AI_ZONE), kind: 'AIZone', name: 'production-inference-zone' });
    expect(await cluster.kubectl(['apply', '-f', file])).toBe('aizone.nstarx.io/production-inference-zone created\n');
    expect(await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', file])).toContain(
      'serverside-applied',
    );
    const zone = await cluster.get({
      apiVersion: apiVersionOf(AI_ZONE),
      kind: 'AIZone',
      name: 'production-inference-zone',
    });
    expect(zone.metadata.namespace).toBeUndefined();
  });

  test('kubectl get ml lists them, with the columns of their kinds', async () => {
    const listed = await cluster.kubectl(['get', 'ml', '-A']);
    for (const resource of ['aimodel', 'datapipeline', 'mlworkflow', 'featurestore']) {
      expect(listed).toContain(`${resource}.nstarx.io/`);
    }
    const models = await cluster.kubectl(['get', 'aim', '-n', 'ml-models']);
    expect(models).toMatch(/^NAME +TYPE +VERSION +PHASE +READY +REPLICAS +AGE\n/);
    expect(models).toMatch(/sentiment-analyzer-v2 +tensorflow +2\.0 +Serving +True/);
    const zones = await cluster.kubectl(['get', 'aiz']);
    expect(zones).toMatch(/production-inference-zone +inference +namespace +\S* +\S* *8 /);
  });
});
