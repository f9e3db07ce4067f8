import { DataPipelineSettings } from '../../../src/kinds/data-pipeline';
import { DATABASE, LAKE, objects } from './support';

const spec = { source: DATABASE, sink: LAKE };
const topic = { type: 'kafka', config: { topic: 'orders' } };
const collection = {
  type: 'database',
  config: { driver: 'mongodb', connection: { secretRef: { name: 'db' } }, table: 'orders' },
};

test.each<[string, object, DataPipelineSettings, string]>([
  ['a name that no run can have', spec, {}, ''],
  ['Spark where there is none', spec, { spark: false }, 'engine must be one that the platform has, got "spark"'],
  ['a feature store as source', { ...spec, source: { type: 'featurestore', config: {} } }, {}, 'source.type must be'],
  ['a feature store as sink', { ...spec, sink: { type: 'featurestore', config: {} } }, {}, 'sink.type must be'],
  ['a topic without a schedule', { ...spec, source: topic }, { bootstrapServers: 'k:9092' }, 'schedule must be given'],
  [
    'a topic without brokers',
    { ...spec, source: topic, schedule: '0 * * * *' },
    {},
    'source.config.bootstrapServers must be given',
  ],
  ['a sink without brokers', { ...spec, sink: topic }, {}, 'sink.config.options must have the brokers'],
  [
    'a topic that is overwritten',
    { ...spec, sink: { type: 'kafka', config: { topic: 'a', mode: 'overwrite' } } },
    { bootstrapServers: 'k:9092' },
    'sink.config.mode must be append or upsert',
  ],
  [
    'a step that is an image',
    { ...spec, transformations: [{ type: 'custom', config: { image: 'a:1' } }] },
    {},
    'transformations[0].type must be a step that the job of Spark does itself',
  ],
  [
    'steps with two images',
    {
      ...spec,
      transformations: ['a:1', 'b:1'].map((image) => ({ type: 'python', config: { script: 'df = df', image } })),
    },
    {},
    'transformations[1].config.image must be a:1',
  ],
  [
    'a table that is looked up nowhere',
    { ...spec, source: LAKE, transformations: [{ type: 'enrich', config: { lookupTable: 't', joinKey: 'k' } }] },
    {},
    'transformations[0].config.lookupTable must be a table that is found',
  ],
  [
    'a file of one pod',
    { ...spec, sink: { type: 'datalake', config: { path: 'file:///data' } } },
    {},
    'sink.config.path must be a place that every pod of the job reaches',
  ],
  [
    'a store for which there is no connector',
    { ...spec, sink: { type: 'datalake', config: { path: 'gs://lake/orders' } } },
    {},
    'sink.config.path must be something that the image of Spark has a connector for',
  ],
  [
    'increments into a sink that cannot remember the last one',
    {
      ...spec,
      source: {
        type: 'database',
        config: { ...DATABASE.config, table: undefined, query: 'SELECT 1 WHERE a > :last_run' },
      },
      sink: collection,
    },
    {},
    'sink.type must be a store that keeps what the next run begins with',
  ],
  ['a schedule that is none', { ...spec, schedule: '0 25 * * *' }, {}, 'schedule must be a cron schedule, and hour'],
  ['a zone that is not there', { ...spec, zone: 'lab' }, {}, 'zone must be the name of an AIZone that exists'],
  ['a time that is none', { ...spec, timeout: '0s' }, {}, 'timeout must be a duration of at least one second'],
  [
    'scripts that no ConfigMap takes',
    { ...spec, transformations: Array(16).fill({ type: 'python', config: { script: '#'.repeat(65_536) } }) },
    {},
    'transformations must fit into a ConfigMap',
  ],
])('%s is refused with the field', (_what, given, settings, message) => {
  if (message === '') expect(() => objects(given, settings, 'orders.v1')).toThrow('name must be a DNS label');
  else expect(() => objects(given, settings)).toThrow(message);
});

test('what cannot be kept in the sink is kept in the folder of the platform', () => {
  const folder = 's3://platform/pipelines';
  const source = {
    ...DATABASE,
    config: { ...DATABASE.config, table: undefined, query: 'SELECT 1 WHERE a > :last_run' },
  };
  const { SparkApplication } = objects({ source, sink: collection }, { folder });
  expect(SparkApplication.spec.arguments).toEqual(
    expect.arrayContaining(['--state', `${folder}/state`, '--quarantine', `${folder}/quarantine/shop.orders`]),
  );
  // a datalake keeps it itself
  const lake = objects({ source, sink: LAKE }, { folder }).SparkApplication.spec;
  expect(lake.arguments).not.toContain('--state');
  expect(lake.arguments).not.toContain('--quarantine');
});

test('a job fetches the connectors that its spec names, and no other', () => {
  const packages = (given: object): unknown => objects({ ...spec, ...given }).SparkApplication.spec.deps;
  const disk = { type: 'datalake', config: { path: 'pvc://data/orders', format: 'delta' } };
  expect(packages({ sink: disk })).toEqual({
    packages: ['org.postgresql:postgresql:42.7.7', 'io.delta:delta-spark_2.13:4.0.0'],
  });
  const csv = { type: 'datalake', config: { path: 'pvc://data/in', format: 'csv' } };
  expect(packages({ source: csv, sink: { type: 'datalake', config: { path: 'hdfs://name/out' } } })).toBeUndefined();
});

test('claims are mounted where the program looks for them, in driver and executors', () => {
  const source = { type: 'datalake', config: { path: 'pvc://landing/in', format: 'csv' } };
  const { spec: made } = objects({
    source,
    sink: { type: 'datalake', config: { path: 'pvc://lake/out' } },
  }).SparkApplication;
  const mounts = [
    { name: 'claim-0', mountPath: '/mnt/pvc/landing' },
    { name: 'claim-1', mountPath: '/mnt/pvc/lake' },
  ];
  expect(made.volumes).toEqual(
    expect.arrayContaining([{ name: 'claim-1', persistentVolumeClaim: { claimName: 'lake' } }]) as unknown,
  );
  expect((made.driver as { volumeMounts: unknown }).volumeMounts).toEqual(expect.arrayContaining(mounts));
  expect((made.executor as { volumeMounts: unknown }).volumeMounts).toEqual(expect.arrayContaining(mounts));
});

test('a pipeline reaches the ports of its stores, and is reached by what scrapes', () => {
  const scraper = { namespace: 'monitoring', podLabels: { app: 'prometheus' } };
  const { spec: policy } = objects(
    { ...spec, sink: topic },
    { bootstrapServers: 'a:9094,b:9095', scraper },
  ).NetworkPolicy;
  const { ingress, egress } = policy as { ingress: { ports?: object }[]; egress: { ports?: { port: number }[] }[] };
  expect(egress.at(-1)?.ports?.map(({ port }) => port)).toEqual([80, 443, 5432, 9092, 9093, 9094, 9095]);
  expect(ingress).toContainEqual({
    from: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
        podSelector: { matchLabels: { app: 'prometheus' } },
      },
    ],
    ports: [{ port: 8090, protocol: 'TCP' }],
  });
});

test('a run is late an hour after the longest time between two', () => {
  const alerts = (given: object): string => JSON.stringify(objects({ ...spec, ...given }).PrometheusRule);
  expect(alerts({ schedule: '0 2 * * *' })).toContain(`> ${24 * 3600 + 3600}"`);
  expect(alerts({})).not.toContain('PipelineRunLate');
  expect(objects(spec, { alerts: false })).not.toHaveProperty('PrometheusRule');
});

test('names of runs have at most 63 characters, whatever the name of the pipeline', () => {
  const name = 'a'.repeat(52);
  const { ScheduledSparkApplication } = objects({ ...spec, schedule: '@daily' }, {}, name);
  // Spark's operator adds a hyphen and 19 digits
  expect(ScheduledSparkApplication.metadata.name.length).toBeLessThanOrEqual(43);
  expect(
    objects({ ...spec, schedule: '@daily' }, {}, `${'a'.repeat(51)}b`).ScheduledSparkApplication.metadata.name,
  ).not.toBe(ScheduledSparkApplication.metadata.name);
});
