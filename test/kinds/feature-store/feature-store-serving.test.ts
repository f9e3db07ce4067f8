import { Chart, Testing } from 'cdk8s';
import fc from 'fast-check';
import { podSecurityViolations } from '../../../src/checks/pod-security-check';
import {
  EntityKeyType,
  FeatureDefinition,
  FeatureMetric,
  FeatureSourceType,
  FeatureStoreSpec,
  FeatureValueType,
  OfflineStorage,
  OnlineStorage,
} from '../../../src/api/generated';
import { FeatureServerRuntime, FeatureStoreObjects, FeatureStoreObjectsProps } from '../../../src/kinds/feature-store';
import { anySpec } from './any-spec';
import { DOCUMENTED } from './documented';

type Json = { readonly [field: string]: unknown };

interface Item {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: { [key: string]: string } };
  readonly data?: { readonly [key: string]: string };
  readonly spec: Json;
}

const SETTINGS = {
  onlineAddress: 'cache.backing-services:6379',
  streamImage: 'registry.example.com/pyflink:2.1.0',
  bootstrapServers: 'kafka.kafka:9092',
  lake: 's3://lake',
};

function items(props: Partial<FeatureStoreObjectsProps> = {}): Item[] {
  const chart = new Chart(Testing.app(), 'chart');
  new FeatureStoreObjects(chart, 'Store', {
    name: 'customer-features',
    namespace: 'feature-stores',
    spec: DOCUMENTED,
    settings: SETTINGS,
    ...props,
  });
  return Testing.synth(chart) as Item[];
}

function find(all: Item[], kind: string, name?: string): Item {
  const found = all.filter((item) => item.kind === kind && (name === undefined || item.metadata.name === name));
  if (found.length !== 1) throw new Error(`${found.length} of ${kind} ${name ?? ''}`);
  return found[0];
}

function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((child, key) => (child as { [key: string]: unknown } | undefined)?.[key], value);
}

/** Pod specs of everything that we make pods from, with Spark's and Flink's in Kubernetes' own form. */
function podSpecs(all: Item[]): { name: string; spec: Json }[] {
  return all.flatMap(({ kind, metadata: { name }, spec }) => {
    const plain: { [kind: string]: (string | number)[] } = {
      Deployment: ['template', 'spec'],
      Job: ['template', 'spec'],
      CronJob: ['jobTemplate', 'spec', 'template', 'spec'],
      FlinkDeployment: ['podTemplate', 'spec'],
    };
    if (kind in plain) return [{ name, spec: at(spec, ...plain[kind]) as Json }];
    if (kind !== 'ScheduledSparkApplication') return [];
    return ['driver', 'executor'].map((role) => ({
      name: `${name} ${role}`,
      spec: {
        securityContext: at(spec, 'template', role, 'podSecurityContext'),
        containers: [{ name: role, securityContext: at(spec, 'template', role, 'securityContext') }],
        volumes: at(spec, 'template', 'volumes'),
      },
    }));
  });
}

test('the documented sample gives servers, jobs, metrics and guards', () => {
  const all = items();

  expect(all.map(({ kind, metadata }) => `${kind} ${metadata.name}`.replace(/-[0-9a-f]{8}$/, '-#')).sort()).toEqual([
    'ConfigMap customer-features-#',
    'ConfigMap customer-features-jobs-#',
    'ConfigMap customer-features-stream-#',
    'CronJob customer-features-materialize',
    'CronJob customer-features-model-#',
    'Deployment customer-features-features',
    'Deployment customer-features-metrics',
    'FlinkDeployment customer-features-s-purchase-frequency',
    'Job customer-features-apply-#',
    'NetworkPolicy customer-features-features',
    'NetworkPolicy customer-features-streams',
    'PodDisruptionBudget customer-features-features',
    'PrometheusRule customer-features-features',
    'ScheduledSparkApplication customer-features-batch-#',
    'Service customer-features-features',
    'Service customer-features-metrics',
    'ServiceAccount customer-features-features',
  ]);
  expect(all.every(({ metadata }) => metadata.namespace === 'feature-stores')).toBe(true);
  expect(all.every(({ metadata }) => metadata.labels['nstarx.io/feature-store'] === 'customer-features')).toBe(true);
});

test('the same props give the same objects', () => {
  expect(JSON.stringify(items())).toBe(JSON.stringify(items()));
});

test('every pod meets Pod Security restricted, with a read-only root and no token', () => {
  const pods = podSpecs(items());

  expect(pods).toHaveLength(8);
  for (const { name, spec } of pods) {
    expect([name, podSecurityViolations('restricted', 35, {}, spec)]).toEqual([name, []]);
    expect([name, at(spec, 'containers', 0, 'securityContext', 'readOnlyRootFilesystem')]).toEqual([name, true]);
  }
  const ours = pods.filter(({ spec }) => 'serviceAccountName' in spec);
  expect(ours.map(({ spec }) => spec.automountServiceAccountToken)).toEqual(ours.map(() => false));
});

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

test('Prometheus finds the port metrics of the servers and of the exporter, with the label of the store', () => {
  const all = items();

  for (const name of ['customer-features-features', 'customer-features-metrics']) {
    const service = find(all, 'Service', name);
    expect(service.metadata.labels).toMatchObject({
      'nstarx.io/component': 'feature-server',
      feature_store: 'customer-features',
    });
    expect(at(service.spec, 'ports')).toContainEqual({
      name: 'metrics',
      port: 8000,
      targetPort: 8000,
      protocol: 'TCP',
    });
    const labels = at(find(all, 'Deployment', name).spec, 'template', 'metadata', 'labels') as Json;
    expect(labels).toMatchObject(at(service.spec, 'selector') as Json);
    expect(labels.feature_store).toBe('customer-features');
  }
  const selectors = all.filter(({ kind }) => kind === 'Service').map(({ spec }) => JSON.stringify(spec.selector));
  expect(new Set(selectors).size).toBe(2);
});

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
      find(all, 'CronJob', 'customer-features-materialize').spec,
      'jobTemplate',
      'spec',
      'template',
      'spec',
      'volumes',
    );
  expect(jobs(after)).not.toEqual(jobs(before));
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

test('credentials come from Secrets, by name of the variable that feature_store.yaml has', () => {
  const spec: FeatureStoreSpec = {
    ...DOCUMENTED,
    serving: { ...DOCUMENTED.serving, online: { storage: OnlineStorage.POSTGRES, secretRef: { name: 'online' } } },
  };
  const s3SecretVariables = [{ name: 'AWS_SECRET_ACCESS_KEY', secretName: 's3', key: 'secret-access-key' }];
  const all = items({ spec, settings: { ...SETTINGS, s3SecretVariables } });
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
    'feast.dev/name': 'customer-features',
  });
  expect(all.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name)).toEqual([
    'customer-features-metrics',
  ]);
});

test("with Feast's operator: network policies select its pods, which carry its label only", () => {
  const settings = { ...SETTINGS, runtime: FeatureServerRuntime.FEAST_OPERATOR };
  const all = items({ settings });
  const own = find(all, 'NetworkPolicy', 'customer-features-features').spec;
  const servers = find(all, 'NetworkPolicy', 'customer-features-servers').spec;
  const pods = { matchLabels: { 'feast.dev/name': 'customer-features' } };

  expect(servers.podSelector).toEqual(pods);
  expect({ ...servers, podSelector: own.podSelector }).toEqual(own);
  // Flink pushes values to the servers
  const stream = find(all, 'NetworkPolicy', 'customer-features-streams').spec;
  expect(at(stream, 'egress', 1, 'to', 0, 'podSelector')).toEqual(pods);

  const offline = { path: 's3://a/' };
  const withoutServers = items({ settings, spec: { features: [DOCUMENTED.features[0]], serving: { offline } } });
  expect(withoutServers.filter(({ kind }) => kind === 'NetworkPolicy').map(({ metadata }) => metadata.name)).toEqual([
    'customer-features-features',
  ]);
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

test('alerts are those of the metrics that are watched; without monitoring there are none, and no exporter', () => {
  const names = (spec: FeatureStoreSpec) =>
    items({ spec })
      .filter(({ kind }) => kind === 'PrometheusRule')
      .flatMap((rule) => (at(rule.spec, 'groups', 0, 'rules') as Json[]).map(({ alert }) => alert));

  expect(names({ ...DOCUMENTED, monitoring: { metrics: [FeatureMetric.FEATURE_DRIFT] } })).toEqual([
    'FeatureDrift',
    'FeatureMetricsMissing',
  ]);
  expect(names(DOCUMENTED)).toEqual([
    'FeatureOlderThanMaxAge',
    'FeatureNeverComputed',
    'FeatureCoverageLow',
    'FeatureMetricsMissing',
  ]);
  const off = items({ spec: { ...DOCUMENTED, monitoring: { enabled: false } } });
  expect(off.filter(({ metadata }) => metadata.name.endsWith('-metrics'))).toEqual([]);
  expect(names({ ...DOCUMENTED, monitoring: { enabled: false } })).toEqual([]);
});

test('names stay in their bounds with the longest name', () => {
  const name = `a${'b'.repeat(50)}c`;
  for (const runtime of Object.values(FeatureServerRuntime)) {
    const all = items({ name, settings: { ...SETTINGS, runtime } });
    for (const { kind, metadata } of all) {
      const longest = { CronJob: 52, ScheduledSparkApplication: 34, FlinkDeployment: 45, FeatureStore: 50 }[kind] ?? 63;
      expect([kind, metadata.name.length <= longest]).toEqual([kind, true]);
    }
    const keys = all.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test('network: clients and the namespace reach the servers, pods reach stores and DNS', () => {
  const all = items({
    settings: {
      ...SETTINGS,
      s3Endpoint: 'http://s3.storage:8333',
      prometheusNamespace: 'monitoring',
      clients: [{ namespace: 'ml-models' }],
    },
  });
  const policy = find(all, 'NetworkPolicy', 'customer-features-features').spec;

  expect(policy.podSelector).toEqual({ matchLabels: { feature_store: 'customer-features' } });
  expect(at(policy, 'ingress', 0, 'from')).toEqual([
    { podSelector: {} },
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ml-models' } } },
  ]);
  expect(at(policy, 'ingress', 1, 'ports')).toEqual([{ port: 8000, protocol: 'TCP' }]);
  expect((at(policy, 'egress', 1, 'ports') as Json[]).map(({ port }) => port)).toEqual([80, 443, 6379, 8080, 8333]);
  const stream = find(all, 'NetworkPolicy', 'customer-features-streams').spec;
  expect((at(stream, 'egress', 2, 'ports') as Json[]).map(({ port }) => port)).toEqual([9092, 443, 8333]);
});

const [BATCH, STREAM, MODEL] = DOCUMENTED.features;

test.each([
  ['no folder', { features: [BATCH] }, /serving\.offline\.path must say where values are kept/],
  [
    'Iceberg',
    { features: [BATCH], serving: { offline: { storage: OfflineStorage.ICEBERG, path: 's3://a/' } } },
    /Iceberg/,
  ],
  ['HDFS', { features: [BATCH], serving: { offline: { path: 'hdfs://a/' } } }, /must be in S3 or Google Cloud Storage/],
  [
    'names of two cases',
    { features: [BATCH, { ...BATCH, name: 'Customer_Lifetime_Value' }], serving: DOCUMENTED.serving },
    /differ in more than case/,
  ],
  [
    'the join key',
    { features: [{ ...BATCH, name: 'entity_id' }], serving: DOCUMENTED.serving },
    /must differ from the column entity_id/,
  ],
  [
    'the creation time',
    { features: [{ ...BATCH, name: 'created_timestamp' }], serving: DOCUMENTED.serving },
    /must differ from the column created_timestamp/,
  ],
  [
    'a model without inputs',
    { features: [MODEL], serving: DOCUMENTED.serving },
    /must have other stored features of its entity/,
  ],
  [
    'a stream without an online store',
    { features: [STREAM], serving: { offline: DOCUMENTED.serving?.offline } },
    /serving\.online must be there/,
  ],
  [
    'a stream into a database',
    { features: [STREAM], serving: { online: {}, offline: { storage: OfflineStorage.POSTGRES } } },
    /must be parquet or delta/,
  ],
  [
    'PostgreSQL without a Secret',
    { features: [BATCH], serving: { ...DOCUMENTED.serving, online: { storage: OnlineStorage.POSTGRES } } },
    /secretRef must name a Secret/,
  ],
  [
    'too much text',
    {
      features: [BATCH],
      serving: DOCUMENTED.serving,
      entities: Array.from({ length: 1000 }, (_, i) => ({
        name: `e${i}`,
        type: EntityKeyType.INT32,
        description: 'x'.repeat(1024),
      })),
    },
    /must fit into a ConfigMap/,
  ],
] as [string, FeatureStoreSpec, RegExp][])('refused: %s', (_, spec, message) => {
  const settings = { ...SETTINGS, offlineSecretName: 'db', registryPath: 's3://features/registry.db' };
  expect(() => items({ spec, settings })).toThrow(message);
});

test('versions: those that were replaced within the retention stay as they were', () => {
  const version = (name: string, createdAt: string) => ({
    name,
    createdAt,
    version: name.slice(-8),
    data: { 'definitions.py': name },
  });
  const current = items().find(({ data }) => data?.['definitions.py'])?.metadata.name ?? '';
  const kept = (now: string, spec: FeatureStoreSpec = DOCUMENTED) =>
    items({
      spec,
      now,
      pastVersions: [
        version('customer-features-aaaaaaaa', '2024-01-01T00:00:00Z'),
        version('customer-features-bbbbbbbb', '2024-02-01T00:00:00Z'),
        version(current, '2024-03-01T00:00:00Z'),
      ],
    })
      .filter(
        ({ kind, metadata }) => kind === 'ConfigMap' && metadata.labels['nstarx.io/content'] === 'feature-definitions',
      )
      .map(({ metadata, data }) => [metadata.name, data?.['definitions.py']?.slice(0, 26)])
      .filter(([name]) => name !== current);

  expect(kept('2024-03-02T00:00:00Z')).toEqual([
    ['customer-features-aaaaaaaa', 'customer-features-aaaaaaaa'],
    ['customer-features-bbbbbbbb', 'customer-features-bbbbbbbb'],
  ]);
  // the first one was replaced on the first of February, 90 days before the first of May
  expect(kept('2024-05-01T00:00:00Z').map(([name]) => name)).toEqual(['customer-features-bbbbbbbb']);
  expect(kept('2024-05-30T00:00:00Z')).toEqual([]);
  expect(kept('2024-03-02T00:00:00Z', { ...DOCUMENTED, versioning: { enabled: false } })).toEqual([]);
  expect(() => kept('yesterday')).toThrow(/now must be a time/);
});

test('random specs: the same bytes again, names that are unique and fit, restricted pods, or a message that names the field', () => {
  let made = 0;
  fc.assert(
    fc.property(anySpec, fc.stringMatching(/^[a-z]([a-z0-9-]{0,50}[a-z0-9])?$/), (spec, name) => {
      let all: Item[];
      try {
        all = items({ spec, name });
      } catch (error) {
        expect(String(error)).toMatch(
          /(modelRef must have other stored features|type must be a number, a bool or a string)/,
        );
        return;
      }
      made++;
      expect(JSON.stringify(items({ spec, name }))).toBe(JSON.stringify(all));
      const keys = all.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(new Set(keys).size).toBe(keys.length);
      for (const { kind, metadata } of all) {
        expect(`${kind} ${metadata.name}`).toMatch(/^[A-Za-z]+ [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      }
      for (const pod of podSpecs(all)) expect(podSecurityViolations('restricted', 35, {}, pod.spec)).toEqual([]);
    }),
    { numRuns: 100, seed: 7 },
  );
  // most specs are no refused ones
  expect(made).toBeGreaterThan(25);
});
