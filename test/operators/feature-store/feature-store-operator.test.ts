import { createHash } from 'node:crypto';
import { App, Chart } from 'cdk8s';
import { FeatureStoreSpec } from '../../../src/api/generated/feature-store';
import { keptVersions } from '../../../operators/src/feature-store/definitions';
import { FeatureStoreObjects } from '../../../src/kinds/feature-store/feature-store-objects';
import { featureStoreSettings } from '../../../src/kinds/operators/kind-settings';
import { KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { unpack } from '../../../operators/src/runtime/revisions';
import { condition, settled } from '../support/conditions';
import { expectGoodChildren } from '../support/good-children';
import {
  clock,
  definitions,
  FLINK,
  HOOKS,
  NAME,
  NAMESPACE,
  observed,
  of,
  PLATFORM,
  sample,
  SERVED,
  SPARK,
  sync,
} from './support';

const made = ({ children }: SyncResponse): KubernetesObject[] =>
  children.filter(({ kind }) => kind !== 'ControllerRevision');
const withoutHashes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replace(/(-|")[0-9a-f]{8}(?=["\\.])/g, '$1#'));

test('the documented sample is servers, jobs, metrics and network policies', () => {
  const response = sync(sample());
  expectGoodChildren(made(response), NAMESPACE);
  expect(of(response, 'Deployment', '-features').spec).toMatchObject({ replicas: 2 });
  expect(of(response, 'CronJob', '-materialize').spec).toMatchObject({ schedule: '*/15 * * * *', suspend: false });
  expect(of(response, SPARK).spec).toMatchObject({ schedule: '0 0 * * *', timeZone: 'Etc/UTC' });
  expect(of(response, FLINK).spec).toMatchObject({ image: PLATFORM.featureStore?.streamImage });
  // who computes what is written on it
  const computes = made(response).flatMap(({ kind, metadata: { annotations } }) => {
    const features = annotations?.['nstarx.io/computes'];
    return features === undefined ? [] : [[kind, features]];
  });
  expect(computes.sort()).toEqual([
    ['CronJob', 'churn_probability'],
    [FLINK, 'purchase_frequency'],
    [SPARK, 'customer_lifetime_value'],
  ]);
  // the model is asked at the Service that its AIModel has
  const jobs = of(response, 'ConfigMap', '-jobs-').data as Readonly<Record<string, string>>;
  const asked = Object.entries(jobs).find(([file]) => /^model-.*json$/.test(file))![1];
  expect(asked).toContain('http://churn-predictor-model.feature-stores.svc:8080/v2/models/churn-predictor/infer');
  const programs = made(response).map((child) =>
    child.kind === 'ConfigMap' ? { ...child, data: Object.keys(child.data as object) } : child,
  );
  expect(withoutHashes(programs)).toMatchSnapshot();
});

test("a stream reads the topic of its namespace from the platform's message bus, as a user of the namespace", () => {
  const response = sync(sample());
  const config = response.children.find(
    ({ kind, data }) => kind === 'ConfigMap' && Object.hasOwn(data ?? {}, 'stream.json'),
  );
  const job = JSON.parse((config?.data as Record<string, string>)['stream.json']) as Record<string, unknown>;
  expect(job.view).toMatchObject({ topic: 'feature-stores.customer-events' });
  expect(job.group).toMatch(/^feature-stores\./);
  expect(job.kafkaProperties).toMatchObject({
    'bootstrap.servers': 'bus-kafka-bootstrap.backing-services.svc.cluster.local:9093',
    'security.protocol': 'SASL_SSL',
    'ssl.truststore.certificates': '${BUS_CA}',
  });
  expect(JSON.stringify(of(response, FLINK).spec)).toContain(
    '{"name":"BUS_PASSWORD","valueFrom":{"secretKeyRef":{"key":"password","name":"bus-credentials.flink"}}}',
  );
  const streams = of(response, 'NetworkPolicy', 'stream');
  expect(JSON.stringify(streams.spec)).toContain('"strimzi.io/name":"bus-kafka"');
});

test('a topic with a dot says whose it is', () => {
  const [batch, stream, model] = sample().spec!.features as { source: object }[];
  const other = { ...stream, source: { ...stream.source, topic: 'data-processing.customer-events' } };
  const response = sync(sample({ features: [batch, other, model] }));
  expect(JSON.stringify(response.children)).toContain('data-processing.customer-events');
  expect(JSON.stringify(response.children)).not.toContain('feature-stores.data-processing');
});

test('Prometheus may scrape from where it is', () => {
  expect(JSON.stringify(of(sync(sample()), 'NetworkPolicy').spec)).toContain(`"${PLATFORM.scraper.namespace}"`);
});

test('it asks for the pods of its jobs and its servers, whatever the spec', () => {
  expect(HOOKS.customize({ parent: settled(sample()) }, PLATFORM).relatedResources).toEqual([
    {
      apiVersion: 'v1',
      resource: 'pods',
      namespace: NAMESPACE,
      labelSelector: {
        matchLabels: { 'nstarx.io/feature-store': NAME },
        matchExpressions: [
          {
            key: 'app.kubernetes.io/component',
            operator: 'In',
            values: ['feature-apply', 'feature-batch', 'feature-materialize', 'feature-model', 'feature-server'],
          },
        ],
      },
    },
  ]);
});

test('the same request has the same answer, and static synthesis gives the same objects', () => {
  expect(JSON.stringify(sync(sample()))).toBe(JSON.stringify(sync(sample())));
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  new FeatureStoreObjects(chart, 'store', {
    name: NAME,
    namespace: NAMESPACE,
    spec: sample().spec as unknown as FeatureStoreSpec,
    settings: featureStoreSettings(PLATFORM),
  });
  expect(chart.toJson()).toEqual(made(sync(sample())));
});

test.each([
  [
    { serving: { offline: { storage: 'redshift' } } },
    'spec.serving.offline.storage must be one that the platform has the credentials of',
  ],
  [{ serving: { online: {}, offline: { path: 'hdfs://a/' } } }, 'spec.serving.offline.path must be in S3'],
  [{ serving: { online: { storage: 'cassandra' }, offline: { path: 's3://a/' } } }, 'spec.serving.online.secretRef'],
  [
    { features: [{ name: 'm', type: 'float', source: { type: 'model', modelRef: { name: 'x' } } }] },
    'spec.features[0].source.modelRef',
  ],
])('a bad edit (%j) names the field, and the last good objects stay', (change, field) => {
  const first = sync(sample());
  const second = sync(sample(change, { phase: 'Serving' }), observed(first, SERVED));
  expect(condition(second, 'Accepted')).toMatchObject({ status: 'False', reason: 'InvalidSpec' });
  expect(condition(second, 'Accepted')?.message).toContain(field);
  expect(condition(second, 'Ready')).toMatchObject({ status: 'False', reason: 'InvalidSpec' });
  expect(second.status.phase).toBe('Degraded');
  const key = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`;
  const byName = (response: SyncResponse): KubernetesObject[] =>
    made(response).sort((one, another) => (key(one) < key(another) ? -1 : 1));
  expect(byName(second)).toEqual(byName(first));
  expect(sync(sample(change)).status.phase).toBe('Failed');
});

test.each([
  [{ spark: false }, 'spec.features[0].source.type must not be batch'],
  [{ flink: false }, 'spec.features[1].source.type must not be streaming'],
  [{ messageBus: undefined }, 'spec.features[1].source.type must not be streaming'],
  [{ streamImage: undefined }, 'spec.features[1].source.image must be set'],
])('what the platform lacks (%j) is told of the feature that needs it', (lacks, field) => {
  const settings = { ...PLATFORM, featureStore: { ...PLATFORM.featureStore, ...lacks } };
  const response = sync(sample(), [], [], settings);
  expect(condition(response, 'Accepted')?.message).toContain(field);
  expect(made(response)).toEqual([]);
});

test('what the cluster does not serve is known of its API groups', () => {
  const without = (group: string) => {
    const all = ['sparkoperator.k8s.io', 'flink.apache.org', 'monitoring.coreos.com'];
    return sync(sample(), [], [], { ...PLATFORM, apiGroups: all.filter((one) => one !== group) });
  };
  expect(condition(without('sparkoperator.k8s.io'), 'Accepted')?.message).toContain('spec.features[0].source.type');
  expect(condition(without('flink.apache.org'), 'Accepted')?.message).toContain('spec.features[1].source.type');
  const silent = without('monitoring.coreos.com');
  expect(condition(silent, 'Accepted')?.status).toBe('True');
  expect(made(silent).some(({ kind }) => kind === 'PrometheusRule')).toBe(false);
});

test('a store without Prometheus has no alerts', () => {
  const settings = { ...PLATFORM, featureStore: { ...PLATFORM.featureStore, alerts: false } };
  expect(made(sync(sample(), [], [], settings)).some(({ kind }) => kind === 'PrometheusRule')).toBe(false);
  expect(made(sync(sample())).some(({ kind }) => kind === 'PrometheusRule')).toBe(true);
});

test('more than a revision can keep is refused', () => {
  const streams = (count: number, transformation: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => ({
      name: `f${index}`,
      type: 'float',
      source: { type: 'streaming', topic: 't', transformation: transformation(index) },
    }));
  // text that cannot be packed
  const noise = (seed: number): string =>
    Array.from({ length: 600 }, (_, index) => createHash('sha256').update(`${seed} ${index}`).digest('base64')).join(
      '',
    );
  const packed = sync(sample({ features: streams(60, () => '# x') }));
  expect(condition(packed, 'Accepted')?.status).toBe('True');
  expect(JSON.stringify(of(packed, 'ControllerRevision')).length).toBeLessThan(200_000);
  for (const features of [streams(40, noise), streams(200, () => `# ${'x'.repeat(40_000)}`)]) {
    const response = sync(sample({ features }));
    expect(condition(response, 'Accepted')?.message).toMatch(/^spec\.features must give fewer definitions/);
    expect(made(response)).toEqual([]);
  }
});

const other = (description: string) => sample({ description });
const DAY = 86_400_000;
const after = (days: number): string => new Date(Date.parse('2026-03-01T00:00:00Z') + days * DAY).toISOString();

test('A, B, A: old definitions stay as they were, and those of A come back byte for byte', () => {
  const a = sync(sample());
  const seenA = observed(a, SERVED);
  const b = sync(other('b'), seenA);
  expect(definitions(b.children)).toHaveLength(2);
  expect(definitions(b.children)).toEqual(expect.arrayContaining(definitions(a.children)) as unknown);
  const [name] = definitions(a.children);
  const kept = b.children.find(({ metadata }) => metadata.name === name)!;
  expect(kept).toEqual(a.children.find(({ metadata }) => metadata.name === name));
  expect(condition(b, 'VersionsKept')).toMatchObject({ status: 'True', reason: 'Kept' });
  expect(condition(b, 'VersionsKept')?.message).toContain(
    a.children.find(({ metadata }) => metadata.name === name)?.metadata.labels?.['nstarx.io/version'],
  );
  // they are no part of the revision
  const { objects } = of(b, 'ControllerRevision').data as { readonly objects: string };
  expect(definitions(unpack(objects))).toEqual([definitions(b.children).find((one) => one !== name)]);
  const again = sync(sample(), observed(b, SERVED));
  expect(made(again).filter(({ metadata }) => !definitions(b.children).includes(metadata.name))).toEqual(
    made(a).filter(({ metadata }) => metadata.name !== name),
  );
  expect(definitions(again.children)).toEqual(definitions(b.children));
  expect(of(again, 'Deployment', '-features')).toEqual(of(a, 'Deployment', '-features'));
});

test('old definitions expire after the retention, counted from when they were replaced', () => {
  const a = sync(sample());
  const b = sync(other('b'), observed(a));
  const [mine] = definitions(a.children);
  const seen = observed(b).map((child) =>
    child.metadata.name === mine ? child : { ...child, metadata: { ...child.metadata, creationTimestamp: after(30) } },
  );
  const at = (days: number) => sync(other('b'), seen, [clock(after(days))]);
  expect(definitions(at(119).children)).toContain(mine);
  expect(at(119).resyncAfterSeconds).toBe(3600);
  expect(definitions(at(120).children)).not.toContain(mine);
  const short = sample({ description: 'b', versioning: { retentionDays: 7 } });
  expect(definitions(sync(short, seen, [clock(after(37))]).children)).not.toContain(mine);
  const off = sync(sample({ description: 'b', versioning: { enabled: false } }), seen);
  expect(definitions(off.children)).toHaveLength(1);
  expect(condition(off, 'VersionsKept')?.reason).toBe('Off');
  // the last one: nothing waits
  expect(sync(sample(), observed(a)).resyncAfterSeconds).toBeUndefined();
});

test('versions: those that were replaced within the retention stay as they were', () => {
  const version = (name: string, creationTimestamp: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: NAMESPACE,
      creationTimestamp,
      labels: { 'nstarx.io/content': 'feature-definitions', 'nstarx.io/version': name.slice(-8) },
    },
    immutable: true,
    data: { 'definitions.py': name },
  });
  const [current] = definitions(sync(sample()).children);
  const past = [
    version('customer-features-aaaaaaaa', '2028-01-01T00:00:00Z'),
    version('customer-features-bbbbbbbb', '2028-02-01T00:00:00Z'),
    version(current, '2028-03-01T00:00:00Z'),
  ];
  const kept = (now: string, change: object = {}) =>
    sync(sample(change), past, [clock(now)])
      .children.filter(
        ({ kind, metadata }) =>
          kind === 'ConfigMap' && metadata.labels?.['nstarx.io/content'] === 'feature-definitions',
      )
      .map(({ metadata, data }) => [metadata.name, (data as Record<string, string>)['definitions.py'].slice(0, 26)])
      .filter(([name]) => name !== current);

  expect(kept('2028-03-02T00:00:00Z')).toEqual([
    ['customer-features-aaaaaaaa', 'customer-features-aaaaaaaa'],
    ['customer-features-bbbbbbbb', 'customer-features-bbbbbbbb'],
  ]);
  // the first one was replaced on the first of February, 90 days before the first of May
  expect(kept('2028-05-01T00:00:00Z').map(([name]) => name)).toEqual(['customer-features-bbbbbbbb']);
  expect(kept('2028-05-30T00:00:00Z')).toEqual([]);
  expect(kept('2028-03-02T00:00:00Z', { versioning: { enabled: false } })).toEqual([]);
  const versions = past.map(({ metadata }) => ({ name: metadata.name, createdAt: metadata.creationTimestamp ?? '' }));
  const { spec } = sample();
  expect(() => keptVersions('x', spec as unknown as FeatureStoreSpec, versions, current, 'yesterday')).toThrow(
    /now must be a time/,
  );
});

test('a spec that cannot be done lets no version expire', () => {
  const a = sync(sample());
  const b = sync(other('b'), observed(a));
  const bad = sample({ serving: { offline: { storage: 'postgres' } } });
  const response = sync(bad, observed(b), [clock(after(4000))]);
  expect(definitions(response.children)).toEqual(definitions(b.children));
  expect(response.status.phase).toBe('Provisioning');
});

test('deleted, it goes when nothing of it is left', () => {
  const parent = { ...sample(), metadata: { ...sample().metadata, deletionTimestamp: '2026-03-01T00:00:00Z' } };
  const finalize = (children: readonly KubernetesObject[]) =>
    HOOKS.sync({ ...JSON.parse('{"children":{},"finalizing":true}'), parent, ...map(children) }, PLATFORM);
  expect(finalize([]).finalized).toBe(true);
  expect(finalize([]).status.phase).toBe('Terminating');
  expect(finalize(observed(sync(sample()))).finalized).toBe(false);
});

function map(children: readonly KubernetesObject[]): object {
  const entries = children.map((child) => [`${NAMESPACE}/${child.metadata.name}`, child]);
  return entries.length > 0 ? { children: { 'ConfigMap.v1': Object.fromEntries(entries) as object } } : {};
}
