import * as fs from 'node:fs';
import * as path from 'node:path';

import { parse } from 'yaml';

import { KINDS } from '../../../src/api/kinds';
import { apiVersionOf } from '../../../src/api/schema/schema';
import { validObject } from '../../api/support/corpus';
import { refusals } from '../apply';
import { describeCluster } from '../connect';
import { crdFolder } from '../crds';
import type { KubernetesObject } from '../types';
import { create, installKinds } from './support/server';

type Item = Readonly<Record<string, unknown>>;

const API = 'nstarx.io/v1alpha1';

function valid(kind: string, namespace: string | undefined, name: string): KubernetesObject {
  const definition = KINDS.find((one) => one.kind === kind);
  if (!definition) throw new Error(kind);
  return { ...validObject(definition), metadata: { name, namespace } };
}

describeCluster('the kinds on a cluster', (cluster) => {
  let namespace: string;

  beforeAll(async () => {
    await installKinds(cluster);
    namespace = await cluster.freshNamespace();
  });

  test('the examples of the reference pages are accepted', async () => {
    for (const kind of KINDS) {
      const object = {
        apiVersion: apiVersionOf(kind),
        kind: kind.kind,
        metadata: { name: 'example' },
        spec: parse(kind.example) as unknown,
      };
      expect((await create(cluster, object)).message).toBe('');
    }
  });

  test('no short name is a name of a third-party kind', () => {
    const short = KINDS.flatMap(({ shortNames }) => shortNames);
    const plurals = KINDS.flatMap(({ plural }) => plural);
    expect(new Set([...short, ...plurals]).size).toBe(short.length + plurals.length);
    const folder = crdFolder();
    if (!folder) return;
    const files = fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.yaml'));
    const taken = files.flatMap((file) => {
      const names = /^ {2}names:\n((?: {4}.*\n)+)/m.exec(fs.readFileSync(path.join(folder, file), 'utf8'))?.[1] ?? '';
      return [...names.matchAll(/^ {4}(?:- |plural: |singular: )(\S+)$/gm)].map(([, name]) => name);
    });
    expect(taken).toEqual(expect.arrayContaining(['clusterqueues', 'cq', 'isvc', 'inferenceservice']));
    expect(short.filter((name) => taken.includes(name))).toEqual([]);
    // The documents name the kind as Feast does. Where both are installed, kubectl takes `fst` for ours.
    expect(plurals.filter((name) => taken.includes(name))).toEqual(['featurestores']);
  });

  test('no CRD is refused names by another one', async () => {
    for (const kind of KINDS) {
      const crd = await cluster.get({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        name: `${kind.plural}.${kind.group}`,
      });
      const conditions = crd.status?.conditions as readonly { readonly type: string; readonly status: string }[];
      expect(
        conditions.filter(({ type }) => ['NamesAccepted', 'Established'].includes(type)).map(({ status }) => status),
      ).toEqual(['True', 'True']);
      expect(conditions.find(({ type }) => type === 'NonStructuralSchema')).toBeUndefined();
    }
  });

  test('two managers each own their items of a list', async () => {
    const name = 'shared';
    const [first] = await cluster.apply([valid('AIModel', namespace, name)], { fieldManager: 'author' });
    expect(first.message).toBe('');
    const addition = {
      apiVersion: API,
      kind: 'AIModel',
      metadata: { name, namespace },
      spec: { endpoints: [{ name: 'explain', path: '/v1/models/sentiment/explain' }] },
    } as unknown as KubernetesObject;
    const [second] = await cluster.apply([addition], { fieldManager: 'other-team' });
    expect(second.message).toBe('');
    expect((second.object?.spec?.endpoints as Item[]).map((item) => item.name)).toEqual(['predict', 'explain']);

    const changed = valid('AIModel', namespace, name);
    (changed.spec as { endpoints: Item[] }).endpoints = [{ name: 'predict', path: '/v2/predict', method: 'POST' }];
    const [third] = await cluster.apply([changed], { fieldManager: 'author' });
    expect(third.object?.spec?.endpoints).toEqual([
      { name: 'predict', path: '/v2/predict', method: 'POST' },
      { name: 'explain', path: '/v1/models/sentiment/explain', method: 'POST' },
    ]);

    const conflict = { ...addition, spec: { endpoints: [{ name: 'predict', path: '/mine' }] } };
    const [refused] = await cluster.apply([conflict], { fieldManager: 'other-team' });
    expect(refused.code).toBe(409);
    expect(refused.message).toContain('.spec.endpoints[name="predict"].path');
  });

  test.each([
    ['MLWorkflow', 'stages', { name: 'notify', type: 'container', config: { image: 'registry.example.com/notify:1' } }],
    ['FeatureStore', 'features', { name: 'extra', type: 'float', source: { type: 'streaming', topic: 'extra' } }],
    ['AIZone', 'models', { name: 'second-model' }],
  ])('%s: another manager adds to %s and takes it away again', async (kind, list, item) => {
    const name = `merge-${kind.toLowerCase()}`;
    const base = valid(kind, kind === 'AIZone' ? undefined : namespace, name);
    const [first] = await cluster.apply([base], { fieldManager: 'author' });
    const before = (first.object?.spec?.[list] as Item[]).map((one) => one.name);
    const only = (items: unknown[]): KubernetesObject => ({ ...base, spec: { [list]: items } });
    const [second] = await cluster.apply([only([item])], { fieldManager: 'other-team' });
    expect(second.message).toBe('');
    expect((second.object?.spec?.[list] as Item[]).map((one) => one.name)).toEqual([...before, item.name]);
    const [third] = await cluster.apply([only([])], { fieldManager: 'other-team' });
    expect((third.object?.spec?.[list] as Item[]).map((one) => one.name)).toEqual(before);
    await cluster.delete({ apiVersion: API, kind, name, namespace: base.metadata.namespace });
  });

  test('conditions of two operators are merged by type', async () => {
    const name = 'conditions';
    expect(refusals(await cluster.apply([valid('DataPipeline', namespace, name)]))).toEqual([]);
    const path = await cluster.rest.objectPath({ apiVersion: API, kind: 'DataPipeline', namespace, name });
    const write = async (manager: string, type: string): Promise<Item[]> => {
      const condition = {
        type,
        status: 'True',
        reason: 'Observed',
        message: 'seen',
        observedGeneration: 1,
        lastTransitionTime: '2024-01-15T10:00:00Z',
      };
      const body = JSON.stringify({
        apiVersion: API,
        kind: 'DataPipeline',
        metadata: { name },
        status: { conditions: [condition] },
      });
      const options = { body, contentType: 'application/apply-patch+yaml', query: { fieldManager: manager } };
      const { status } = await cluster.rest.send('PATCH', `${path}/status`, options);
      return status?.conditions as Item[];
    };
    await write('pipeline-operator', 'Ready');
    expect((await write('quality-operator', 'DataQuality')).map(({ type }) => type)).toEqual(['Ready', 'DataQuality']);
  });

  test('a write to the object leaves the status, and the other way round; generation counts changes of the spec', async () => {
    const ref = { apiVersion: API, kind: 'AIModel', namespace, name: 'subresource' };
    const [created] = await cluster.apply([{ ...valid('AIModel', namespace, ref.name), status: { phase: 'Serving' } }]);
    expect(created.object?.status).toBeUndefined();
    await cluster.patch(
      ref,
      { status: { phase: 'Deploying', observedGeneration: 1 }, spec: { version: '9.9' } },
      { subresource: 'status' },
    );
    const seen = await cluster.get(ref);
    expect(seen.status).toEqual({ phase: 'Deploying', observedGeneration: 1 });
    expect(seen.spec?.version).toBe('2.0');
    expect(seen.metadata.generation).toBe(1);
    expect((await cluster.patch(ref, { spec: { version: '2.1' } })).metadata.generation).toBe(2);
    await expect(cluster.patch(ref, { status: { phase: 'Ready' } }, { subresource: 'status' })).rejects.toThrow(
      'Unsupported value: "Ready"',
    );
  });

  test('a model is scaled, within its bounds', async () => {
    const ref = { apiVersion: API, kind: 'AIModel', namespace, name: 'scaled' };
    const model = valid('AIModel', namespace, ref.name);
    (model.spec as { serving: Record<string, unknown> }).serving.autoscaling = { maxReplicas: 5 };
    expect(refusals(await cluster.apply([model]))).toEqual([]);
    await cluster.kubectl(['scale', 'aim', 'scaled', '-n', namespace, '--replicas=4']);
    expect((await cluster.get(ref)).spec).toMatchObject({ serving: { replicas: 4 } });
    await expect(cluster.kubectl(['scale', 'aim', 'scaled', '-n', namespace, '--replicas=6'])).rejects.toThrow(
      'must not start with more replicas than autoscaling allows: raise autoscaling.maxReplicas or lower replicas',
    );
    await cluster.patch(ref, { status: { replicas: 4, selector: 'app=scaled' } }, { subresource: 'status' });
    const scale = await cluster.rest.send('GET', `${await cluster.rest.objectPath(ref)}/scale`);
    expect(scale).toMatchObject({ spec: { replicas: 4 }, status: { replicas: 4, selector: 'app=scaled' } });
  });

  test('what must not change cannot change', async () => {
    const store = { apiVersion: API, kind: 'FeatureStore', namespace, name: 'fixed' };
    expect(refusals(await cluster.apply([valid('FeatureStore', namespace, store.name)]))).toEqual([]);
    const [first, ...rest] = (await cluster.get(store)).spec?.features as Item[];
    await expect(cluster.patch(store, { spec: { features: [{ ...first, type: 'string' }, ...rest] } })).rejects.toThrow(
      'cannot change, because stored values have the old type: add a feature with another name',
    );
    await cluster.patch(store, { spec: { features: [...rest, { ...first, name: 'renamed', type: 'string' }] } });

    const zone = { apiVersion: API, kind: 'AIZone', name: 'fixed-zone' };
    expect(refusals(await cluster.apply([valid('AIZone', undefined, zone.name)]))).toEqual([]);
    await expect(cluster.patch(zone, { spec: { targetNamespace: 'elsewhere' } })).rejects.toThrow(
      'targetNamespace cannot be added or removed',
    );
    await cluster.delete(zone);
  });

  test.each([
    ['aimodel.spec.serving.autoscaling.maxReplicas', 'Replicas that run at most.'],
    ['datapipelines.spec.source.config.query', '`:last_run` is the time of the last successful run'],
    ['mlworkflow.spec.stages.dependsOn', 'Stages that must have succeeded before'],
    ['aizone.spec.allowCascadingDeletion', 'Delete the zone together with what still lives in it.'],
    ['featurestore.spec.features.source.timestampField', 'Column with the time of the event.'],
    ['abtest.spec.promotion.strategy', 'the better variant gets all traffic'],
    ['aimodel.status.conditions.lastTransitionTime', 'When the status last changed.'],
  ])('kubectl explain %s', async (field, text) => {
    const explained = (await cluster.kubectl(['explain', field])).replace(/\s+/g, ' ');
    expect(explained).toContain(text);
  });

  test('kubectl explain knows every field', async () => {
    for (const kind of KINDS) {
      const explained = await cluster.kubectl([
        'explain',
        kind.plural,
        '--recursive',
        `--api-version=${apiVersionOf(kind)}`,
      ]);
      for (const name of Object.keys(kind.spec.properties ?? {}))
        expect(explained).toMatch(new RegExp(`^ +${name}\\t<`, 'm'));
    }
  });
});
