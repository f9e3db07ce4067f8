import { LAKE, objects, refusal } from './support';

const SECRET = { secretRef: { name: 'store' } };
const FLINK = { flinkImage: 'registry.example.com/flink:2.1.0', folder: 's3://platform/pipelines' };
const KAFKA = { ...FLINK, bootstrapServers: 'kafka:9092' };

/** A pipeline with a source of one of the connectors, and these options. */
function pipeline(connector: string, options: Readonly<Record<string, string>>): object {
  const [name, engine] = connector.split('/');
  const database = { type: 'database', config: { driver: name, connection: SECRET, table: 'orders', options } };
  const stream = { connection: SECRET, topic: 'orders', options: { schema: 'id BIGINT', ...options } };
  const source: object =
    name === 'kafka'
      ? { type: 'kafka', config: stream }
      : name === 'files'
        ? { type: 'datalake', config: { path: 's3://lake/raw', connection: SECRET, format: 'csv', options } }
        : database;
  return {
    engine: engine ?? 'spark',
    source,
    sink: LAKE,
    ...(name === 'kafka' && engine !== 'flink' ? { schedule: '@daily' } : {}),
  };
}

const ATTACKS: readonly [string, string][] = [
  ['postgresql', 'url'],
  ['postgresql', 'URL'],
  ['postgresql', 'user'],
  ['postgresql', 'driver'],
  ['postgresql', 'socketFactory'],
  ['postgresql', 'socketFactoryArg'],
  ['postgresql', 'sslfactory'],
  ['postgresql', 'sessionInitStatement'],
  ['postgresql', 'connectionProvider'],
  ['mysql', 'allowLoadLocalInfile'],
  ['mysql', 'autoDeserialize'],
  ['mssql', 'serverName'],
  ['oracle', 'oracle.net.wallet_location'],
  ['mongodb', 'connection.uri'],
  ['mongodb', 'mongoClientFactory'],
  ['cassandra', 'spark.cassandra.connection.host'],
  ['cassandra', 'spark.cassandra.auth.username'],
  ['snowflake', 'sfURL'],
  ['snowflake', 'sfPassword'],
  ['files', 'fs.s3a.endpoint'],
  ['files', 'fs.s3a.aws.credentials.provider'],
  ['files', 'avroSchemaUrl'],
  ['kafka', 'kafka.bootstrap.servers'],
  ['kafka', 'kafka.sasl.jaas.config'],
  ['kafka', 'kafka.ssl.truststore.location'],
  ['kafka', 'kafka.client.dns.lookup'],
  ['kafka', 'kafka.sasl.client.callback.handler.class'],
  ['kafka', 'kafka.interceptor.classes'],
  ['kafka/flink', 'properties.bootstrap.servers'],
  ['kafka/flink', 'properties.sasl.jaas.config'],
  ['kafka/flink', 'kafka.bootstrap.servers'],
  ['kafka/flink', 'connector'],
  ['kafka/flink', 'topic'],
  ['kafka/flink', 'avro-confluent.url'],
  ['kafka/flink', 'sink.partitioner'],
];

test.each(ATTACKS)('%s takes no option %s from a spec', (connector, key) => {
  const given = pipeline(connector, { [key]: 'evil.example.com' });
  expect(refusal(given, KAFKA)).toMatch(/source\.config\.options must have options that a spec may give for/);
});

test.each<[string, Record<string, string>]>([
  ['postgresql', { fetchsize: '1000', partitionColumn: 'id', LOWERBOUND: '1', lastRunOverlap: '10m' }],
  ['files', { header: 'false', sep: ';', dateFormat: "yyyy-MM-dd'T'" }],
  ['kafka', { startingOffsets: 'latest', 'kafka.sasl.mechanism': 'PLAIN' }],
  ['kafka/flink', { 'scan.startup.mode': 'latest-offset', 'json.ignore-parse-errors': 'true' }],
])('%s takes those that say how it is read', (connector, options) => {
  expect(refusal(pipeline(connector, options), KAFKA)).toBe('accepted');
});

test('a user of a Secret is not sent to brokers of the spec', () => {
  const config = { topic: 'orders', connection: SECRET, bootstrapServers: 'evil:9092' };
  const given = { schedule: '@daily', source: { type: 'kafka', config }, sink: LAKE };
  expect(refusal(given, KAFKA)).toContain('source.config.bootstrapServers must not be there beside a connection');
});

test('a stream with a connection goes to the brokers of its Secret, else to those of the platform', () => {
  const text = (settings: object): string =>
    objects(pipeline('kafka/flink', {}), settings).ConfigMap.data['pipeline.json'];
  expect(text(KAFKA)).toContain("'properties.bootstrap.servers' = '{{source.url:kafka:9092}}'");
  expect(text(FLINK)).toContain("'properties.bootstrap.servers' = '{{source.url}}'");
});

test.each([
  "id BIGINT) WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = 'evil:9092') --",
  'id BIGINT) /* ',
  'id BIGINT, (',
  'id BIGINT; DROP TABLE a',
  'id BIGINT -- ',
  "id BIGINT COMMENT '",
  'id `BIGINT',
])('columns of a stream end no list: %s', (schema) => {
  expect(refusal(pipeline('kafka/flink', { schema }), KAFKA)).toContain(
    'source.config.options.schema must be columns and nothing else',
  );
});

test.each([
  "id BIGINT, at TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL, WATERMARK FOR at AS at - INTERVAL '5' SECOND",
  'r ROW<a INT, b ARRAY<STRING>>, `the key` STRING, total AS a * (b + 1), p AS PROCTIME()',
])('columns may be %s', (schema) => {
  expect(refusal(pipeline('kafka/flink', { schema }), KAFKA)).toBe('accepted');
});

test.each<[string, object]>([
  [
    'transformations[0].config.query',
    { type: 'sql', config: { query: "SELECT '{{source.password}}' AS p FROM input" } },
  ],
  ['transformations[0].config.condition', { type: 'filter', config: { condition: "a = '{{source.password}}'" } }],
])('a key of a Secret stands in no %s', (prop, step) => {
  const given = { ...pipeline('kafka/flink', {}), transformations: [step] };
  expect(refusal(given, KAFKA)).toContain(`${prop} must have no '{{'`);
});
