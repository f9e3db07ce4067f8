import {
  DataPipelineSpec,
  PipelineSinkType,
  PipelineSourceType,
  PipelineTransformation,
  QualityAction,
  QualityCheckType,
  TransformationType,
  WriteMode,
} from '../../api/generated/data-pipeline';
import { fail } from '../../contracts/errors';
import { folderUrl } from '../../contracts/folders';
import { lookup } from '../../contracts/lookup';
import { MessageBusSettings } from '../message-bus';
import { sqlName, sqlText } from '../../contracts/quoting';
import { checkColumns, checkPlaceholders } from './flink-texts';
import { DataPipelinePlan, Json } from './plan';

const SOURCE_FORMATS = ['json', 'avro', 'csv'];

/**
 * What a pipeline of engine flink does, as statements of Flink SQL: the table of the source, a view for each step, and the queries of the
 * sinks. `programs/flink-runner` runs them.
 *
 * @throws InvalidInputError naming the field that Flink cannot do
 */
export function flinkStatements(plan: DataPipelinePlan): Json {
  const { name, namespace, spec } = plan;
  checkPlaceholders(plan);
  const statements = [sourceTable(plan)];
  let table = 'source';
  let columns: string[] | undefined = columnsOf(spec);
  for (const [index, step] of (spec.transformations ?? []).entries()) {
    const query = stepQuery(plan, step, `transformations[${index}]`, table, columns);
    table = `step_${index}`;
    columns = columnsAfter(step, columns);
    statements.push(`CREATE TEMPORARY VIEW ${sqlName(table)} AS ${query}`);
  }
  return { name: `${namespace}.${name}`, statements, sinks: sinksOf(plan, table, columns) };
}

function sourceTable(plan: DataPipelinePlan): string {
  const { scope, spec, brokers, bus, name, namespace } = plan;
  const { type, config } = spec.source;
  const schema = config.options?.schema;
  if (type !== PipelineSourceType.KAFKA && type !== PipelineSourceType.KINESIS) {
    const fix = 'use engine spark for what is no stream';
    fail(scope, 'source.type', 'must be kafka or kinesis for engine flink', type, fix);
  }
  if (schema === undefined) {
    const fix = "list them as in CREATE TABLE: 'id BIGINT, amount DECIMAL(10, 2), created TIMESTAMP(3)'";
    fail(
      scope,
      'source.config.options',
      'must have schema, the columns of the events, for engine flink',
      undefined,
      fix,
    );
  }
  checkColumns(plan, schema);
  const format = config.format ?? 'json';
  if (!SOURCE_FORMATS.includes(format)) {
    fail(
      scope,
      'source.config.format',
      `must be one of ${SOURCE_FORMATS.join(', ')} for engine flink`,
      format,
      'use json',
    );
  }
  const topic = config.topic ?? '';
  if (type === PipelineSourceType.KINESIS) {
    if (plan.settings.flinkKinesis === false) {
      const fix = 'name an image that has it in operators.flinkImage of NeuralPlatform';
      fail(scope, 'source.type', "must not be kinesis, whose connector the platform's image of Flink lacks", type, fix);
    }
    const region = /^arn:aws[a-z-]*:kinesis:([a-z0-9-]+):[0-9]+:stream\//.exec(topic)?.[1];
    if (region === undefined) {
      const fix = "write it like 'arn:aws:kinesis:eu-central-1:123456789012:stream/orders'";
      fail(scope, 'source.config.topic', 'must be the ARN of the stream for kinesis', topic, fix);
    }
    const options = { connector: 'kinesis', 'stream.arn': topic, 'aws.region': region, format };
    return createTable('source', schema, { ...options, ...own(config.options) });
  }
  const isKnown = config.connection !== undefined;
  if (brokers.source === undefined && bus.source === undefined && !isKnown) {
    const fix = 'name the brokers, with their ports';
    fail(scope, 'source.config.bootstrapServers', 'must be given, since the platform has no Kafka', undefined, fix);
  }
  return createTable('source', schema, {
    connector: 'kafka',
    topic,
    'properties.bootstrap.servers': addresses('source', isKnown, brokers.source),
    'properties.group.id': `${namespace}.${name}`,
    'properties.auto.offset.reset': 'earliest',
    'scan.startup.mode': 'group-offsets',
    format,
    ...(config.connection === undefined ? {} : login('source', config.options)),
    ...own(config.options),
    ...busProperties(bus.source),
  });
}

function stepQuery(
  { scope, spec }: DataPipelinePlan,
  { type, config }: PipelineTransformation,
  prop: string,
  input: string,
  columns: readonly string[] | undefined,
): string {
  switch (type) {
    case TransformationType.FILTER:
      return `SELECT ${config.columns?.map(sqlName).join(', ') ?? '*'} FROM ${sqlName(input)} WHERE ${config.condition}`;
    case TransformationType.SQL: {
      const query = (config.query ?? '').trim().replace(/;$/, '');
      if (!/^select\b/i.test(query)) {
        fail(scope, `${prop}.config.query`, 'must begin with SELECT for engine flink', query, 'use subqueries');
      }
      return `WITH input AS (SELECT * FROM ${sqlName(input)}) ${query}`;
    }
    case TransformationType.CLEAN: {
      if (config.deduplication) {
        const fix = 'write it as sql with ROW_NUMBER, and a bound on the time';
        fail(scope, `${prop}.config.deduplication`, 'must not be set for a stream, which has no end', true, fix);
      }
      const checked = config.columns ?? columns;
      if (config.removeNulls && checked === undefined) {
        const fix = 'list the columns';
        fail(scope, `${prop}.config.columns`, 'must be given after a step of type sql', undefined, fix);
      }
      const conditions = config.removeNulls ? (checked ?? []).map((column) => `${sqlName(column)} IS NOT NULL`) : [];
      return `SELECT * FROM ${sqlName(input)}${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''}`;
    }
    case TransformationType.AGGREGATE: {
      if (spec.sink.config.mode !== WriteMode.UPSERT) {
        const fix = 'write to kafka with mode upsert, or use sql with a window (TUMBLE)';
        const rule = 'must not be aggregate where rows are only added: the figures of a stream change';
        fail(scope, `${prop}.type`, rule, type, fix);
      }
      const groups = (config.groupBy ?? []).map(sqlName);
      const figures = Object.entries(config.aggregates ?? {}).map(([column, text]) => `${text} AS ${sqlName(column)}`);
      const by = groups.length > 0 ? ` GROUP BY ${groups.join(', ')}` : '';
      return `SELECT ${[...groups, ...figures].join(', ')} FROM ${sqlName(input)}${by}`;
    }
    default: {
      const fix = 'write it as sql, or use engine spark with a schedule';
      return fail(scope, `${prop}.type`, 'must be filter, clean, aggregate or sql for engine flink', type, fix);
    }
  }
}

/** Names and texts in their quotes, or one character. */
const TOKENS = /`(?:[^`]|``)*`|'(?:[^']|'')*'|[^]/g;

/** Names of the columns of the source. */
function columnsOf({ source }: DataPipelineSpec): string[] {
  const columns = [''];
  // what is open: parentheses, and the types of an array, a map or a row
  let depth = 0;
  for (const token of (source.config.options?.schema ?? '').match(TOKENS) ?? []) {
    const column = columns[columns.length - 1];
    if (token === ',' && depth === 0) columns.push('');
    else columns[columns.length - 1] += token;
    if (token === '(' || (token === '<' && /\b(array|map|row|multiset)\s*$/i.test(column))) depth++;
    if (depth > 0 && (token === ')' || token === '>')) depth--;
  }
  return columns
    .map((column) => column.trim())
    .filter((column) => !/^(watermark|primary key|constraint)\b/i.test(column))
    .map((column) => /^`((?:[^`]|``)+)`|^([^\s`]+)/.exec(column))
    .flatMap((match) => match?.[1]?.replaceAll('``', '`') ?? match?.[2] ?? []);
}

function columnsAfter({ type, config }: PipelineTransformation, before: string[] | undefined): string[] | undefined {
  if (type === TransformationType.SQL) return undefined;
  if (type === TransformationType.AGGREGATE)
    return [...(config.groupBy ?? []), ...Object.keys(config.aggregates ?? {})];
  return type === TransformationType.FILTER ? (config.columns ?? before) : before;
}

const SINK_FORMATS = ['parquet', 'orc', 'avro', 'csv', 'json'];
const TIME_PATTERNS: { readonly [column: string]: string } = { year: 'yyyy', month: 'MM', day: 'dd', hour: 'HH' };

/** A table, what goes into it, and how. */
interface FlinkSink {
  readonly table: string;
  readonly query: string;
  readonly keys: readonly string[];
  readonly partitionBy: readonly string[];
  readonly options: { readonly [key: string]: string };
}

/** The tables that are written, and the queries that give their rows: the sink, and rows that break a check. */
function sinksOf(plan: DataPipelinePlan, input: string, columns: readonly string[] | undefined): FlinkSink[] {
  const { spec } = plan;
  const { config } = spec.sink;
  const checks = rowChecks(plan);
  const good = checks.length > 0 ? ` WHERE ${checks.map(({ holds }) => holds).join(' AND ')}` : '';
  const derived = (config.partitionBy ?? []).filter((column) => isDerived(column, columns));
  const time = config.options?.partitionTimeColumn;
  const selected = ['*', ...derived.map((column) => timePart(column, time))].join(', ');
  const main: FlinkSink = {
    table: 'sink',
    query: `SELECT ${selected} FROM ${sqlName(input)}${good}`,
    keys: config.mode === WriteMode.UPSERT ? (config.keys ?? []) : [],
    partitionBy: config.partitionBy ?? [],
    options: sinkOptions(plan),
  };
  if (checks.length === 0) return [main];
  const names = checks.map(({ name, holds }) => `CASE WHEN ${holds} THEN '' ELSE '${name} ' END`).join(' || ');
  return [
    main,
    {
      table: 'quarantine',
      query:
        `SELECT *, ${names} AS ${sqlName('failed_checks')} FROM ${sqlName(input)} ` +
        `WHERE NOT (${checks.map(({ holds }) => holds).join(' AND ')})`,
      keys: [],
      partitionBy: [],
      options: files(`${folderUrl(location(config.path ?? ''))}_quarantine/`, 'json'),
    },
  ];
}

/** Checks that judge a row by itself; what judges all rows has no meaning in a stream. */
function rowChecks({ scope, spec }: DataPipelinePlan): { readonly name: string; readonly holds: string }[] {
  return (spec.quality ?? []).map(({ name, type, column, min, max, expression, onFailure }, index) => {
    const prop = `quality[${index}]`;
    if (onFailure !== QualityAction.WARN) {
      const fix = 'set it to warn: rows that break the check are put aside';
      fail(
        scope,
        `${prop}.onFailure`,
        'must be warn for engine flink, since a stream has no run that fails',
        onFailure ?? 'fail',
        fix,
      );
    }
    if (spec.sink.type !== PipelineSinkType.DATALAKE) {
      fail(scope, prop, 'must not be set where rows have no folder to be put aside', name, 'write to a datalake');
    }
    const holds = rowCheck(type, sqlName(column ?? ''), min, max, expression);
    if (holds === undefined) {
      const fix = 'check it with a pipeline of engine spark that reads the sink';
      fail(scope, `${prop}.type`, 'must be not-null, range or sql for engine flink', type, fix);
    }
    return { name, holds: `COALESCE(${holds}, FALSE)` };
  });
}

function rowCheck(
  type: QualityCheckType,
  column: string,
  min?: number,
  max?: number,
  expression?: string,
): string | undefined {
  if (type === QualityCheckType.NOT_NULL) return `${column} IS NOT NULL`;
  if (type === QualityCheckType.SQL) return `(${expression})`;
  if (type !== QualityCheckType.RANGE) return undefined;
  const bounds = [
    ...(min === undefined ? [] : [`${column} >= ${min}`]),
    ...(max === undefined ? [] : [`${column} <= ${max}`]),
  ];
  return `(${column} IS NULL OR (${bounds.join(' AND ')}))`;
}

function sinkOptions({ scope, spec, brokers, bus }: DataPipelinePlan): { [key: string]: string } {
  const { type, config } = spec.sink;
  const { mode = WriteMode.APPEND, format, options } = config;
  if (type === PipelineSinkType.KAFKA) {
    const isKnown = config.connection !== undefined;
    if (brokers.sink === undefined && bus.sink === undefined && !isKnown) {
      const fix = "set config.options.'kafka.bootstrap.servers'";
      fail(scope, 'sink.config.options', 'must have the brokers, since the platform has no Kafka', undefined, fix);
    }
    if (mode === WriteMode.OVERWRITE) {
      fail(scope, 'sink.config.mode', 'must be append or upsert for kafka', mode, 'a topic is not overwritten');
    }
    const formats: { [key: string]: string } =
      mode === WriteMode.UPSERT ? { 'key.format': 'json', 'value.format': 'json' } : { format: 'json' };
    return {
      connector: mode === WriteMode.UPSERT ? 'upsert-kafka' : 'kafka',
      topic: config.topic ?? '',
      'properties.bootstrap.servers': addresses('sink', isKnown, brokers.sink),
      ...formats,
      ...(config.connection === undefined ? {} : login('sink', options)),
      ...own(options),
      ...busProperties(bus.sink),
    };
  }
  if (type !== PipelineSinkType.DATALAKE) {
    const fix = 'write to a topic, and from there with a pipeline of engine spark';
    fail(scope, 'sink.type', 'must be datalake or kafka for engine flink', type, fix);
  }
  if (mode !== WriteMode.APPEND) {
    fail(scope, 'sink.config.mode', 'must be append for a stream into files', mode, 'use append');
  }
  const written = format ?? 'parquet';
  if (!SINK_FORMATS.includes(written)) {
    fail(
      scope,
      'sink.config.format',
      `must be one of ${SINK_FORMATS.join(', ')} for engine flink`,
      written,
      'use parquet',
    );
  }
  return { ...files(location(config.path ?? ''), written), ...own(options) };
}

function files(path: string, format: string): { [key: string]: string } {
  return {
    connector: 'filesystem',
    path,
    format,
    'sink.rolling-policy.rollover-interval': '5 min',
    'sink.rolling-policy.check-interval': '1 min',
  };
}

/** A location as Flink names it. */
export function location(path: string): string {
  return path.replace(/^s3a:\/\//, 's3://').replace(/^pvc:\/\//, 'file:///mnt/pvc/');
}

function isDerived(column: string, columns: readonly string[] | undefined): boolean {
  return lookup(TIME_PATTERNS, column) !== undefined && !(columns ?? []).includes(column);
}

function timePart(column: string, time: string | undefined): string {
  const value = time === undefined ? 'CAST(CURRENT_TIMESTAMP AS TIMESTAMP(3))' : sqlName(time);
  return `DATE_FORMAT(${value}, '${lookup(TIME_PATTERNS, column)}') AS ${sqlName(column)}`;
}

/** Addresses of Kafka: with a connection those that its Secret names, else those of the spec or of the platform. */
function addresses(part: 'source' | 'sink', isKnown: boolean, brokers: string | undefined): string {
  if (!isKnown) return brokers ?? '';
  return brokers === undefined ? `{{${part}.url}}` : `{{${part}.url:${brokers}}}`;
}

/** Options of ours; all others are Flink's own. */
const OUR_OPTIONS = ['schema', 'partitionTimeColumn'];

/** The user of the Secret, as the program on Spark has it: SCRAM over TLS, unless the options say otherwise. */
function login(part: 'source' | 'sink', options: { readonly [key: string]: string } = {}): { [key: string]: string } {
  const mechanism = options['kafka.sasl.mechanism'] ?? 'SCRAM-SHA-512';
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
  return {
    'properties.security.protocol': 'SASL_SSL',
    'properties.sasl.mechanism': mechanism,
    'properties.sasl.jaas.config':
      `org.apache.kafka.common.security.${module} required ` +
      `username="{{${part}.username}}" password="{{${part}.password}}";`,
  };
}

/** How the platform's message bus is reached, which no option of a spec changes. The program fills in the variables. */
function busProperties({ properties }: Partial<MessageBusSettings> = {}): { [key: string]: string } {
  const filled = (text: string): string => text.replace(/\$\{(\w+)\}/g, '{{env.$1}}');
  return Object.fromEntries(Object.entries(properties ?? {}).map(([key, text]) => [`properties.${key}`, filled(text)]));
}

/** Options of the spec as Flink has them: `kafka.` is Spark's word for properties of the client. */
function own(options: { readonly [key: string]: string } = {}): { [key: string]: string } {
  const ours = Object.entries(options).filter(([key]) => !OUR_OPTIONS.includes(key));
  return Object.fromEntries(ours.map(([key, value]) => [key.replace(/^kafka\./, 'properties.'), value]));
}

/** The statement that makes a table. */
function createTable(name: string, columns: string, options: { readonly [key: string]: string }): string {
  const listed = Object.entries(options).map(([key, value]) => `${sqlText(key)} = ${sqlText(value)}`);
  return `CREATE TEMPORARY TABLE ${sqlName(name)} (${columns}) WITH (${listed.join(', ')})`;
}
