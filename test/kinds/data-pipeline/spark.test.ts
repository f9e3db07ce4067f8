import { DATABASE, LAKE, objects } from './support';

const spec = { source: DATABASE, sink: LAKE };
const collection = {
  type: 'database',
  config: { driver: 'mongodb', connection: { secretRef: { name: 'db' } }, table: 'orders' },
};

test('what cannot be kept in the sink is kept in the folder of the namespace', () => {
  const folder = 's3://platform/pipelines';
  const source = {
    ...DATABASE,
    config: { ...DATABASE.config, table: undefined, query: 'SELECT 1 WHERE a > :last_run' },
  };
  const { SparkApplication } = objects({ source, sink: collection }, { folder });
  expect(SparkApplication.spec.arguments).toEqual(
    expect.arrayContaining([
      '--state',
      `${folder}/shop/state`,
      '--quarantine',
      `${folder}/shop/quarantine/shop.orders`,
    ]),
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
