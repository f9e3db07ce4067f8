import {
  DataFormat,
  PipelineEngine,
  PipelineSinkType,
  PipelineSourceType,
  TransformationType,
  WriteMode,
} from '../../api/generated/data-pipeline';
import { fail } from '../../contracts/errors';
import { lookup } from '../../contracts/lookup';
import { checkOptions } from './options';
import { DataPipelinePlan, needsConnector } from './plan';
import { RUNNER_PACKAGES } from '../../constructs/engines/engine-pods';

/**
 * Refuses what the API server accepts and the engine cannot do. The program on Spark would refuse it itself, but only in the night. What
 * Flink SQL cannot express is refused where the statements are made.
 *
 * @throws InvalidInputError naming the field
 */
export function checkDataPipeline(plan: DataPipelinePlan): void {
  checkGroup(plan);
  checkOptions(plan);
  checkBrokers(plan);
  checkPartitions(plan);
  if (plan.isStream) checkFlink(plan);
  else checkSpark(plan);
}

/** The options by which a reader of Kafka joins a group, whose members share the messages of a topic. */
const GROUP_OPTIONS = ['kafka.group.id', 'properties.group.id', 'groupIdPrefix'];

/** A pipeline is in the group of its own namespace and name, and takes no messages from another's. */
function checkGroup({ scope, spec, namespace, name }: DataPipelinePlan): void {
  for (const option of Object.keys(spec.source.config.options ?? {})) {
    if (!GROUP_OPTIONS.some((one) => one.toLowerCase() === option.toLowerCase())) continue;
    const rule = `must not have ${option}: the group is ${namespace}.${name}`;
    fail(scope, 'source.config.options', rule, spec.source.config.options?.[option], 'remove it');
  }
}

/** The user of a connection is known to the brokers that its Secret names, or to those of the platform. */
function checkBrokers({ scope, spec }: DataPipelinePlan): void {
  const { bootstrapServers, connection } = spec.source.config;
  if (bootstrapServers === undefined || connection === undefined) return;
  const fix = 'put the addresses into the Secret of the connection, as url';
  fail(scope, 'source.config.bootstrapServers', 'must not be there beside a connection', bootstrapServers, fix);
}

/** Formats of tables, whose readers find the files in a log and not by the names of folders. */
const TABLES: readonly (DataFormat | undefined)[] = [DataFormat.DELTA, DataFormat.ICEBERG];

/** Hive, Trino, Arrow and the job itself pass over folders with such names: what is in them would be lost. */
function checkPartitions({ scope, spec }: DataPipelinePlan): void {
  const { format, partitionBy = [] } = spec.sink.config;
  const hidden = TABLES.includes(format) ? undefined : partitionBy.find((column) => column.startsWith('_'));
  if (hidden === undefined) return;
  const fix = 'rename the column, in a transformation, so that it begins with a letter';
  const rule = 'must have no column that begins with an underscore, since readers of files pass over its folders';
  fail(scope, 'sink.config.partitionBy', rule, hidden, fix);
}

/** What a stream cannot have. */
function checkFlink({ scope, spec, settings }: DataPipelinePlan): void {
  if (settings.flinkImage === undefined) {
    const fix =
      'name one with PyFlink and the connectors in operators.flinkImage of NeuralPlatform, or use engine spark';
    fail(scope, 'engine', 'must be one that the platform has an image for', spec.engine, fix);
  }
  if (spec.timeout !== undefined) {
    fail(scope, 'timeout', 'must not be set for a stream, which runs without end', spec.timeout, 'remove it');
  }
  if (spec.schedule !== undefined) {
    fail(scope, 'schedule', 'must not be set for a stream, which runs without end', spec.schedule, 'remove it');
  }
}

function checkSpark(plan: DataPipelinePlan): void {
  const { scope, spec, settings } = plan;
  if (!settings.spark) {
    const fix = 'have the platform install Spark, or use flink';
    fail(scope, 'engine', 'must be one that the platform has', spec.engine ?? PipelineEngine.SPARK, fix);
  }
  checkSource(plan);
  checkSink(plan);
  checkSteps(plan);
  checkPlaces(plan);
}

function checkSource({ scope, spec, brokers, bus }: DataPipelinePlan): void {
  const { type, config } = spec.source;
  if (needsConnector(config.driver) && config.query !== undefined) {
    fail(scope, 'source.config.query', `must not be set for ${config.driver}`, config.query, 'set config.table');
  }
  if (type !== PipelineSourceType.KAFKA) return;
  if (spec.schedule === undefined) {
    const fix = 'set a schedule, or use engine flink, which reads without end';
    fail(scope, 'schedule', 'must be given: a run of Spark reads what is new in the topic, and ends', undefined, fix);
  }
  if ((brokers.source ?? bus.source ?? config.connection) === undefined) {
    const fix =
      'set config.bootstrapServers, a connection whose Secret has a url, or createMessageBus of NeuralPlatform';
    fail(scope, 'source.config.bootstrapServers', 'must be given, since the platform has no Kafka', undefined, fix);
  }
}

function checkSink({ scope, spec, brokers, bus }: DataPipelinePlan): void {
  const { type, config } = spec.sink;
  if (type !== PipelineSinkType.KAFKA) return;
  if ((brokers.sink ?? bus.sink ?? config.connection) === undefined) {
    const fix =
      "set config.options.'kafka.bootstrap.servers', a connection whose Secret has a url, or createMessageBus of NeuralPlatform";
    fail(scope, 'sink.config.options', 'must have the brokers, since the platform has no Kafka', undefined, fix);
  }
  if (config.mode === WriteMode.OVERWRITE) {
    fail(scope, 'sink.config.mode', 'must be append or upsert for kafka', config.mode, 'a topic is not overwritten');
  }
}

function checkSteps({ scope, spec, settings, looksUpFiles, stepImage }: DataPipelinePlan): void {
  for (const [index, { type, config }] of (spec.transformations ?? []).entries()) {
    const prop = `transformations[${index}]`;
    const lookup = spec.source.config.options?.lookupLocation ?? settings.lookupFolder;
    if (type === TransformationType.ENRICH && looksUpFiles && lookup === undefined) {
      const fix = 'set source.config.options.lookupLocation to the folder of the table';
      fail(scope, `${prop}.config.lookupTable`, 'must be a table that is found', config.lookupTable, fix);
    }
  }
  // they run in one job
  for (const [index, { config }] of (spec.transformations ?? []).entries()) {
    if (config.image === undefined || config.image === stepImage) continue;
    const fix = 'use one image with the packages of all steps';
    fail(scope, `transformations[${index}].config.image`, `must be ${stepImage}, as before`, config.image, fix);
  }
}

function checkPlaces(plan: DataPipelinePlan): void {
  const { scope, spec, settings, locations, connectors, keepsElsewhere, stepImage } = plan;
  for (const { prop, location } of locations) {
    if (!/^(s3a?|gs|abfss?|hdfs|pvc):\/\//.test(location) || /\/\.\.?(\/|$)/.test(location)) {
      const fix = 'use s3://, gs://, abfss://, hdfs:// or pvc://, without the names . and ..';
      fail(scope, prop, 'must be a place that every pod of the job reaches', location, fix);
    }
  }
  if (keepsElsewhere && settings.folder === undefined) {
    const fix = 'write to a datalake or a JDBC database, or have the platform set the folder of pipelines';
    fail(scope, 'sink.type', 'must be a store that keeps what the next run begins with', spec.sink.type, fix);
  }
  if (settings.sparkImage !== undefined || stepImage !== undefined) return;
  for (const { name, prop } of connectors) {
    if (lookup(RUNNER_PACKAGES, name) === undefined) {
      const fix = 'have the platform set an image of Spark with the connector';
      fail(scope, prop, 'must be something that the image of Spark has a connector for', name, fix);
    }
  }
}
