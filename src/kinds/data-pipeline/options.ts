import { PipelineSinkType, PipelineSourceType } from '../../api/generated/data-pipeline';
import { fail } from '../../contracts/errors';
import { BROKERS_OPTION, DataPipelinePlan, needsConnector } from './plan';

/**
 * Options that a spec may give. Connectors take whatever they are given: many options say where the store is, who asks, which class is
 * loaded or which file is read, and a user who may not read the Secret of a connection would have it sent elsewhere by one of them. So
 * these are named, and all others are refused. A name that ends with a dot stands for all that begin with it.
 */
interface KnownOptions {
  readonly connector: string;
  readonly names: readonly string[];
}

/** Read by the platform's own programs. */
const OF_SOURCES = ['lastRunOverlap', 'lookupLocation', 'lookupFormat', 'schema', 'sinceParameter'];
const OF_SINKS = ['orderBy', 'partitionTimeColumn', 'partitionOverwriteMode'];

/** Source: https://spark.apache.org/docs/4.0.1/sql-data-sources-jdbc.html */
const JDBC = [
  'fetchsize',
  'batchsize',
  'numPartitions',
  'partitionColumn',
  'lowerBound',
  'upperBound',
  'queryTimeout',
  'isolationLevel',
  'truncate',
  'customSchema',
  'createTableColumnTypes',
  'preferTimestampNTZ',
  'pushDownPredicate',
  'pushDownAggregate',
  'pushDownLimit',
  'pushDownOffset',
  'pushDownTableSample',
];

const CONNECTORS: { readonly [driver: string]: readonly string[] } = {
  // https://www.mongodb.com/docs/spark-connector/current/
  mongodb: [
    'aggregation.pipeline',
    'aggregation.allowDiskUse',
    'sampleSize',
    'outputExtendedJson',
    'operationType',
    'upsertDocument',
    'idFieldList',
    'ordered',
    'maxBatchSize',
    'convertJson',
    'ignoreNullValues',
    'writeConcern.',
  ],
  // https://github.com/apache/cassandra-spark-connector/blob/trunk/doc/reference.md
  cassandra: [
    'spark.cassandra.input.',
    'spark.cassandra.output.',
    'spark.cassandra.read.timeoutMS',
    'ttl',
    'timestamp',
  ],
  // https://docs.snowflake.com/en/user-guide/spark-connector-use
  snowflake: [
    'sfSchema',
    'sfWarehouse',
    'sfRole',
    'autopushdown',
    'partition_size_in_mb',
    'keep_column_case',
    'column_mapping',
  ],
};

/** Source: https://spark.apache.org/docs/4.0.1/sql-data-sources.html; Delta's and Iceberg's own documentation */
const FILES = [
  'header',
  'sep',
  'delimiter',
  'quote',
  'quoteAll',
  'escape',
  'escapeQuotes',
  'charToEscapeQuoteEscaping',
  'unescapedQuoteHandling',
  'comment',
  'encoding',
  'charset',
  'inferSchema',
  'enforceSchema',
  'samplingRatio',
  'nullValue',
  'nanValue',
  'emptyValue',
  'positiveInf',
  'negativeInf',
  'dateFormat',
  'timestampFormat',
  'timestampNTZFormat',
  'timeZone',
  'locale',
  'mode',
  'columnNameOfCorruptRecord',
  'multiLine',
  'lineSep',
  'wholetext',
  'maxColumns',
  'maxCharsPerColumn',
  'ignoreLeadingWhiteSpace',
  'ignoreTrailingWhiteSpace',
  'ignoreNullFields',
  'dropFieldIfAllNull',
  'primitivesAsString',
  'prefersDecimal',
  'allowComments',
  'allowUnquotedFieldNames',
  'allowSingleQuotes',
  'allowNumericLeadingZeros',
  'allowBackslashEscapingAnyCharacter',
  'allowUnquotedControlChars',
  'allowNonNumericNumbers',
  'compression',
  'mergeSchema',
  'overwriteSchema',
  'datetimeRebaseMode',
  'int96RebaseMode',
  'avroSchema',
  'recordName',
  'recordNamespace',
  'positionalFieldMatching',
  'pathGlobFilter',
  'recursiveFileLookup',
  'modifiedBefore',
  'modifiedAfter',
  'ignoreCorruptFiles',
  'ignoreMissingFiles',
  'maxRecordsPerFile',
  'versionAsOf',
  'timestampAsOf',
  'replaceWhere',
  'snapshot-id',
  'as-of-timestamp',
  'target-file-size-bytes',
];

/** Source: https://spark.apache.org/docs/4.0.1/streaming/structured-streaming-kafka-integration.html */
const KAFKA = [
  'startingOffsets',
  'startingTimestamp',
  'startingOffsetsByTimestamp',
  'failOnDataLoss',
  'maxOffsetsPerTrigger',
  'minOffsetsPerTrigger',
  'maxTriggerDelay',
  'minPartitions',
  'includeHeaders',
  'fetchOffset.numRetries',
  'fetchOffset.retryIntervalMs',
  'kafkaConsumer.pollTimeoutMs',
  'kafka.security.protocol',
  'kafka.sasl.mechanism',
  'kafka.fetch.max.bytes',
  'kafka.max.partition.fetch.bytes',
  'kafka.max.poll.records',
  'kafka.request.timeout.ms',
  'kafka.session.timeout.ms',
  'kafka.compression.type',
  'kafka.batch.size',
  'kafka.linger.ms',
  'kafka.acks',
  'kafka.max.request.size',
  'kafka.isolation.level',
  'avroSchema',
  'avroHeaderBytes',
];

const FLINK_FORMATS = ['json.', 'csv.', 'avro.', 'value.json.', 'value.csv.', 'value.avro.', 'key.json.', 'key.fields'];

/** Source: https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/connectors/table/kafka/ */
const FLINK_KAFKA = [
  ...KAFKA.filter((name) => name.startsWith('kafka.')),
  'properties.auto.offset.reset',
  'scan.startup.mode',
  'scan.startup.specific-offsets',
  'scan.startup.timestamp-millis',
  'scan.topic-partition-discovery.interval',
  'scan.watermark.idle-timeout',
  'scan.parallelism',
  'sink.parallelism',
  'sink.delivery-guarantee',
  'sink.buffer-flush.max-rows',
  'sink.buffer-flush.interval',
  'value.fields-include',
  ...FLINK_FORMATS,
];

/** Source: https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/connectors/table/kinesis/ */
const FLINK_KINESIS = [
  'source.init.position',
  'source.init.timestamp',
  'source.shard.',
  'source.reader.type',
  ...FLINK_FORMATS,
];

/** Source: https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/connectors/table/filesystem/ */
const FLINK_FILES = [
  'sink.rolling-policy.',
  'sink.partition-commit.trigger',
  'sink.partition-commit.delay',
  'sink.partition-commit.watermark-time-zone',
  'sink.partition-commit.success-file.name',
  'partition.time-extractor.timestamp-pattern',
  'partition.time-extractor.timestamp-formatter',
  'sink.parallelism',
  'auto-compaction',
  'compaction.file-size',
  ...FLINK_FORMATS,
];

/** Refuses options that say more than how a store is read or written. */
export function checkOptions(plan: DataPipelinePlan): void {
  for (const part of ['source', 'sink'] as const) {
    const { options = {}, connection } = plan.spec[part].config;
    const { connector, names } = part === 'source' ? sourceOptions(plan) : sinkOptions(plan);
    // where nothing but the spec says so
    const own = connector === 'kafka' && connection === undefined ? [BROKERS_OPTION] : [];
    for (const key of Object.keys(options)) {
      if ([...names, ...own].some((name) => isNamed(key, name))) continue;
      fail(
        plan.scope,
        `${part}.config.options`,
        `must have options that a spec may give for ${connector}`,
        key,
        'leave it out: addresses, credentials and classes come from the Secret of the connection and from the platform',
      );
    }
  }
}

/** Spark looks at no capitals in names of options. */
function isNamed(key: string, name: string): boolean {
  const [given, known] = [key.toLowerCase(), name.toLowerCase()];
  return known.endsWith('.') ? given.startsWith(known) : given === known;
}

function sourceOptions({ spec, isStream }: DataPipelinePlan): KnownOptions {
  const { type, config } = spec.source;
  switch (type) {
    case PipelineSourceType.KAFKA:
      return { connector: 'kafka', names: [...(isStream ? FLINK_KAFKA : KAFKA), ...OF_SOURCES] };
    case PipelineSourceType.KINESIS:
      return { connector: 'kinesis', names: [...FLINK_KINESIS, ...OF_SOURCES] };
    case PipelineSourceType.DATABASE:
      return { connector: config.driver ?? 'databases', names: [...ofDriver(config.driver), ...OF_SOURCES] };
    case PipelineSourceType.API:
      return { connector: 'api', names: [...API, ...OF_SOURCES] };
    default:
      return { connector: type, names: [...FILES, ...OF_SOURCES] };
  }
}

function sinkOptions({ spec, isStream }: DataPipelinePlan): KnownOptions {
  const { type, config } = spec.sink;
  switch (type) {
    case PipelineSinkType.KAFKA:
      return { connector: 'kafka', names: [...(isStream ? FLINK_KAFKA : KAFKA), ...OF_SINKS] };
    case PipelineSinkType.DATABASE:
    case PipelineSinkType.WAREHOUSE:
      return { connector: config.driver ?? 'databases', names: [...ofDriver(config.driver), ...OF_SINKS] };
    default:
      return { connector: type, names: [...(isStream ? FLINK_FILES : FILES), ...OF_SINKS] };
  }
}

function ofDriver(driver: string | undefined): readonly string[] {
  return driver !== undefined && needsConnector(driver) ? CONNECTORS[driver] : JDBC;
}

/** Of the program that reads an API. */
const API = [
  'itemsPath',
  'pageParameter',
  'firstPage',
  'pageSizeParameter',
  'pageSize',
  'cursorParameter',
  'cursorPath',
  'maxPages',
  'timeoutSeconds',
];
