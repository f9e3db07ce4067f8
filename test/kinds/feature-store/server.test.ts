import { FeatureStoreSpec, OnlineStorage } from '../../../src/api/generated';
import { FeatureServerRuntime } from '../../../src/kinds/feature-store/settings';
import { at, DOCUMENTED, find, items, Json, SETTINGS } from './support';

test('each file of the repository is mounted by itself, since Feast would read a kept-up folder twice', () => {
  const all = items();
  const definitions = all.find(({ data }) => data?.['definitions.py'] !== undefined);
  const pod = at(find(all, 'Deployment', 'customer-features-features').spec, 'template', 'spec');
  const mounts = at(pod, 'containers', 0, 'volumeMounts') as Json[];

  expect(mounts.filter(({ name }) => name === 'repository')).toEqual(
    Object.keys(definitions?.data ?? {}).map((key) => ({
      name: 'repository',
      mountPath: `/etc/feast/repository/${key}`,
      subPath: key,
      readOnly: true,
    })),
  );
  expect(at(pod, 'volumes')).toContainEqual({ name: 'repository', configMap: { name: definitions?.metadata.name } });
});

test('a Job never changes under its name: another query leaves it, another image renames it', () => {
  const [first, ...rest] = DOCUMENTED.features;
  const query: FeatureStoreSpec = {
    ...DOCUMENTED,
    features: [{ ...first, source: { ...first.source, query: 'SELECT customer_id, 1 AS ltv FROM orders' } }, ...rest],
  };
  const before = items();
  const otherImage = items({ settings: { ...SETTINGS, feastImage: 'registry.example.com/feast:0.66.1' } });

  expect(find(items({ spec: query }), 'Job')).toEqual(find(before, 'Job'));
  expect(find(items({ spec: query }), 'Deployment', 'customer-features-features')).toEqual(
    find(before, 'Deployment', 'customer-features-features'),
  );
  expect(find(otherImage, 'Job').metadata.name).not.toBe(find(before, 'Job').metadata.name);
});

test('credentials come from Secrets, by name of the variable that feature_store.yaml has', () => {
  const spec: FeatureStoreSpec = {
    ...DOCUMENTED,
    serving: { ...DOCUMENTED.serving, online: { storage: OnlineStorage.POSTGRES, secretRef: { name: 'online' } } },
  };
  const s3SecretEnv = [{ name: 'AWS_SECRET_ACCESS_KEY', secretName: 's3', key: 'secret-access-key' }];
  const all = items({ spec, settings: { ...SETTINGS, s3SecretEnv } });
  const env = at(
    find(all, 'Deployment', 'customer-features-features').spec,
    'template',
    'spec',
    'containers',
    0,
    'env',
  ) as Json[];
  const yaml = all.find(({ data }) => data?.['feature_store.yaml'])?.data?.['feature_store.yaml'] ?? '';

  for (const key of ['host', 'port', 'database', 'user', 'password']) {
    const name = `ONLINE_STORE_${key.toUpperCase()}`;
    expect(env).toContainEqual({ name, valueFrom: { secretKeyRef: { name: 'online', key } } });
    expect((JSON.parse(yaml) as { online_store: Json }).online_store[key]).toBe(`\${${name}}`);
  }
  expect(env).toContainEqual({
    name: 'AWS_SECRET_ACCESS_KEY',
    valueFrom: { secretKeyRef: { name: 's3', key: 'secret-access-key' } },
  });
});

test("the platform's cache is asked with a user of its own, whose password is in no ConfigMap", () => {
  const onlineSecretEnv = ['username', 'password'].map((key) => ({
    name: `CACHE_${key.toUpperCase()}`,
    secretName: 'cache-credentials.feature-store',
    key,
  }));
  const all = items({ settings: { ...SETTINGS, onlineSecretEnv, onlineTls: true } });
  const yaml = all.find(({ data }) => data?.['feature_store.yaml'])?.data?.['feature_store.yaml'] ?? '';
  expect((JSON.parse(yaml) as { online_store: Json }).online_store.connection_string).toBe(
    'cache.backing-services:6379,username=${CACHE_USERNAME},password=${CACHE_PASSWORD},ssl=true',
  );
  const pods = all.filter(({ kind }) => ['Deployment', 'Job', 'CronJob'].includes(kind));
  const users = pods.filter((item) => JSON.stringify(item).includes('cache-credentials.feature-store'));
  expect(users.map(({ kind }) => kind)).toContain('Deployment');
});

test("with Feast's operator: its FeatureStore starts servers in the mounted repository, behind the same Service", () => {
  const all = items({ settings: { ...SETTINGS, runtime: FeatureServerRuntime.FEAST_OPERATOR } });
  const store = find(all, 'FeatureStore');

  expect(store.apiVersion).toBe('feast.dev/v1');
  expect(store.spec.feastProjectDir).toEqual({
    packaged: { image: 'quay.io/feastdev/feature-server:0.66.0', featureRepoPath: '/etc/feast/repository' },
  });
  expect(at(store.spec, 'services', 'disableInitContainers')).toBe(true);
  expect(at(store.spec, 'services', 'onlineStore', 'server', 'metrics')).toBe(true);
  expect(at(find(all, 'Service', 'customer-features-features').spec, 'selector')).toEqual({
    'feast.dev/name': 'customer-features-features',
  });
  expect(all.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name)).toEqual([
    'customer-features-feature-metrics',
  ]);
});
