import {
  DataPipelineSpec,
  PipelineEngine,
  PipelineSinkType,
  PipelineSourceType,
  TransformationType,
  WriteMode,
} from '../../api/generated/data-pipeline';
import { fail } from '../../contracts/errors';
import { connectorsOf, keepsElsewhere, locationsOf, looksUpFiles } from './pipeline-needs';
import { PipelinePlan } from './pipeline-plan';
import { RUNNER_PACKAGES } from '../../constructs/engines/spark-runner';

/**
 * Refuses what the API server accepts and the program on Spark cannot do. It would refuse it itself, but only in the night.
 *
 * @throws InvalidInputError naming the field
 */
export function checkSpark(plan: PipelinePlan): void {
  if (plan.settings.spark === false) {
    const engine = plan.spec.engine ?? PipelineEngine.SPARK;
    fail(
      plan.scope,
      'engine',
      'must be one that the platform has',
      engine,
      'have the platform install Spark, or use flink',
    );
  }
  checkSource(plan);
  checkSink(plan);
  checkSteps(plan);
  checkPlaces(plan);
}

function checkSource({ scope, spec, settings }: PipelinePlan): void {
  const { type, config } = spec.source;
  if (type === PipelineSourceType.FEATURESTORE) {
    const mend = 'read the offline store of the FeatureStore, as a database or a datalake';
    fail(scope, 'source.type', 'must be something that Spark reads', type, mend);
  }
  const connector = ['mongodb', 'cassandra', 'snowflake'].includes(config.driver ?? '');
  if (connector && config.query !== undefined) {
    fail(scope, 'source.config.query', `must not be set for ${config.driver}`, config.query, 'set config.table');
  }
  if (type !== PipelineSourceType.KAFKA) return;
  if (spec.schedule === undefined) {
    const mend = 'set a schedule, or use engine flink, which reads without end';
    fail(scope, 'schedule', 'must be given: a run of Spark reads what is new in the topic, and ends', undefined, mend);
  }
  const servers = config.bootstrapServers ?? config.options?.['kafka.bootstrap.servers'] ?? settings.bootstrapServers;
  if (servers === undefined && config.connection === undefined) {
    const mend = 'set config.bootstrapServers, or a connection whose Secret has a url';
    fail(scope, 'source.config.bootstrapServers', 'must be given, since the platform has no Kafka', undefined, mend);
  }
}

function checkSink({ scope, spec, settings }: PipelinePlan): void {
  const { type, config } = spec.sink;
  if (type === PipelineSinkType.FEATURESTORE) {
    const mend = 'write the table or the folder that the FeatureStore reads, as a database or a datalake';
    fail(scope, 'sink.type', 'must be something that Spark writes', type, mend);
  }
  if (type !== PipelineSinkType.KAFKA) return;
  const servers = config.options?.['kafka.bootstrap.servers'] ?? settings.bootstrapServers;
  if (servers === undefined && config.connection === undefined) {
    const mend = "set config.options.'kafka.bootstrap.servers', or a connection whose Secret has a url";
    fail(scope, 'sink.config.options', 'must have the brokers, since the platform has no Kafka', undefined, mend);
  }
  if (config.mode === WriteMode.OVERWRITE) {
    fail(scope, 'sink.config.mode', 'must be append or upsert for kafka', config.mode, 'a topic is not overwritten');
  }
}

function checkSteps({ scope, spec, settings }: PipelinePlan): void {
  for (const [index, { type, config }] of (spec.transformations ?? []).entries()) {
    const prop = `transformations[${index}]`;
    if (type === TransformationType.CUSTOM || (type === TransformationType.PYTHON && config.script === undefined)) {
      const mend = 'write the step as sql or as a python script, or run the image as a stage of an MLWorkflow';
      fail(scope, `${prop}.type`, 'must be a step that the job of Spark does itself', type, mend);
    }
    const lookup = spec.source.config.options?.lookupLocation ?? settings.lookupFolder;
    if (type === TransformationType.ENRICH && looksUpFiles(spec) && lookup === undefined) {
      const mend = 'set source.config.options.lookupLocation to the folder of the table';
      fail(scope, `${prop}.config.lookupTable`, 'must be a table that is found', config.lookupTable, mend);
    }
  }
  jobImage(spec, scope);
}

/** The image that python steps ask for: one, since they run in one job. */
export function jobImage(spec: DataPipelineSpec, scope: PipelinePlan['scope']): string | undefined {
  let image: string | undefined;
  for (const [index, { config }] of (spec.transformations ?? []).entries()) {
    if (config.image === undefined) continue;
    if (image !== undefined && image !== config.image) {
      const mend = 'use one image with the packages of all steps';
      fail(scope, `transformations[${index}].config.image`, `must be ${image}, as before`, config.image, mend);
    }
    image = config.image;
  }
  return image;
}

function checkPlaces(plan: PipelinePlan): void {
  const { scope, spec, settings } = plan;
  for (const { prop, location } of locationsOf(plan)) {
    if (!/^(s3a?|gs|abfss?|hdfs|pvc):\/\//.test(location)) {
      const mend = 'use s3://, gs://, abfss://, hdfs:// or pvc://';
      fail(scope, prop, 'must be a place that every pod of the job reaches', location, mend);
    }
  }
  if (keepsElsewhere(spec) && settings.folder === undefined) {
    const mend = 'write to a datalake or a JDBC database, or have the platform set the folder of pipelines';
    fail(scope, 'sink.type', 'must be a store that keeps what the next run begins with', spec.sink.type, mend);
  }
  if (settings.sparkImage !== undefined || jobImage(spec, scope) !== undefined) return;
  for (const { name, prop } of connectorsOf(plan)) {
    if (!(name in RUNNER_PACKAGES)) {
      const mend = 'have the platform set an image of Spark with the connector';
      fail(scope, prop, 'must be something that the image of Spark has a connector for', name, mend);
    }
  }
}
