import { PipelineSinkType, QualityAction, QualityCheckType, WriteMode } from '../../api/generated/data-pipeline';
import { fail } from '../../contracts/errors';
import { id, login, own } from './flink-text';
import { PipelinePlan } from './pipeline-plan';

const SINK_FORMATS = ['parquet', 'orc', 'avro', 'csv', 'json'];
const TIME_PATTERNS: { readonly [column: string]: string } = { year: 'yyyy', month: 'MM', day: 'dd', hour: 'HH' };

/** A table, what goes into it, and how. */
export interface FlinkSink {
  readonly table: string;
  readonly query: string;
  readonly keys: readonly string[];
  readonly partitionBy: readonly string[];
  readonly options: { readonly [key: string]: string };
}

/** The tables that are written, and the queries that give their rows: the sink, and rows that break a check. */
export function sinksOf(plan: PipelinePlan, input: string, columns: readonly string[] | undefined): FlinkSink[] {
  const { spec } = plan;
  const { config } = spec.sink;
  const checks = rowChecks(plan);
  const good = checks.length > 0 ? ` WHERE ${checks.map(({ holds }) => holds).join(' AND ')}` : '';
  const derived = (config.partitionBy ?? []).filter((column) => isDerived(column, columns));
  const time = config.options?.partitionTimeColumn;
  const selected = ['*', ...derived.map((column) => timePart(column, time))].join(', ');
  const main: FlinkSink = {
    table: 'sink',
    query: `SELECT ${selected} FROM ${id(input)}${good}`,
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
        `SELECT *, ${names} AS ${id('failed_checks')} FROM ${id(input)} ` +
        `WHERE NOT (${checks.map(({ holds }) => holds).join(' AND ')})`,
      keys: [],
      partitionBy: [],
      options: files(`${slash(location(config.path ?? ''))}_quarantine/`, 'json'),
    },
  ];
}

/** Checks that judge a row by itself; what judges all rows has no meaning in a stream. */
function rowChecks({ scope, spec }: PipelinePlan): { readonly name: string; readonly holds: string }[] {
  return (spec.quality ?? []).map(({ name, type, column, min, max, expression, onFailure }, index) => {
    const prop = `quality[${index}]`;
    if (onFailure !== QualityAction.WARN) {
      const mend = 'set it to warn: rows that break the check are put aside';
      fail(
        scope,
        `${prop}.onFailure`,
        'must be warn for engine flink, since a stream has no run that fails',
        onFailure ?? 'fail',
        mend,
      );
    }
    if (spec.sink.type !== PipelineSinkType.DATALAKE) {
      fail(scope, prop, 'must not be set where rows have no folder to be put aside', name, 'write to a datalake');
    }
    const holds = rowCheck(type, id(column ?? ''), min, max, expression);
    if (holds === undefined) {
      const mend = 'check it with a pipeline of engine spark that reads the sink';
      fail(scope, `${prop}.type`, 'must be not-null, range or sql for engine flink', type, mend);
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

function sinkOptions({ scope, spec, settings }: PipelinePlan): { [key: string]: string } {
  const { type, config } = spec.sink;
  const { mode = WriteMode.APPEND, format, options } = config;
  if (type === PipelineSinkType.KAFKA) {
    const servers = options?.['kafka.bootstrap.servers'] ?? settings.bootstrapServers;
    if (servers === undefined) {
      const mend = "set config.options.'kafka.bootstrap.servers'";
      fail(scope, 'sink.config.options', 'must have the brokers, since the platform has no Kafka', undefined, mend);
    }
    if (mode === WriteMode.OVERWRITE) {
      fail(scope, 'sink.config.mode', 'must be append or upsert for kafka', mode, 'a topic is not overwritten');
    }
    const formats: { [key: string]: string } =
      mode === WriteMode.UPSERT ? { 'key.format': 'json', 'value.format': 'json' } : { format: 'json' };
    return {
      connector: mode === WriteMode.UPSERT ? 'upsert-kafka' : 'kafka',
      topic: config.topic ?? '',
      'properties.bootstrap.servers': servers,
      ...formats,
      ...(config.connection === undefined ? {} : login('sink', options)),
      ...own(options),
    };
  }
  if (type !== PipelineSinkType.DATALAKE) {
    const mend = 'write to a topic, and from there with a pipeline of engine spark';
    fail(scope, 'sink.type', 'must be datalake or kafka for engine flink', type, mend);
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

function slash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

function isDerived(column: string, columns: readonly string[] | undefined): boolean {
  return column in TIME_PATTERNS && !(columns ?? []).includes(column);
}

function timePart(column: string, time: string | undefined): string {
  const value = time === undefined ? 'CAST(CURRENT_TIMESTAMP AS TIMESTAMP(3))' : id(time);
  return `DATE_FORMAT(${value}, '${TIME_PATTERNS[column]}') AS ${id(column)}`;
}
