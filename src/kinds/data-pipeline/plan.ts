import { Construct } from 'constructs';
import {
  DataFormat,
  DataPipelineSpec,
  PipelineEngine,
  PipelineSinkType,
  PipelineSourceType,
  TransformationType,
} from '../../api/generated/data-pipeline';
import { fail } from '../../contracts/errors';
import { folderUrl } from '../../contracts/folders';
import { PLATFORM_GROUP } from '../../contracts/names';
import { ZonePlacement } from '../ai-zone/placement';
import { MessageBusSettings, wholeTopic } from '../message-bus';
import { CHILD, childName, objectLabels, ownLabel } from '../child-names';
import { DataPipelineSettings, ResolvedSettings, resolveSettings } from './settings';

/** A piece of an object, as JSON. */
export type Json = { readonly [field: string]: unknown };

/** The labels by which the pods of a DataPipeline are found. */
export function podSelector({ name }: { readonly name: string }): { [key: string]: string } {
  return { [`${PLATFORM_GROUP}/component`]: 'pipeline', ...ownLabel('data-pipeline', name) };
}

/** Labels of the pods of a DataPipeline; Prometheus gives its name to the series. */
export function podLabels(pipeline: { readonly name: string }): { [key: string]: string } {
  return { ...podSelector(pipeline), pipeline_name: pipeline.name };
}

/** Spark's operator adds a hyphen and 19 digits for a run, and a name may have 63 characters. */
const BASE_LENGTH = 43;

/** The name that those of all objects begin with. */
export function baseName(name: string): string {
  return childName(name, CHILD.PIPELINE, BASE_LENGTH);
}

/** What the objects of a DataPipeline are made from. */
export interface DataPipelineObjectsProps {
  /** Name of the DataPipeline: a DNS label that starts with a letter, of at most 52 characters. */
  readonly name: string;
  /** Namespace of all objects. */
  readonly namespace: string;
  /** Its spec, as the API server has it. */
  readonly spec: DataPipelineSpec;
  /**
   * The AIZone that the spec names.
   *
   * @default - none: then the spec must name none
   */
  readonly zone?: ZonePlacement;
  /**
   * The platform.
   *
   * @default - the defaults of the settings
   */
  readonly settings?: DataPipelineSettings;
}

/** What its objects are, worked out of the props once and handed down. */
export interface DataPipelinePlan {
  readonly scope: Construct;
  readonly name: string;
  /** The name, short enough for the names of runs. */
  readonly base: string;
  readonly namespace: string;
  readonly spec: DataPipelineSpec;
  readonly zone?: ZonePlacement;
  readonly settings: ResolvedSettings;
  /** Labels of all objects. */
  readonly labels: { readonly [key: string]: string };
  /** Whether it runs on Flink, without end; if not, it runs on Spark. */
  readonly isStream: boolean;
  /** What a run does; the rest of the spec says when and with what. A change of it is another job. */
  readonly work: Json;
  /** The image that its Python steps ask for. @default - they ask for none */
  readonly stepImage?: string;
  /** The connectors that a run needs: drivers, formats, and schemes of stores. Spark has the other ones. */
  readonly connectors: readonly Connector[];
  /** Folders and files that a run reads and writes. */
  readonly locations: readonly Location[];
  /** PersistentVolumeClaims of locations such as `pvc://claim/path`. */
  readonly claims: readonly string[];
  /** Addresses of Kafka. @default - the spec and the platform name none */
  readonly brokers: { readonly source?: string; readonly sink?: string };
  /** The platform's message bus, on each side that uses it. @default - other brokers, or none */
  readonly bus: { readonly source?: MessageBusSettings; readonly sink?: MessageBusSettings };
  /** Whether rows go to a table of a database. */
  readonly writesTable: boolean;
  /** Whether tables that are looked up are files: the source is no database that is read over JDBC. */
  readonly looksUpFiles: boolean;
  /** The folder of the namespace for what its pipelines keep, with a slash at its end. @default - the platform has none */
  readonly folder?: string;
  /** Whether the sink has no place for the time of the last run or the position in the stream. */
  readonly keepsElsewhere: boolean;
}

/** A thing that the image of the job must have, and the field that asks for it. */
interface Connector {
  readonly name: string;
  readonly prop: string;
}

/** A folder or file, and the field that names it. */
interface Location {
  readonly prop: string;
  readonly location: string;
}

const NAME_LENGTH = 52;

/** @throws InvalidInputError when the name cannot be one, or the zone is not there; the prop is the path of the field in the spec */
export function dataPipelinePlan(scope: Construct, props: DataPipelineObjectsProps): DataPipelinePlan {
  const { name, namespace, zone } = props;
  if (name.length > NAME_LENGTH || !/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
    const rule = `must be a DNS label of at most ${NAME_LENGTH} characters that starts with a letter`;
    fail(scope, 'name', rule, name, 'Spark and Flink name Services after it: use another');
  }
  if (props.spec.zone !== zone?.name) {
    const fix = 'create the zone, or correct the name';
    fail(scope, 'zone', 'must be the name of an AIZone that exists', props.spec.zone, fix);
  }
  const resolved = resolveSettings(props.settings);
  const ofNamespace = (folder?: string): string | undefined => folder && `${folderUrl(folder)}${namespace}/`;
  const settings = { ...resolved, lookupFolder: ofNamespace(resolved.lookupFolder) };
  const brokers = brokersOf(props.spec, settings.bootstrapServers);
  const bus = busOf(props.spec, brokers, settings.messageBus);
  const spec = withWholeTopics(props.spec, bus, namespace);
  const folder = ofNamespace(settings.folder);
  const { source, transformations = [], sink, quality, lineage } = spec;
  const steps = {
    writesTable: sink.type === PipelineSinkType.DATABASE || sink.type === PipelineSinkType.WAREHOUSE,
    looksUpFiles: looksUpFiles(spec),
    keepsElsewhere: keepsElsewhere(spec),
  };
  const locations = locationsOf(spec, settings, steps);
  return {
    scope,
    name,
    base: baseName(name),
    namespace,
    spec,
    zone,
    settings,
    ...(folder === undefined ? {} : { folder }),
    labels: objectLabels('data-pipeline', name, 'pipeline'),
    isStream: spec.engine === PipelineEngine.FLINK,
    work: {
      metadata: { name, namespace },
      spec: { source, transformations: spec.transformations, sink, quality, lineage },
    },
    stepImage: transformations.find(({ config }) => config.image !== undefined)?.config.image,
    connectors: connectorsOf(spec, locations, steps.writesTable, bus),
    locations,
    claims: [...new Set(locations.flatMap(({ location }) => /^pvc:\/\/([^/]+)/.exec(location)?.[1] ?? []))],
    brokers,
    bus,
    ...steps,
  };
}

/** The option of Spark's connector for Kafka with its addresses. */
export const BROKERS_OPTION = 'kafka.bootstrap.servers';

function brokersOf({ source, sink }: DataPipelineSpec, platform: string | undefined): DataPipelinePlan['brokers'] {
  return {
    source: source.config.bootstrapServers ?? source.config.options?.[BROKERS_OPTION] ?? platform,
    sink: sink.config.options?.[BROKERS_OPTION] ?? platform,
  };
}

/** The platform's own is for sides that name neither brokers nor a Secret, which has brokers of its own. */
function busOf(
  { source, sink }: DataPipelineSpec,
  brokers: DataPipelinePlan['brokers'],
  bus: MessageBusSettings | undefined,
): DataPipelinePlan['bus'] {
  const reads = source.type === PipelineSourceType.KAFKA && source.config.connection === undefined;
  const writes = sink.type === PipelineSinkType.KAFKA && sink.config.connection === undefined;
  return {
    ...(reads && brokers.source === undefined ? { source: bus } : {}),
    ...(writes && brokers.sink === undefined ? { sink: bus } : {}),
  };
}

function withWholeTopics(spec: DataPipelineSpec, bus: DataPipelinePlan['bus'], namespace: string): DataPipelineSpec {
  const { source, sink } = spec;
  const named = (topic: string | undefined, side: MessageBusSettings | undefined) =>
    topic === undefined || side === undefined ? {} : { topic: wholeTopic(namespace, topic) };
  return {
    ...spec,
    source: { ...source, config: { ...source.config, ...named(source.config.topic, bus.source) } },
    sink: { ...sink, config: { ...sink.config, ...named(sink.config.topic, bus.sink) } },
  };
}

/** Whether a database is written and read by a connector, not over JDBC. It cannot keep what a pipeline remembers. */
export function needsConnector(driver: string | undefined): boolean {
  return ['mongodb', 'cassandra', 'snowflake'].includes(driver ?? '');
}

function looksUpFiles({ source, transformations = [] }: DataPipelineSpec): boolean {
  const isJdbc = source.type === PipelineSourceType.DATABASE && !needsConnector(source.config.driver);
  return !isJdbc && transformations.some(({ type }) => type === TransformationType.ENRICH);
}

function keepsElsewhere({ source, sink }: DataPipelineSpec): boolean {
  if (source.type === PipelineSourceType.KAFKA) return sink.type !== PipelineSinkType.DATALAKE;
  const isIncremental =
    /:last_run\b/.test(source.config.query ?? '') || source.config.options?.sinceParameter !== undefined;
  return isIncremental && (sink.type === PipelineSinkType.KAFKA || needsConnector(sink.config.driver));
}

function locationsOf(
  { engine, source, sink }: DataPipelineSpec,
  { lookupFolder, folder }: ResolvedSettings,
  steps: Pick<DataPipelinePlan, 'writesTable' | 'looksUpFiles' | 'keepsElsewhere'>,
): Location[] {
  // Flink keeps all its checkpoints there
  const usesFolder = engine === PipelineEngine.FLINK || steps.keepsElsewhere || steps.writesTable;
  const candidates = [
    { prop: 'source.config.path', location: source.config.path },
    { prop: 'sink.config.path', location: sink.config.path },
    { prop: 'source.config.options.lookupLocation', location: source.config.options?.lookupLocation },
    { prop: 'transformations', location: steps.looksUpFiles ? lookupFolder : undefined },
    { prop: 'sink.type', location: usesFolder ? folder : undefined },
  ];
  return candidates.flatMap(({ prop, location }) => (location === undefined ? [] : [{ prop, location }]));
}

/** Formats that Spark itself does not have. */
const EXTERNAL_FORMATS: readonly string[] = [DataFormat.AVRO, DataFormat.DELTA, DataFormat.ICEBERG];

function connectorsOf(
  { source, sink, transformations }: DataPipelineSpec,
  locations: readonly Location[],
  writesTable: boolean,
  bus: DataPipelinePlan['bus'],
): Connector[] {
  const found = new Map<string, string>();
  const need = (name: string | undefined, prop: string): void => {
    if (name !== undefined && !found.has(name)) found.set(name, prop);
  };
  if (source.type === PipelineSourceType.DATABASE) need(source.config.driver, 'source.config.driver');
  if (source.type === PipelineSourceType.KAFKA) need('kafka', 'source.type');
  if (writesTable) need(sink.config.driver, 'sink.config.driver');
  if (sink.type === PipelineSinkType.KAFKA) need('kafka', 'sink.type');
  need(bus.source?.connector, 'source.type');
  need(bus.sink?.connector, 'sink.type');
  for (const [prop, format] of [
    ['source.config.format', source.config.format],
    ['sink.config.format', sink.config.format],
  ] as const) {
    if (format !== undefined && EXTERNAL_FORMATS.includes(format)) need(format, prop);
  }
  for (const { prop, location } of locations) need(schemeOf(location), prop);
  // the driver of a JDBC sink without one is in its Secret, which only the job may read
  if (writesTable && sink.config.driver === undefined) need('postgresql', 'sink.config.driver');
  const lookups = transformations?.some(({ type }) => type === TransformationType.ENRICH) ?? false;
  const lookupFormat = source.config.options?.lookupFormat;
  if (lookups && lookupFormat !== undefined && EXTERNAL_FORMATS.includes(lookupFormat)) {
    need(lookupFormat, 'source.config.options.lookupFormat');
  }
  return [...found].map(([name, prop]) => ({ name, prop }));
}

function schemeOf(location: string): string | undefined {
  const scheme = /^([a-z0-9]+):\/\//.exec(location)?.[1];
  if (scheme === 's3' || scheme === 's3a') return 's3';
  if (scheme === 'abfs' || scheme === 'abfss') return 'abfss';
  return scheme === 'gs' ? 'gs' : undefined;
}
