import { PLATFORM_GROUP } from '../../contracts/names';
import {
  as,
  choice,
  fieldsByType,
  flag,
  integer,
  list,
  map,
  quantity,
  rule,
  struct,
  text,
  time,
} from '../schema/builders';
import {
  column,
  cron,
  duration,
  identifier,
  name,
  phase,
  readyColumn,
  secretRef,
  serviceAccountName,
  status,
  timeZone,
} from '../schema/fragments';
import { brokers, location, query, STORES } from '../schema/locations';
import { tableName, topicName } from '../schema/texts';
import { KindDefinition } from '../schema/schema';
import { qualityCheck, transformation } from './data-pipeline-steps';

const FORMATS = ['parquet', 'avro', 'orc', 'csv', 'json', 'delta', 'iceberg', 'text'];

const connection = struct(
  'DataConnection',
  'How the store is reached.',
  { secretRef: secretRef('Secret with the keys host, port, database, username and password, or url.') },
  { required: ['secretRef'] },
);

const format = choice('DataFormat', 'How the data is written.', FORMATS, { absent: 'parquet' });
const options = map(
  'Further options of the connector, as it names them. Where the store is and who asks is in the Secret of the connection.',
  text('Value of the option.', { maxLength: 4096 }),
  {
    maxProperties: 64,
    rules: [
      rule(
        "self.all(key, key.matches('^[A-Za-z][A-Za-z0-9._-]*$'))",
        'must have names of options: use letters, digits, dots, hyphens and underscores',
      ),
    ],
  },
);

const driver = choice(
  'DatabaseDriver',
  'Kind of database.',
  ['postgresql', 'mysql', 'mongodb', 'cassandra', 'mssql', 'oracle', 'snowflake'],
  {
    absent: 'none',
  },
);
const topic = topicName('Topic or stream.', { absent: 'none' });
const table = tableName('Table or collection.', { absent: 'none' });

const source = struct(
  'PipelineSource',
  'Where the data comes from.',
  {
    type: choice('PipelineSourceType', 'Kind of store.', ['database', 'datalake', 'kafka', 'kinesis', 'api']),
    config: struct('PipelineSourceConfig', 'How it is read.', {
      driver,
      connection: as(connection, { $absent: 'what the ServiceAccount may reach' }),
      query: text('Query; `:last_run` is the time of the last successful run.', {
        minLength: 1,
        maxLength: 16384,
        absent: 'the whole table',
      }),
      table,
      path: location('Folder or file of the data.', STORES, { absent: 'none' }),
      format,
      topic,
      bootstrapServers: brokers('Addresses of the brokers, separated by commas.', {
        absent: 'those of the platform',
      }),
      url: query('URL of the API.', { absent: 'none' }),
      options,
    }),
  },
  {
    required: ['type', 'config'],
    rules: [
      rule(
        "self.type != 'database' || (has(self.config.driver) && has(self.config.connection))",
        'must say which database: set config.driver and config.connection',
      ),
      rule(
        "self.type != 'database' || has(self.config.query) != has(self.config.table)",
        'must have one of config.query and config.table for a database',
      ),
      rule("self.type != 'datalake' || has(self.config.path)", 'must say where the data is: set config.path'),
      rule("!(self.type in ['kafka', 'kinesis']) || has(self.config.topic)", 'must say which stream: set config.topic'),
      rule(
        '!has(self.config.bootstrapServers) || !has(self.config.connection)',
        'must not send the user of a connection to other brokers: put their addresses into its Secret, as url',
        { fieldPath: '.config.bootstrapServers' },
      ),
      rule("self.type != 'api' || has(self.config.url)", 'must say which API: set config.url'),
      ...fieldsByType({
        driver: ['database'],
        query: ['database'],
        table: ['database'],
        path: ['datalake'],
        topic: ['kafka', 'kinesis'],
        bootstrapServers: ['kafka'],
        url: ['api'],
      }),
    ],
  },
);

const sink = struct(
  'PipelineSink',
  'Where the data goes.',
  {
    type: choice('PipelineSinkType', 'Kind of store.', ['datalake', 'database', 'kafka', 'warehouse']),
    config: struct('PipelineSinkConfig', 'How it is written.', {
      driver,
      connection: as(connection, { $absent: 'what the ServiceAccount may reach' }),
      table,
      path: location('Folder of the data.', STORES, { absent: 'none' }),
      format,
      partitionBy: list('Columns that the folders are made by, outermost first.', identifier('A column.'), {
        maxItems: 16,
        absent: 'no partitions',
      }),
      mode: choice('WriteMode', 'What happens to data that is there.', ['append', 'overwrite', 'upsert'], {
        default: 'append',
      }),
      keys: list('Columns that identify a row, for upsert.', identifier('A column.'), { maxItems: 16, set: true }),
      topic,
      options,
    }),
  },
  {
    required: ['type', 'config'],
    rules: [
      rule("self.type != 'datalake' || has(self.config.path)", 'must say where the data goes: set config.path'),
      rule(
        "!(self.type in ['database', 'warehouse']) || (has(self.config.connection) && has(self.config.table))",
        'must say which table: set config.connection and config.table',
      ),
      rule("self.type != 'kafka' || has(self.config.topic)", 'must say which topic: set config.topic'),
      rule(
        "!has(self.config.mode) || self.config.mode != 'upsert' || has(self.config.keys)",
        'must say what identifies a row: set config.keys for mode upsert',
      ),
      ...fieldsByType({
        driver: ['database', 'warehouse'],
        table: ['database', 'warehouse'],
        path: ['datalake'],
        partitionBy: ['datalake'],
        topic: ['kafka'],
      }),
    ],
  },
);

const podResources = {
  cpu: quantity('CPU.', { absent: '1' }),
  memory: quantity('Memory.', { absent: '2Gi' }),
};

/** Data from a source through transformations to a sink. */
export const DATA_PIPELINE: KindDefinition = {
  group: PLATFORM_GROUP,
  version: 'v1alpha1',
  kind: 'DataPipeline',
  plural: 'datapipelines',
  shortNames: ['dpl'],
  scope: 'Namespaced',
  description:
    'Data that a Spark or Flink job takes from a source through transformations to a sink, on a schedule or as a stream.',
  rules: [
    rule(
      'size(self.metadata.name) <= 52',
      'the name must have at most 52 characters: the names of its runs are made from it',
    ),
  ],
  spec: struct(
    'DataPipelineSpec',
    'Desired state.',
    {
      engine: choice('PipelineEngine', 'What runs the job.', ['spark', 'flink'], { default: 'spark' }),
      schedule: cron('When the job runs.', {
        absent: 'once for each change of the spec, or always when the source is a stream',
      }),
      timeZone: timeZone(),
      suspend: flag('Start no further runs.', { default: false }),
      concurrencyPolicy: choice(
        'RunConcurrencyPolicy',
        'What happens when a run is due while one is under way.',
        ['Allow', 'Forbid', 'Replace'],
        {
          default: 'Forbid',
        },
      ),
      zone: name('AIZone in which the job runs; its author must be allowed to use it.', {
        absent: 'the namespace of the pipeline, as it is',
      }),
      source,
      transformations: list('Steps, in their order.', transformation, { maxItems: 32, absent: 'the data as it is' }),
      sink,
      resources: struct('PipelineResources', 'What the job gets.', {
        driver: struct('DriverResources', 'The Pod that plans the work.', podResources),
        executor: struct('ExecutorResources', 'The Pods that do the work.', {
          instances: integer('Number of Pods.', { default: 2, min: 1, max: 1000 }),
          ...podResources,
        }),
      }),
      serviceAccountName: serviceAccountName(
        'ServiceAccount of the job; it makes pods.',
        "the platform's account of the engine: spark or flink",
      ),
      retries: integer('Times that a failed run is tried again.', { default: 2, min: 0, max: 10 }),
      timeout: duration('Time after which a run is stopped.', { absent: 'none' }),
      quality: list('What must hold for the data that is written.', qualityCheck, { maxItems: 64, keys: ['name'] }),
      lineage: struct(
        'PipelineLineage',
        'Report where data comes from and goes to (OpenLineage).',
        {
          enabled: flag('Whether it is reported.', { default: true }),
        },
        { default: {} },
      ),
      historyLimit: integer('Finished runs that are kept.', { default: 5, min: 0, max: 100 }),
    },
    {
      required: ['source', 'sink'],
      rules: [
        rule(
          "self.engine != 'spark' || self.source.type != 'kinesis'",
          'must use engine flink to read kinesis: set engine',
          { fieldPath: '.engine' },
        ),
        rule(
          "!has(self.schedule) || !(self.source.type in ['kafka', 'kinesis']) || self.engine == 'spark'",
          'must not have a schedule: a stream is read by flink without end; remove schedule or use engine spark',
          { fieldPath: '.schedule' },
        ),
      ],
    },
  ),
  status: status({
    phase: phase(['Pending', 'Scheduled', 'Running', 'Suspended', 'Degraded', 'Failed', 'Completed']),
    state: choice('', 'How the last run ended, or that it is under way.', [
      'Pending',
      'Running',
      'Completed',
      'Failed',
      'Suspended',
    ]),
    lastRun: time('When the last run began.'),
    lastSuccessfulRun: time('When the last run that succeeded began.'),
    nextRun: time('When the next run begins.'),
    recordsProcessed: integer('Rows that the last run wrote.', { min: 0 }),
    duration: text('How long the last run took.', { maxLength: 32 }),
    requestedRun: text(
      'Run that the annotation `nstarx.io/run` asked for, and how it ended: `<value>.Running`, `<value>.Completed` or `<value>.Failed`.',
      { maxLength: 128 },
    ),
    failedChecks: list('Quality checks that failed in the last run.', text('Name of a check.', { maxLength: 63 }), {
      maxItems: 64,
      set: true,
    }),
  }),
  columns: [
    column('Source', 'string', '.spec.source.type', 'Kind of source.'),
    column('Sink', 'string', '.spec.sink.type', 'Kind of sink.'),
    column('Schedule', 'string', '.spec.schedule', 'When the job runs.'),
    column('State', 'string', '.status.state', 'How the last run ended.'),
    column('Last Run', 'date', '.status.lastRun', 'When the last run began.'),
    readyColumn(),
    column('Records', 'integer', '.status.recordsProcessed', 'Rows that the last run wrote.', 1),
  ],
  example: `\
engine: flink
source:
  type: kafka
  config:
    topic: orders
    format: avro
    options: { schema: 'id BIGINT, customer_id BIGINT, amount DECIMAL(10, 2), created TIMESTAMP(3)' }
transformations:
  - type: filter
    config: { condition: amount > 0 }
sink:
  type: datalake
  config:
    path: s3://lake/orders/
    format: parquet
    partitionBy: [day]
    options: { partitionTimeColumn: created }
quality:
  - { name: has-customer, type: not-null, column: customer_id, onFailure: warn }
`,
};
