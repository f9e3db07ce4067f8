import {
  DataPipelineSpec,
  PipelineSourceType,
  PipelineTransformation,
  TransformationType,
  WriteMode,
} from '../../api/generated/data-pipeline';
import { fail } from '../../contracts/errors';
import { sinksOf } from './flink-sinks';
import { createTable, id, login, own } from './flink-text';
import { Json, PipelinePlan } from './pipeline-plan';

const SOURCE_FORMATS = ['json', 'avro', 'csv'];

/**
 * What a pipeline of engine flink does, as statements of Flink SQL: the table of the source, a view for each step, and the queries of the
 * sinks. `programs/flink-runner` runs them.
 *
 * @throws InvalidInputError naming the field that Flink cannot do
 */
export function flinkStatements(plan: PipelinePlan): Json {
  const { name, namespace, spec } = plan;
  const statements = [sourceTable(plan)];
  let table = 'source';
  let columns: string[] | undefined = columnsOf(spec);
  for (const [index, step] of (spec.transformations ?? []).entries()) {
    const query = stepQuery(plan, step, `transformations[${index}]`, table, columns);
    table = `step_${index}`;
    columns = columnsAfter(step, columns);
    statements.push(`CREATE TEMPORARY VIEW ${id(table)} AS ${query}`);
  }
  return { name: `${namespace}.${name}`, statements, sinks: sinksOf(plan, table, columns) };
}

function sourceTable(plan: PipelinePlan): string {
  const { scope, spec, settings, name, namespace } = plan;
  const { type, config } = spec.source;
  const schema = config.options?.schema;
  if (type !== PipelineSourceType.KAFKA && type !== PipelineSourceType.KINESIS) {
    const mend =
      type === PipelineSourceType.PUBSUB
        ? 'Flink SQL has no connector for Pub/Sub; bring its messages to Kafka'
        : 'use engine spark for what is no stream';
    fail(scope, 'source.type', 'must be kafka or kinesis for engine flink', type, mend);
  }
  if (schema === undefined) {
    const mend = "list them as in CREATE TABLE: 'id BIGINT, amount DECIMAL(10, 2), created TIMESTAMP(3)'";
    fail(
      scope,
      'source.config.options',
      'must have schema, the columns of the events, for engine flink',
      undefined,
      mend,
    );
  }
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
    const region = /^arn:aws[a-z-]*:kinesis:([a-z0-9-]+):[0-9]+:stream\//.exec(topic)?.[1];
    if (region === undefined) {
      const mend = "write it like 'arn:aws:kinesis:eu-central-1:123456789012:stream/orders'";
      fail(scope, 'source.config.topic', 'must be the ARN of the stream for kinesis', topic, mend);
    }
    const options = { connector: 'kinesis', 'stream.arn': topic, 'aws.region': region, format };
    return createTable('source', schema, { ...options, ...own(config.options) });
  }
  const servers = config.bootstrapServers ?? config.options?.['kafka.bootstrap.servers'] ?? settings.bootstrapServers;
  if (servers === undefined) {
    const mend = 'name the brokers, with their ports';
    fail(scope, 'source.config.bootstrapServers', 'must be given, since the platform has no Kafka', undefined, mend);
  }
  return createTable('source', schema, {
    connector: 'kafka',
    topic,
    'properties.bootstrap.servers': servers,
    'properties.group.id': `${namespace}.${name}`,
    'properties.auto.offset.reset': 'earliest',
    'scan.startup.mode': 'group-offsets',
    format,
    ...(config.connection === undefined ? {} : login('source', config.options)),
    ...own(config.options),
  });
}

function stepQuery(
  { scope, spec }: PipelinePlan,
  { type, config }: PipelineTransformation,
  prop: string,
  input: string,
  columns: readonly string[] | undefined,
): string {
  switch (type) {
    case TransformationType.FILTER:
      return `SELECT ${config.columns?.map(id).join(', ') ?? '*'} FROM ${id(input)} WHERE ${config.condition}`;
    case TransformationType.SQL: {
      const query = (config.query ?? '').trim().replace(/;$/, '');
      if (!/^select\b/i.test(query)) {
        fail(scope, `${prop}.config.query`, 'must begin with SELECT for engine flink', query, 'use subqueries');
      }
      return `WITH input AS (SELECT * FROM ${id(input)}) ${query}`;
    }
    case TransformationType.CLEAN: {
      if (config.deduplication) {
        const mend = 'write it as sql with ROW_NUMBER, and a bound on the time';
        fail(scope, `${prop}.config.deduplication`, 'must not be set for a stream, which has no end', true, mend);
      }
      const checked = config.columns ?? columns;
      if (config.removeNulls && checked === undefined) {
        const mend = 'list the columns';
        fail(scope, `${prop}.config.columns`, 'must be given after a step of type sql', undefined, mend);
      }
      const conditions = config.removeNulls ? (checked ?? []).map((column) => `${id(column)} IS NOT NULL`) : [];
      return `SELECT * FROM ${id(input)}${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''}`;
    }
    case TransformationType.AGGREGATE: {
      if (spec.sink.config.mode !== WriteMode.UPSERT) {
        const mend = 'write to kafka with mode upsert, or use sql with a window (TUMBLE)';
        const rule = 'must not be aggregate where rows are only added: the figures of a stream change';
        fail(scope, `${prop}.type`, rule, type, mend);
      }
      const groups = (config.groupBy ?? []).map(id);
      const figures = Object.entries(config.aggregates ?? {}).map(([column, text]) => `${text} AS ${id(column)}`);
      const by = groups.length > 0 ? ` GROUP BY ${groups.join(', ')}` : '';
      return `SELECT ${[...groups, ...figures].join(', ')} FROM ${id(input)}${by}`;
    }
    default: {
      const mend = 'write it as sql, or use engine spark with a schedule';
      return fail(scope, `${prop}.type`, 'must be filter, clean, aggregate or sql for engine flink', type, mend);
    }
  }
}

/** Names of the columns of the source. */
function columnsOf({ source }: DataPipelineSpec): string[] {
  let depth = 0;
  let text = '';
  for (const char of source.config.options?.schema ?? '') {
    if (char === '(' || char === '<') depth++;
    if (char === ')' || char === '>') depth--;
    text += char === ',' && depth === 0 ? '\n' : char;
  }
  return text
    .split('\n')
    .map((column) => column.trim())
    .filter((column) => !/^(watermark|primary key|constraint)\b/i.test(column))
    .map((column) => /^`([^`]+)`|^(\S+)/.exec(column))
    .flatMap((match) => match?.[1] ?? match?.[2] ?? []);
}

function columnsAfter({ type, config }: PipelineTransformation, before: string[] | undefined): string[] | undefined {
  if (type === TransformationType.SQL) return undefined;
  if (type === TransformationType.AGGREGATE)
    return [...(config.groupBy ?? []), ...Object.keys(config.aggregates ?? {})];
  return type === TransformationType.FILTER ? (config.columns ?? before) : before;
}
