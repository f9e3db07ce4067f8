import { DataPipelineSettings } from '../../../src/kinds/data-pipeline/settings';
import { LAKE, objects } from './support';

const SETTINGS: DataPipelineSettings = {
  flinkImage: 'registry.example.com/flink:2.1.0',
  bootstrapServers: 'kafka:9092',
};
const SCHEMA = 'id BIGINT, tags MAP<STRING, STRING>, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts';
const source = { type: 'kafka', config: { topic: 'orders', options: { schema: SCHEMA } } };
const spec = { engine: 'flink', source, sink: LAKE };
const upsert = { type: 'kafka', config: { topic: 'totals', mode: 'upsert', keys: ['id'] } };

interface Statements {
  readonly name: string;
  readonly statements: readonly string[];
  readonly sinks: readonly {
    readonly query: string;
    readonly keys: readonly string[];
    readonly options: Record<string, string>;
  }[];
}
const statements = (given: object): Statements =>
  JSON.parse(
    objects({ ...spec, ...given }, { ...SETTINGS, folder: 's3://platform/pipelines' }).ConfigMap.data['pipeline.json'],
  ) as Statements;

test('a topic becomes a table with the columns of the spec, read on from where the last job ended', () => {
  expect(statements({}).statements).toEqual([
    `CREATE TEMPORARY TABLE \`source\` (${SCHEMA}) WITH ('connector' = 'kafka', 'topic' = 'orders', ` +
      "'properties.bootstrap.servers' = 'kafka:9092', 'properties.group.id' = 'shop.orders', " +
      "'properties.auto.offset.reset' = 'earliest', 'scan.startup.mode' = 'group-offsets', 'format' = 'json')",
  ]);
});

test('each step reads the previous one', () => {
  const transformations = [
    { type: 'filter', config: { condition: 'amount > 0', columns: ['id', 'amount'] } },
    { type: 'clean', config: { removeNulls: true } },
    { type: 'sql', config: { query: 'SELECT id FROM input;' } },
  ];
  const { statements: made, sinks } = statements({ transformations });
  expect(made.slice(1)).toEqual([
    'CREATE TEMPORARY VIEW `step_0` AS SELECT `id`, `amount` FROM `source` WHERE amount > 0',
    'CREATE TEMPORARY VIEW `step_1` AS SELECT * FROM `step_0` WHERE `id` IS NOT NULL AND `amount` IS NOT NULL',
    'CREATE TEMPORARY VIEW `step_2` AS WITH input AS (SELECT * FROM `step_1`) SELECT id FROM input',
  ]);
  expect(sinks[0].query).toBe('SELECT * FROM `step_2`');
});

test('figures that change go to a topic by their key', () => {
  const transformations = [{ type: 'aggregate', config: { groupBy: ['id'], aggregates: { total: 'SUM(amount)' } } }];
  const made = statements({ transformations, sink: upsert });
  expect(made.statements[1]).toContain('SELECT `id`, SUM(amount) AS `total` FROM `source` GROUP BY `id`');
  expect(made.sinks[0]).toMatchObject({ keys: ['id'], options: { connector: 'upsert-kafka', 'key.format': 'json' } });
});

test('a password is in no ConfigMap, but named by the key of its Secret', () => {
  const withSecret = { ...source, config: { ...source.config, connection: { secretRef: { name: 'kafka-user' } } } };
  const { ConfigMap, FlinkDeployment } = objects({ ...spec, source: withSecret }, SETTINGS);
  expect(ConfigMap.data['pipeline.json']).toContain('password=\\"{{source.password}}\\"');
  expect(FlinkDeployment.spec.podTemplate).toMatchObject({
    spec: {
      volumes: expect.arrayContaining([
        { name: 'source', secret: { secretName: 'kafka-user', defaultMode: 288 } },
      ]) as object,
    },
  });
});

test('the job has the CPU and memory of the spec, a slot for each core, and checkpoints beside its data', () => {
  const resources = { driver: { cpu: '500m', memory: '1Gi' }, executor: { instances: 3, cpu: '2', memory: '8Gi' } };
  const { FlinkDeployment } = objects({ ...spec, resources }, SETTINGS);
  expect(FlinkDeployment.metadata.name).toBe('orders-pipeline');
  expect(FlinkDeployment.spec).toMatchObject({
    image: 'registry.example.com/flink:2.1.0',
    serviceAccount: 'flink',
    jobManager: { resource: { cpu: 0.5, memory: '1024m' } },
    taskManager: { resource: { cpu: 2, memory: '8192m' } },
    flinkConfiguration: {
      'taskmanager.numberOfTaskSlots': '2',
      'execution.checkpointing.dir': 's3://lake/orders/_state/flink/shop.orders/checkpoints',
      'metrics.reporter.prom.port': '9249',
    },
    job: { parallelism: 6, upgradeMode: 'last-state', state: 'running' },
    podTemplate: {
      metadata: {
        labels: { 'nstarx.io/component': 'pipeline', 'nstarx.io/data-pipeline': 'orders', pipeline_name: 'orders' },
      },
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 9999 },
        containers: [
          {
            ports: [{ name: 'metrics', containerPort: 9249, protocol: 'TCP' }],
            securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
          },
        ],
      },
    },
  });
  expect(objects({ ...spec, suspend: true }, SETTINGS).FlinkDeployment.spec.job).toMatchObject({ state: 'suspended' });
});

const step = (type: string, config: object) => ({ transformations: [{ type, config }] });
const check = (type: string, more: object = {}) => ({
  quality: [{ name: 'a', type, column: 'id', onFailure: 'warn', ...more }],
});

test.each<[string, object, string]>([
  ['a source that is no stream', { source: LAKE }, 'source.type must be kafka or kinesis'],
  [
    'events without columns',
    { source: { type: 'kafka', config: { topic: 'a' } } },
    'source.config.options must have schema',
  ],
  [
    'a format of files',
    { source: { ...source, config: { ...source.config, format: 'parquet' } } },
    'source.config.format must be one of json, avro, csv',
  ],
  [
    'a stream of Kinesis by name',
    { source: { ...source, type: 'kinesis' } },
    'source.config.topic must be the ARN of the stream',
  ],
  ['a database as sink', { sink: { type: 'database', config: { table: 'a' } } }, 'sink.type must be datalake or kafka'],
  [
    'files that are overwritten',
    { sink: { type: 'datalake', config: { path: 's3://a/b', mode: 'overwrite' } } },
    'sink.config.mode must be append',
  ],
  [
    'delta',
    { sink: { type: 'datalake', config: { path: 's3://a/b', format: 'delta' } } },
    'sink.config.format must be one of parquet',
  ],
  ['a lookup', step('enrich', { lookupTable: 'a', joinKey: 'b' }), 'transformations[0].type must be filter'],
  [
    'figures into files',
    step('aggregate', { aggregates: { a: 'COUNT(*)' } }),
    'transformations[0].type must not be aggregate',
  ],
  ['deduplication', step('clean', { deduplication: true }), 'transformations[0].config.deduplication must not be set'],
  [
    'more than a query',
    step('sql', { query: 'WITH a AS (SELECT 1) SELECT 2' }),
    'transformations[0].config.query must begin',
  ],
  ['a check that ends the run', check('not-null', { onFailure: 'fail' }), 'quality[0].onFailure must be warn'],
  ['a check of all rows', check('unique'), 'quality[0].type must be not-null, range or sql'],
  ['checks without a folder', { ...check('not-null'), sink: upsert }, 'quality[0] must not be set where'],
  ['a time', { timeout: '1h' }, 'timeout must not be set for a stream'],
  [
    'little memory',
    { resources: { executor: { memory: '512Mi' } } },
    'resources.executor.memory must be at least 1024Mi',
  ],
  ['no place for checkpoints', { sink: upsert }, 'sink.type must be a store that keeps checkpoints'],
])('%s is refused with the field', (_what, given, message) => {
  const settings = message.includes('checkpoints') ? SETTINGS : { ...SETTINGS, folder: 's3://platform/pipelines' };
  expect(() => objects({ ...spec, ...given }, settings)).toThrow(message);
});

test('without an image of Flink, the engine is refused', () => {
  expect(() => objects(spec)).toThrow('engine must be one that the platform has an image for');
});

test("a stream of Kinesis is refused where the platform's image has no connector for it", () => {
  const topic = 'arn:aws:kinesis:eu-central-1:123456789012:stream/orders';
  const stream = { ...spec, source: { type: 'kinesis', config: { topic, options: { schema: 'id BIGINT' } } } };
  expect(() => objects(stream, { ...SETTINGS, flinkKinesis: false })).toThrow(
    "source.type must not be kinesis, whose connector the platform's image of Flink lacks",
  );
});

test('a stream of Kinesis is read by its ARN', () => {
  const topic = 'arn:aws:kinesis:eu-central-1:123456789012:stream/orders';
  const [table] = statements({
    source: { type: 'kinesis', config: { topic, options: { schema: 'id BIGINT' } } },
  }).statements;
  expect(table).toContain(`'stream.arn' = '${topic}', 'aws.region' = 'eu-central-1', 'format' = 'json'`);
});

test('a folder of the platform in a claim is mounted, since Flink keeps its checkpoints there', () => {
  const { FlinkDeployment } = objects(spec, { ...SETTINGS, folder: 'pvc://state/pipelines' });
  const mounts = [{ name: 'flink-main-container', volumeMounts: expect.arrayContaining([CLAIM_MOUNT]) }];
  expect(FlinkDeployment.spec).toMatchObject({
    flinkConfiguration: { 'execution.checkpointing.dir': expect.stringContaining('file:///mnt/pvc/state/pipelines/') },
    podTemplate: { spec: { volumes: expect.arrayContaining([CLAIM_VOLUME]), containers: mounts } },
  });
});

const CLAIM_VOLUME = { name: 'claim-0', persistentVolumeClaim: { claimName: 'state' } };
const CLAIM_MOUNT = { name: 'claim-0', mountPath: '/mnt/pvc/state' };
