import {
  DataFormat,
  DataPipelineSpec,
  PipelineEngine,
  PipelineSinkType,
  PipelineSourceType,
  TransformationType,
} from '../../api/generated/data-pipeline';
import { PipelinePlan } from './pipeline-plan';

/** Databases that are written and read by a connector, not over JDBC; they cannot keep what a pipeline remembers. */
const CONNECTORS: readonly string[] = ['mongodb', 'cassandra', 'snowflake'];

/** Formats that Spark itself does not have. */
const EXTERNAL_FORMATS: readonly string[] = [DataFormat.AVRO, DataFormat.DELTA, DataFormat.ICEBERG];

/** Port of each kind of database, where nothing else is said. */
const DATABASE_PORTS: { readonly [driver: string]: number } = {
  postgresql: 5432,
  mysql: 3306,
  mssql: 1433,
  oracle: 1521,
  mongodb: 27_017,
  cassandra: 9042,
  snowflake: 443,
};

/** A thing that the image of the job must have, and the field that asks for it. */
export interface Connector {
  readonly name: string;
  readonly prop: string;
}

/** The connectors that a run needs: drivers, formats, and schemes of stores. Spark has the other ones. */
export function connectorsOf(plan: PipelinePlan): Connector[] {
  const { source, sink, transformations } = plan.spec;
  const found = new Map<string, string>();
  const need = (name: string | undefined, prop: string): void => {
    if (name !== undefined && !found.has(name)) found.set(name, prop);
  };
  if (source.type === PipelineSourceType.DATABASE) need(source.config.driver, 'source.config.driver');
  if (source.type === PipelineSourceType.KAFKA) need('kafka', 'source.type');
  if (isTable(plan.spec)) need(sink.config.driver, 'sink.config.driver');
  if (sink.type === PipelineSinkType.KAFKA) need('kafka', 'sink.type');
  for (const [prop, format] of [
    ['source.config.format', source.config.format],
    ['sink.config.format', sink.config.format],
  ] as const) {
    if (format !== undefined && EXTERNAL_FORMATS.includes(format)) need(format, prop);
  }
  for (const { prop, location } of locationsOf(plan)) need(schemeOf(location), prop);
  // the driver of a JDBC sink without one is in its Secret, which nobody but the job may read
  if (isTable(plan.spec) && sink.config.driver === undefined) need('postgresql', 'sink.config.driver');
  const lookups = transformations?.some(({ type }) => type === TransformationType.ENRICH) ?? false;
  const lookupFormat = source.config.options?.lookupFormat;
  if (lookups && lookupFormat !== undefined && EXTERNAL_FORMATS.includes(lookupFormat)) {
    need(lookupFormat, 'source.config.options.lookupFormat');
  }
  return [...found].map(([name, prop]) => ({ name, prop }));
}

/** A folder or file, and the field that names it. */
export interface Location {
  readonly prop: string;
  readonly location: string;
}

/** Folders and files that a run reads and writes. */
export function locationsOf(plan: PipelinePlan): Location[] {
  const { spec, settings } = plan;
  const candidates = [
    { prop: 'source.config.path', location: spec.source.config.path },
    { prop: 'sink.config.path', location: spec.sink.config.path },
    { prop: 'source.config.options.lookupLocation', location: spec.source.config.options?.lookupLocation },
    { prop: 'transformations', location: looksUpFiles(spec) ? settings.lookupFolder : undefined },
    { prop: 'sink.type', location: usesFolder(spec) ? settings.folder : undefined },
  ];
  return candidates.flatMap(({ prop, location }) => (location === undefined ? [] : [{ prop, location }]));
}

/** Flink keeps all its checkpoints there. */
function usesFolder(spec: DataPipelineSpec): boolean {
  return spec.engine === PipelineEngine.FLINK || keepsElsewhere(spec) || isTable(spec);
}

/** PersistentVolumeClaims of locations such as `pvc://claim/path`. */
export function claimsOf(plan: PipelinePlan): string[] {
  const names = locationsOf(plan).flatMap(({ location }) => /^pvc:\/\/([^/]+)/.exec(location)?.[1] ?? []);
  return [...new Set(names)];
}

/** Whether rows go to a table of a database. */
export function isTable({ sink }: DataPipelineSpec): boolean {
  return sink.type === PipelineSinkType.DATABASE || sink.type === PipelineSinkType.WAREHOUSE;
}

/** Whether the sink has no place for the time of the last run or the position in the stream. */
export function keepsElsewhere(spec: DataPipelineSpec): boolean {
  const { source, sink } = spec;
  if (source.type === PipelineSourceType.KAFKA) return sink.type !== PipelineSinkType.DATALAKE;
  const isIncremental =
    /:last_run\b/.test(source.config.query ?? '') || source.config.options?.sinceParameter !== undefined;
  const cannot = sink.type === PipelineSinkType.KAFKA || CONNECTORS.includes(sink.config.driver ?? '');
  return isIncremental && cannot;
}

/** Whether tables that are looked up are files: the source is no database that is read over JDBC. */
export function looksUpFiles({ source, transformations = [] }: DataPipelineSpec): boolean {
  const isJdbc = source.type === PipelineSourceType.DATABASE && !CONNECTORS.includes(source.config.driver ?? '');
  return !isJdbc && transformations.some(({ type }) => type === TransformationType.ENRICH);
}

/** TCP ports of the stores that a pipeline names. A Secret may name others. */
export function portsOf(plan: PipelinePlan): number[] {
  const { spec, settings } = plan;
  const { source, sink } = spec;
  const drivers = [
    ...(source.type === PipelineSourceType.DATABASE ? [source.config.driver] : []),
    ...(isTable(spec) ? [sink.config.driver ?? 'postgresql'] : []),
  ];
  const usesKafka = source.type === PipelineSourceType.KAFKA || sink.type === PipelineSinkType.KAFKA;
  const urls = [
    source.config.url,
    settings.lineage?.url,
    settings.variables?.AWS_ENDPOINT_URL_S3,
    ...(usesKafka
      ? [source.config.bootstrapServers, sink.config.options?.['kafka.bootstrap.servers'], settings.bootstrapServers]
      : []),
  ];
  const named = urls.flatMap((url) =>
    [...(url ?? '').matchAll(/:(\d{2,5})(?=[,/]|$)/g)].map(([, port]) => Number(port)),
  );
  const ports = drivers.flatMap((driver) => (driver === undefined ? [] : [DATABASE_PORTS[driver]]));
  return [...new Set([80, 443, ...ports, ...(usesKafka ? [9092, 9093] : []), ...named])].sort((a, b) => a - b);
}

function schemeOf(location: string): string | undefined {
  const scheme = /^([a-z0-9]+):\/\//.exec(location)?.[1];
  if (scheme === 's3' || scheme === 's3a') return 's3';
  if (scheme === 'abfs' || scheme === 'abfss') return 'abfss';
  return scheme === 'gs' ? 'gs' : undefined;
}
