import { contentName } from '../../../src/kinds/child-names';
import {
  FeatureDefinition,
  FeatureSourceType,
  FeatureStoreSpec,
  FeatureValueType,
  OfflineStorage,
} from '../../../src/api/generated';
import { at, DOCUMENTED, find, Item, items, SETTINGS } from './support';

test('a batch job runs its views of one schedule and image; another schedule is another job', () => {
  const feature = (name: string, schedule?: string): FeatureDefinition => ({
    name,
    type: FeatureValueType.INT,
    source: { type: FeatureSourceType.BATCH, query: `SELECT entity_id, ${name} FROM t`, schedule },
  });
  const spec: FeatureStoreSpec = {
    ...DOCUMENTED,
    features: [feature('a'), feature('b', '@hourly'), feature('c', '0 0 * * *')],
    suspend: true,
  };
  const all = items({ spec });
  const jobs = all.filter(({ kind }) => kind === 'ScheduledSparkApplication');
  const data = all.find(({ data }) => data?.['materialize.json'] !== undefined)?.data ?? {};

  expect(jobs.map(({ spec }) => [spec.schedule, spec.suspend])).toEqual([
    ['0 0 * * *', true],
    ['@hourly', true],
  ]);
  const views = jobs.map((job) => {
    const file = String(at(job.spec, 'template', 'arguments', 0)).replace('/etc/feast/programs/', '');
    return (JSON.parse(data[file]) as { views: { name: string }[] }).views.map(({ name }) => name);
  });
  expect(views).toEqual([['a', 'c'], ['b']]);
  expect(find(all, 'CronJob').spec.suspend).toBe(true);
});

test("a stream's job does not change when another feature does", () => {
  const other: FeatureStoreSpec = {
    ...DOCUMENTED,
    features: [{ ...DOCUMENTED.features[0], description: 'else', maxAge: '1h' }, ...DOCUMENTED.features.slice(1)],
  };
  const before = items();
  const after = items({ spec: other });

  expect(find(after, 'FlinkDeployment')).toEqual(find(before, 'FlinkDeployment'));
  expect(find(after, 'Job').metadata.name).not.toBe(find(before, 'Job').metadata.name);
  const jobs = (all: Item[]) =>
    at(
      find(all, 'CronJob', contentName('customer-features', 'materialize', [], 52)).spec,
      'jobTemplate',
      'spec',
      'template',
      'spec',
      'volumes',
    );
  expect(jobs(after)).not.toEqual(jobs(before));
});

test("the tenant's code is in files of its own, never in a definition or a program of ours", () => {
  const all = items();
  const holding = all
    .flatMap(({ data }) => Object.entries(data ?? {}))
    .filter(([, text]) => text.includes('calculate_frequency'));

  expect(holding.map(([file]) => file)).toEqual(['transformation.py']);
});

test('suspend stops the stream and the schedules, and leaves the servers', () => {
  const all = items({ spec: { ...DOCUMENTED, suspend: true } });

  expect(at(find(all, 'FlinkDeployment').spec, 'job', 'state')).toBe('suspended');
  expect(all.filter(({ kind }) => kind === 'CronJob').map(({ spec }) => spec.suspend)).toEqual([true, true]);
  expect(find(all, 'Deployment', 'customer-features-features').spec.replicas).toBe(2);
});

test('values in a database: the query runs there, and there is no Spark job', () => {
  const spec: FeatureStoreSpec = {
    features: [DOCUMENTED.features[0]],
    serving: { online: {}, offline: { storage: OfflineStorage.POSTGRES } },
  };
  const all = items({
    spec,
    settings: { ...SETTINGS, offlineSecretName: 'warehouse', registryPath: 's3://features/registry.db' },
  });

  expect(all.some(({ kind }) => kind === 'ScheduledSparkApplication')).toBe(false);
  const definitions = all.find(({ data }) => data?.['definitions.py'])?.data?.['definitions.py'] ?? '';
  expect(definitions).toContain('PostgreSQLSource(');
  expect(definitions).toContain('query="SELECT customer_id');
});
