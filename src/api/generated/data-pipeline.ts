// Generated from src/api/kinds by scripts/generate-api.ts. Do not edit.

import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked, checkedEnum } from '../../contracts/checked';
import { INamespace } from '../../contracts/namespace';
import { DATA_PIPELINE } from '../kinds/data-pipeline';
import { addTypedObject } from '../platform-resource';
import { SecretRef, toJson_SecretRef, Condition, RunConcurrencyPolicy } from './shared';

/** The name and place of the object, and its spec. */
export interface DataPipelineProps extends DataPipelineSpec {
  /**
   * Name of the object.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /** Namespace of the object. */
  readonly namespace: INamespace;
  /**
   * Labels of the object.
   *
   * @default - those of the chart
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * Annotations of the object.
   *
   * @default - none
   */
  readonly annotations?: { readonly [key: string]: string };
}

/**
 * Data that a Spark or Flink job takes from a source through transformations to a sink, on a schedule or as a stream.
 *
 * The object is nstarx.io/v1alpha1 DataPipeline. It takes at least source, sink.
 *
 * @example
 * new DataPipeline(chart, 'example', {
 *   namespace: platform.teams.ml,
 *   engine: PipelineEngine.FLINK,
 *   source: {
 *     type: PipelineSourceType.KAFKA,
 *     config: {
 *       topic: 'orders',
 *       format: DataFormat.AVRO,
 *       options: { schema: 'id BIGINT, customer_id BIGINT, amount DECIMAL(10, 2), created TIMESTAMP(3)' },
 *     },
 *   },
 *   transformations: [{ type: TransformationType.FILTER, config: { condition: 'amount > 0' } }],
 *   sink: {
 *     type: PipelineSinkType.DATALAKE,
 *     config: {
 *       path: 's3://lake/orders/',
 *       format: DataFormat.PARQUET,
 *       partitionBy: ['day'],
 *       options: { partitionTimeColumn: 'created' },
 *     },
 *   },
 *   quality: [
 *     { name: 'has-customer', type: QualityCheckType.NOT_NULL, column: 'customer_id', onFailure: QualityAction.WARN },
 *   ],
 * });
 */
@checked('DataPipeline')
export class DataPipeline extends Construct {
  /** The object. */
  public readonly resource: ApiObject;
  /** Name of the object. */
  public readonly name: string;

  /** @throws InvalidInputError when the API server would refuse the object; it names every field that is wrong */
  public constructor(scope: Construct, id: string, props: DataPipelineProps) {
    super(scope, id);
    this.resource = addTypedObject(this, DATA_PIPELINE, props, toJson_DataPipelineSpec(props));
    this.name = this.resource.name;
  }
}

/**
 * Desired state.
 */
export interface DataPipelineSpec {
  /**
   * What runs the job.
   *
   * @default 'spark'
   */
  readonly engine?: PipelineEngine;

  /**
   * When the job runs.
   *
   * @default - once for each change of the spec, or always when the source is a stream
   */
  readonly schedule?: string;

  /**
   * Time zone of the schedule, a name of the IANA database.
   *
   * @default 'Etc/UTC'
   */
  readonly timeZone?: string;

  /**
   * Start no further runs.
   *
   * @default false
   */
  readonly suspend?: boolean;

  /**
   * What happens when a run is due while one is under way.
   *
   * @default 'Forbid'
   */
  readonly concurrencyPolicy?: RunConcurrencyPolicy;

  /**
   * AIZone in which the job runs; its author must be allowed to use it.
   *
   * @default - the namespace of the pipeline, as it is
   */
  readonly zone?: string;

  /**
   * Where the data comes from.
   */
  readonly source: PipelineSource;

  /**
   * Steps, in their order.
   *
   * @default - the data as it is
   */
  readonly transformations?: PipelineTransformation[];

  /**
   * Where the data goes.
   */
  readonly sink: PipelineSink;

  /**
   * What the job gets.
   *
   * @default - none
   */
  readonly resources?: PipelineResources;

  /**
   * ServiceAccount of the job; it makes pods.
   *
   * @default - the platform's account of the engine: spark or flink
   */
  readonly serviceAccountName?: string;

  /**
   * Times that a failed run is tried again.
   * At least 0, at most 10.
   *
   * @default 2
   */
  readonly retries?: number;

  /**
   * Time after which a run is stopped.
   *
   * @default - none
   */
  readonly timeout?: string;

  /**
   * What must hold for the data that is written.
   *
   * @default - none
   */
  readonly quality?: QualityCheck[];

  /**
   * Report where data comes from and goes to (OpenLineage).
   *
   * @default - the defaults of its fields
   */
  readonly lineage?: PipelineLineage;

  /**
   * Finished runs that are kept.
   * At least 0, at most 100.
   *
   * @default 5
   */
  readonly historyLimit?: number;
}

/**
 * Converts an object of type 'DataPipelineSpec' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_DataPipelineSpec(obj: DataPipelineSpec | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    engine: obj.engine,
    schedule: obj.schedule,
    timeZone: obj.timeZone,
    suspend: obj.suspend,
    concurrencyPolicy: obj.concurrencyPolicy,
    zone: obj.zone,
    source: toJson_PipelineSource(obj.source),
    transformations: obj.transformations?.map((y) => toJson_PipelineTransformation(y)),
    sink: toJson_PipelineSink(obj.sink),
    resources: toJson_PipelineResources(obj.resources),
    serviceAccountName: obj.serviceAccountName,
    retries: obj.retries,
    timeout: obj.timeout,
    quality: obj.quality?.map((y) => toJson_QualityCheck(y)),
    lineage: toJson_PipelineLineage(obj.lineage),
    historyLimit: obj.historyLimit,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What runs the job.
 */
export enum PipelineEngine {
  /** spark */
  SPARK = 'spark',
  /** flink */
  FLINK = 'flink',
}
checkedEnum('PipelineEngine', PipelineEngine);

/**
 * Where the data comes from.
 */
export interface PipelineSource {
  /**
   * Kind of store.
   */
  readonly type: PipelineSourceType;

  /**
   * How it is read.
   */
  readonly config: PipelineSourceConfig;
}

/**
 * Converts an object of type 'PipelineSource' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_PipelineSource(obj: PipelineSource | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    type: obj.type,
    config: toJson_PipelineSourceConfig(obj.config),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * A step between source and sink.
 */
export interface PipelineTransformation {
  /**
   * What is done.
   */
  readonly type: TransformationType;

  /**
   * How it is done.
   */
  readonly config: TransformationConfig;
}

/**
 * Converts an object of type 'PipelineTransformation' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_PipelineTransformation(obj: PipelineTransformation | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    type: obj.type,
    config: toJson_TransformationConfig(obj.config),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Where the data goes.
 */
export interface PipelineSink {
  /**
   * Kind of store.
   */
  readonly type: PipelineSinkType;

  /**
   * How it is written.
   */
  readonly config: PipelineSinkConfig;
}

/**
 * Converts an object of type 'PipelineSink' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_PipelineSink(obj: PipelineSink | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    type: obj.type,
    config: toJson_PipelineSinkConfig(obj.config),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What the job gets.
 */
export interface PipelineResources {
  /**
   * The Pod that plans the work.
   *
   * @default - none
   */
  readonly driver?: DriverResources;

  /**
   * The Pods that do the work.
   *
   * @default - none
   */
  readonly executor?: ExecutorResources;
}

/**
 * Converts an object of type 'PipelineResources' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_PipelineResources(obj: PipelineResources | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    driver: toJson_DriverResources(obj.driver),
    executor: toJson_ExecutorResources(obj.executor),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Something that must hold for the data that is written.
 */
export interface QualityCheck {
  /**
   * Name of the check.
   */
  readonly name: string;

  /**
   * What is checked.
   */
  readonly type: QualityCheckType;

  /**
   * Column that is checked.
   *
   * @default - none
   */
  readonly column?: string;

  /**
   * range, row-count: least value.
   *
   * @default - none
   */
  readonly min?: number;

  /**
   * range, row-count: greatest value.
   *
   * @default - none
   */
  readonly max?: number;

  /**
   * freshness: age of the newest row at most.
   *
   * @default - none
   */
  readonly maxAge?: string;

  /**
   * sql: expression that is true when the data is good.
   *
   * @default - none
   */
  readonly expression?: string;

  /**
   * What a failure does.
   *
   * @default 'fail'
   */
  readonly onFailure?: QualityAction;
}

/**
 * Converts an object of type 'QualityCheck' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_QualityCheck(obj: QualityCheck | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    type: obj.type,
    column: obj.column,
    min: obj.min,
    max: obj.max,
    maxAge: obj.maxAge,
    expression: obj.expression,
    onFailure: obj.onFailure,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Report where data comes from and goes to (OpenLineage).
 */
export interface PipelineLineage {
  /**
   * Whether it is reported.
   *
   * @default true
   */
  readonly enabled?: boolean;
}

/**
 * Converts an object of type 'PipelineLineage' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_PipelineLineage(obj: PipelineLineage | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Kind of store.
 */
export enum PipelineSourceType {
  /** database */
  DATABASE = 'database',
  /** datalake */
  DATALAKE = 'datalake',
  /** kafka */
  KAFKA = 'kafka',
  /** kinesis */
  KINESIS = 'kinesis',
  /** api */
  API = 'api',
}
checkedEnum('PipelineSourceType', PipelineSourceType);

/**
 * How it is read.
 */
export interface PipelineSourceConfig {
  /**
   * Kind of database.
   *
   * @default - none
   */
  readonly driver?: DatabaseDriver;

  /**
   * How the store is reached.
   *
   * @default - what the ServiceAccount may reach
   */
  readonly connection?: DataConnection;

  /**
   * Query; `:last_run` is the time of the last successful run.
   *
   * @default - the whole table
   */
  readonly query?: string;

  /**
   * Table or collection.
   *
   * @default - none
   */
  readonly table?: string;

  /**
   * Folder or file of the data.
   *
   * @default - none
   */
  readonly path?: string;

  /**
   * How the data is written.
   *
   * @default - parquet
   */
  readonly format?: DataFormat;

  /**
   * Topic or stream.
   *
   * @default - none
   */
  readonly topic?: string;

  /**
   * Addresses of the brokers, separated by commas.
   *
   * @default - those of the platform
   */
  readonly bootstrapServers?: string;

  /**
   * URL of the API.
   *
   * @default - none
   */
  readonly url?: string;

  /**
   * Further options of the connector, as it names them. Where the store is and who asks is in the Secret of the connection.
   *
   * @default - none
   */
  readonly options?: { readonly [key: string]: string };
}

/**
 * Converts an object of type 'PipelineSourceConfig' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_PipelineSourceConfig(obj: PipelineSourceConfig | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    driver: obj.driver,
    connection: toJson_DataConnection(obj.connection),
    query: obj.query,
    table: obj.table,
    path: obj.path,
    format: obj.format,
    topic: obj.topic,
    bootstrapServers: obj.bootstrapServers,
    url: obj.url,
    options:
      obj.options === undefined
        ? undefined
        : Object.entries(obj.options).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What is done.
 */
export enum TransformationType {
  /** clean */
  CLEAN = 'clean',
  /** enrich */
  ENRICH = 'enrich',
  /** filter */
  FILTER = 'filter',
  /** aggregate */
  AGGREGATE = 'aggregate',
  /** sql */
  SQL = 'sql',
  /** python */
  PYTHON = 'python',
}
checkedEnum('TransformationType', TransformationType);

/**
 * How it is done.
 */
export interface TransformationConfig {
  /**
   * clean: drop rows with an empty column.
   *
   * @default - false
   */
  readonly removeNulls?: boolean;

  /**
   * clean: keep one of equal rows.
   *
   * @default - false
   */
  readonly deduplication?: boolean;

  /**
   * clean, filter: columns that are looked at or kept.
   *
   * @default - all
   */
  readonly columns?: string[];

  /**
   * enrich: table that is joined.
   *
   * @default - none
   */
  readonly lookupTable?: string;

  /**
   * enrich: column that both have.
   *
   * @default - none
   */
  readonly joinKey?: string;

  /**
   * filter: condition in SQL that the kept rows fulfil.
   *
   * @default - none
   */
  readonly condition?: string;

  /**
   * aggregate: columns that rows are grouped by.
   *
   * @default - none
   */
  readonly groupBy?: string[];

  /**
   * aggregate: expression in SQL by the column that it makes.
   *
   * @default - none
   */
  readonly aggregates?: { readonly [key: string]: string };

  /**
   * sql: query over the table `input`.
   *
   * @default - none
   */
  readonly query?: string;

  /**
   * python: body of the job; runs in a Pod of the tenant, never in the operator.
   *
   * @default - none
   */
  readonly script?: string;

  /**
   * python: container image of the whole job.
   *
   * @default - the image of the engine
   */
  readonly image?: string;
}

/**
 * Converts an object of type 'TransformationConfig' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_TransformationConfig(obj: TransformationConfig | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    removeNulls: obj.removeNulls,
    deduplication: obj.deduplication,
    columns: obj.columns?.map((y) => y),
    lookupTable: obj.lookupTable,
    joinKey: obj.joinKey,
    condition: obj.condition,
    groupBy: obj.groupBy?.map((y) => y),
    aggregates:
      obj.aggregates === undefined
        ? undefined
        : Object.entries(obj.aggregates).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
    query: obj.query,
    script: obj.script,
    image: obj.image,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Kind of store.
 */
export enum PipelineSinkType {
  /** datalake */
  DATALAKE = 'datalake',
  /** database */
  DATABASE = 'database',
  /** kafka */
  KAFKA = 'kafka',
  /** warehouse */
  WAREHOUSE = 'warehouse',
}
checkedEnum('PipelineSinkType', PipelineSinkType);

/**
 * How it is written.
 */
export interface PipelineSinkConfig {
  /**
   * Kind of database.
   *
   * @default - none
   */
  readonly driver?: DatabaseDriver;

  /**
   * How the store is reached.
   *
   * @default - what the ServiceAccount may reach
   */
  readonly connection?: DataConnection;

  /**
   * Table or collection.
   *
   * @default - none
   */
  readonly table?: string;

  /**
   * Folder of the data.
   *
   * @default - none
   */
  readonly path?: string;

  /**
   * How the data is written.
   *
   * @default - parquet
   */
  readonly format?: DataFormat;

  /**
   * Columns that the folders are made by, outermost first.
   *
   * @default - no partitions
   */
  readonly partitionBy?: string[];

  /**
   * What happens to data that is there.
   *
   * @default 'append'
   */
  readonly mode?: WriteMode;

  /**
   * Columns that identify a row, for upsert.
   *
   * @default - none
   */
  readonly keys?: string[];

  /**
   * Topic or stream.
   *
   * @default - none
   */
  readonly topic?: string;

  /**
   * Further options of the connector, as it names them. Where the store is and who asks is in the Secret of the connection.
   *
   * @default - none
   */
  readonly options?: { readonly [key: string]: string };
}

/**
 * Converts an object of type 'PipelineSinkConfig' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_PipelineSinkConfig(obj: PipelineSinkConfig | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    driver: obj.driver,
    connection: toJson_DataConnection(obj.connection),
    table: obj.table,
    path: obj.path,
    format: obj.format,
    partitionBy: obj.partitionBy?.map((y) => y),
    mode: obj.mode,
    keys: obj.keys?.map((y) => y),
    topic: obj.topic,
    options:
      obj.options === undefined
        ? undefined
        : Object.entries(obj.options).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {}),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * The Pod that plans the work.
 */
export interface DriverResources {
  /**
   * CPU. A Kubernetes quantity, such as `500m` or `2Gi`.
   *
   * @default - 1
   */
  readonly cpu?: string;

  /**
   * Memory. A Kubernetes quantity, such as `500m` or `2Gi`.
   *
   * @default - 2Gi
   */
  readonly memory?: string;
}

/**
 * Converts an object of type 'DriverResources' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_DriverResources(obj: DriverResources | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    cpu: obj.cpu,
    memory: obj.memory,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * The Pods that do the work.
 */
export interface ExecutorResources {
  /**
   * Number of Pods.
   * At least 1, at most 1000.
   *
   * @default 2
   */
  readonly instances?: number;

  /**
   * CPU. A Kubernetes quantity, such as `500m` or `2Gi`.
   *
   * @default - 1
   */
  readonly cpu?: string;

  /**
   * Memory. A Kubernetes quantity, such as `500m` or `2Gi`.
   *
   * @default - 2Gi
   */
  readonly memory?: string;
}

/**
 * Converts an object of type 'ExecutorResources' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_ExecutorResources(obj: ExecutorResources | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    instances: obj.instances,
    cpu: obj.cpu,
    memory: obj.memory,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What is checked.
 */
export enum QualityCheckType {
  /** not-null */
  NOT_NULL = 'not-null',
  /** unique */
  UNIQUE = 'unique',
  /** range */
  RANGE = 'range',
  /** row-count */
  ROW_COUNT = 'row-count',
  /** freshness */
  FRESHNESS = 'freshness',
  /** sql */
  SQL = 'sql',
}
checkedEnum('QualityCheckType', QualityCheckType);

/**
 * What a failure does.
 */
export enum QualityAction {
  /** fail */
  FAIL = 'fail',
  /** warn */
  WARN = 'warn',
}
checkedEnum('QualityAction', QualityAction);

/**
 * Kind of database.
 */
export enum DatabaseDriver {
  /** postgresql */
  POSTGRESQL = 'postgresql',
  /** mysql */
  MYSQL = 'mysql',
  /** mongodb */
  MONGODB = 'mongodb',
  /** cassandra */
  CASSANDRA = 'cassandra',
  /** mssql */
  MSSQL = 'mssql',
  /** oracle */
  ORACLE = 'oracle',
  /** snowflake */
  SNOWFLAKE = 'snowflake',
}
checkedEnum('DatabaseDriver', DatabaseDriver);

/**
 * How the store is reached.
 */
export interface DataConnection {
  /**
   * Secret with the keys host, port, database, username and password, or url.
   */
  readonly secretRef: SecretRef;
}

/**
 * Converts an object of type 'DataConnection' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_DataConnection(obj: DataConnection | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    secretRef: toJson_SecretRef(obj.secretRef),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * How the data is written.
 */
export enum DataFormat {
  /** parquet */
  PARQUET = 'parquet',
  /** avro */
  AVRO = 'avro',
  /** orc */
  ORC = 'orc',
  /** csv */
  CSV = 'csv',
  /** json */
  JSON = 'json',
  /** delta */
  DELTA = 'delta',
  /** iceberg */
  ICEBERG = 'iceberg',
  /** text */
  TEXT = 'text',
}
checkedEnum('DataFormat', DataFormat);

/**
 * What happens to data that is there.
 */
export enum WriteMode {
  /** append */
  APPEND = 'append',
  /** overwrite */
  OVERWRITE = 'overwrite',
  /** upsert */
  UPSERT = 'upsert',
}
checkedEnum('WriteMode', WriteMode);

/**
 * What was observed.
 */
export interface DataPipelineStatus {
  /**
   * Generation of the object that this status refers to.
   * At least 0.
   *
   * @default - none
   */
  readonly observedGeneration?: number;

  /**
   * The state as one word; the conditions say more.
   *
   * @default - none
   */
  readonly phase?: DataPipelineStatusPhase;

  /**
   * How the last run ended, or that it is under way.
   *
   * @default - none
   */
  readonly state?: DataPipelineStatusState;

  /**
   * When the last run began.
   *
   * @default - none
   */
  readonly lastRun?: string;

  /**
   * When the last run that succeeded began.
   *
   * @default - none
   */
  readonly lastSuccessfulRun?: string;

  /**
   * When the next run begins.
   *
   * @default - none
   */
  readonly nextRun?: string;

  /**
   * Rows that the last run wrote.
   * At least 0.
   *
   * @default - none
   */
  readonly recordsProcessed?: number;

  /**
   * How long the last run took.
   *
   * @default - none
   */
  readonly duration?: string;

  /**
   * Run that the annotation `nstarx.io/run` asked for, and how it ended: `<value>.Running`, `<value>.Completed` or `<value>.Failed`.
   *
   * @default - none
   */
  readonly requestedRun?: string;

  /**
   * Quality checks that failed in the last run.
   *
   * @default - none
   */
  readonly failedChecks?: string[];

  /**
   * What is known about the object, one entry per aspect.
   *
   * @default - none
   */
  readonly conditions?: Condition[];
}

/**
 * The state as one word; the conditions say more.
 */
export enum DataPipelineStatusPhase {
  /** Pending */
  PENDING = 'Pending',
  /** Scheduled */
  SCHEDULED = 'Scheduled',
  /** Running */
  RUNNING = 'Running',
  /** Suspended */
  SUSPENDED = 'Suspended',
  /** Degraded */
  DEGRADED = 'Degraded',
  /** Failed */
  FAILED = 'Failed',
  /** Completed */
  COMPLETED = 'Completed',
}

/**
 * How the last run ended, or that it is under way.
 */
export enum DataPipelineStatusState {
  /** Pending */
  PENDING = 'Pending',
  /** Running */
  RUNNING = 'Running',
  /** Completed */
  COMPLETED = 'Completed',
  /** Failed */
  FAILED = 'Failed',
  /** Suspended */
  SUSPENDED = 'Suspended',
}
