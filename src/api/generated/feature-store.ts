// Generated from src/api/kinds by scripts/generate-api.ts. Do not edit.

import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked, checkedEnum } from '../../contracts/checked';
import { INamespace } from '../../contracts/namespace';
import { FEATURE_STORE } from '../kinds/feature-store';
import { addTypedObject } from '../platform-resource';
import { SecretRef, toJson_SecretRef, Condition, ModelReference, toJson_ModelReference } from './shared';

/** The name and place of the object, and its spec. */
export interface FeatureStoreProps extends FeatureStoreSpec {
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
 * Features of entities: how their values are computed, kept, served and watched.
 *
 * The object is nstarx.io/v1alpha1 FeatureStore. It takes at least features.
 *
 * @example
 * new FeatureStore(chart, 'example', {
 *   namespace: platform.teams.ml,
 *   owner: 'growth-team',
 *   entities: [{ name: 'customer', joinKey: 'customer_id', type: EntityKeyType.INT64 }],
 *   features: [
 *     {
 *       name: 'orders_30d',
 *       type: FeatureValueType.INT64,
 *       entity: 'customer',
 *       maxAge: '1d',
 *       source: {
 *         type: FeatureSourceType.BATCH,
 *         query: 'SELECT customer_id, count(*) AS orders_30d, now() AS event_timestamp FROM orders GROUP BY 1',
 *       },
 *     },
 *   ],
 *   serving: { online: { storage: OnlineStorage.VALKEY, ttl: 86400 }, offline: { path: 's3://features/growth/' } },
 * });
 */
@checked('FeatureStore')
export class FeatureStore extends Construct {
  /** The object. */
  public readonly resource: ApiObject;
  /** Name of the object. */
  public readonly name: string;

  /** @throws InvalidInputError when the API server would refuse the object; it names every field that is wrong */
  public constructor(scope: Construct, id: string, props: FeatureStoreProps) {
    super(scope, id);
    this.resource = addTypedObject(this, FEATURE_STORE, props, toJson_FeatureStoreSpec(props));
    this.name = this.resource.name;
  }
}

/**
 * Desired state.
 */
export interface FeatureStoreSpec {
  /**
   * What the features are about.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Team or person who answers for it.
   *
   * @default - none
   */
  readonly owner?: string;

  /**
   * What features are known about.
   *
   * @default - one entity `entity`, identified by the column `entity_id`
   */
  readonly entities?: FeatureEntity[];

  /**
   * Features.
   */
  readonly features: FeatureDefinition[];

  /**
   * Where values are kept for whom.
   *
   * @default - the defaults of its fields
   */
  readonly serving?: FeatureServing;

  /**
   * Old definitions that are kept.
   *
   * @default - the defaults of its fields
   */
  readonly versioning?: FeatureVersioning;

  /**
   * What is watched.
   *
   * @default - the defaults of its fields
   */
  readonly monitoring?: FeatureMonitoring;

  /**
   * ServiceAccount of the jobs.
   *
   * @default - one without permissions
   */
  readonly serviceAccountName?: string;

  /**
   * Compute nothing further; what is stored is served.
   *
   * @default false
   */
  readonly suspend?: boolean;
}

/**
 * Converts an object of type 'FeatureStoreSpec' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_FeatureStoreSpec(obj: FeatureStoreSpec | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    description: obj.description,
    owner: obj.owner,
    entities: obj.entities?.map((y) => toJson_FeatureEntity(y)),
    features: obj.features?.map((y) => toJson_FeatureDefinition(y)),
    serving: toJson_FeatureServing(obj.serving),
    versioning: toJson_FeatureVersioning(obj.versioning),
    monitoring: toJson_FeatureMonitoring(obj.monitoring),
    serviceAccountName: obj.serviceAccountName,
    suspend: obj.suspend,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Something that features are known about.
 */
export interface FeatureEntity {
  /**
   * Name of the entity.
   */
  readonly name: string;

  /**
   * Column that identifies it.
   *
   * @default - the name of the entity with `_id`
   */
  readonly joinKey?: string;

  /**
   * Type of the column.
   *
   * @default 'string'
   */
  readonly type?: EntityKeyType;

  /**
   * What it is.
   *
   * @default - none
   */
  readonly description?: string;
}

/**
 * Converts an object of type 'FeatureEntity' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_FeatureEntity(obj: FeatureEntity | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    joinKey: obj.joinKey,
    type: obj.type,
    description: obj.description,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * A value that is known about an entity.
 */
export interface FeatureDefinition {
  /**
   * Name of the feature.
   */
  readonly name: string;

  /**
   * Type of the value. It cannot change.
   */
  readonly type: FeatureValueType;

  /**
   * What it is.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Entity that it is known about.
   *
   * @default - the first of `entities`
   */
  readonly entity?: string;

  /**
   * How the values are computed.
   */
  readonly source: FeatureSource;

  /**
   * Age from which a value is stale.
   *
   * @default - values do not become stale
   */
  readonly maxAge?: string;
}

/**
 * Converts an object of type 'FeatureDefinition' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_FeatureDefinition(obj: FeatureDefinition | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    name: obj.name,
    type: obj.type,
    description: obj.description,
    entity: obj.entity,
    source: toJson_FeatureSource(obj.source),
    maxAge: obj.maxAge,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Where values are kept for whom.
 */
export interface FeatureServing {
  /**
   * Latest values, for models that answer.
   *
   * @default - none
   */
  readonly online?: OnlineStore;

  /**
   * Every value with its time, for training.
   *
   * @default - none
   */
  readonly offline?: OfflineStore;
}

/**
 * Converts an object of type 'FeatureServing' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_FeatureServing(obj: FeatureServing | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    online: toJson_OnlineStore(obj.online),
    offline: toJson_OfflineStore(obj.offline),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Old definitions that are kept.
 */
export interface FeatureVersioning {
  /**
   * Whether they are.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Days that they are kept.
   * At least 1, at most 3650.
   *
   * @default 90
   */
  readonly retentionDays?: number;
}

/**
 * Converts an object of type 'FeatureVersioning' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_FeatureVersioning(obj: FeatureVersioning | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    retentionDays: obj.retentionDays,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * What is watched.
 */
export interface FeatureMonitoring {
  /**
   * Whether anything is.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Figures that are computed.
   *
   * @default - feature_freshness and feature_coverage
   */
  readonly metrics?: FeatureMetric[];
}

/**
 * Converts an object of type 'FeatureMonitoring' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_FeatureMonitoring(obj: FeatureMonitoring | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    metrics: obj.metrics?.map((y) => y),
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Type of the column.
 */
export enum EntityKeyType {
  /** string */
  STRING = 'string',
  /** int32 */
  INT32 = 'int32',
  /** int64 */
  INT64 = 'int64',
}
checkedEnum('EntityKeyType', EntityKeyType);

/**
 * Type of the value. It cannot change.
 */
export enum FeatureValueType {
  /** float */
  FLOAT = 'float',
  /** double */
  DOUBLE = 'double',
  /** int */
  INT = 'int',
  /** int32 */
  INT32 = 'int32',
  /** int64 */
  INT64 = 'int64',
  /** string */
  STRING = 'string',
  /** bool */
  BOOL = 'bool',
  /** bytes */
  BYTES = 'bytes',
  /** timestamp */
  TIMESTAMP = 'timestamp',
  /** float-list */
  FLOAT_LIST = 'float-list',
  /** int-list */
  INT_LIST = 'int-list',
  /** string-list */
  STRING_LIST = 'string-list',
}
checkedEnum('FeatureValueType', FeatureValueType);

/**
 * How the values are computed.
 */
export interface FeatureSource {
  /**
   * Kind of computation.
   */
  readonly type: FeatureSourceType;

  /**
   * batch: query that yields the entity and the value.
   *
   * @default - none
   */
  readonly query?: string;

  /**
   * batch: when it is computed.
   *
   * @default - daily at midnight
   */
  readonly schedule?: string;

  /**
   * streaming: topic of the events.
   *
   * @default - none
   */
  readonly topic?: string;

  /**
   * streaming, request: body of the job in Python; runs in a Pod of the tenant, never in the operator.
   *
   * @default - the value of the event as it is
   */
  readonly transformation?: string;

  /**
   * model: model whose answer is the value.
   *
   * @default - none
   */
  readonly modelRef?: ModelReference;

  /**
   * Column with the time of the event.
   *
   * @default 'event_timestamp'
   */
  readonly timestampField?: string;

  /**
   * Container image of the job.
   *
   * @default - the image of the platform for the type
   */
  readonly image?: string;
}

/**
 * Converts an object of type 'FeatureSource' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_FeatureSource(obj: FeatureSource | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    type: obj.type,
    query: obj.query,
    schedule: obj.schedule,
    topic: obj.topic,
    transformation: obj.transformation,
    modelRef: toJson_ModelReference(obj.modelRef),
    timestampField: obj.timestampField,
    image: obj.image,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Latest values, for models that answer.
 */
export interface OnlineStore {
  /**
   * Whether there is one.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Kind of store.
   *
   * @default 'redis'
   */
  readonly storage?: OnlineStorage;

  /**
   * Secret with the address and credentials of the store.
   *
   * @default - none
   */
  readonly secretRef?: SecretRef;

  /**
   * Seconds after which a value is dropped; 0 keeps it.
   * At least 0, at most 31536000.
   *
   * @default 0
   */
  readonly ttl?: number;
}

/**
 * Converts an object of type 'OnlineStore' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_OnlineStore(obj: OnlineStore | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    storage: obj.storage,
    secretRef: toJson_SecretRef(obj.secretRef),
    ttl: obj.ttl,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * Every value with its time, for training.
 */
export interface OfflineStore {
  /**
   * Whether there is one.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How values are written.
   *
   * @default 'parquet'
   */
  readonly storage?: OfflineStorage;

  /**
   * Folder of the files.
   *
   * @default - none
   */
  readonly path?: string;
}

/**
 * Converts an object of type 'OfflineStore' to JSON representation.
 * @internal
 */
/* eslint-disable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */
function toJson_OfflineStore(obj: OfflineStore | undefined): Record<string, any> | undefined {
  if (obj === undefined) {
    return undefined;
  }
  const result = {
    enabled: obj.enabled,
    storage: obj.storage,
    path: obj.path,
  };
  // filter undefined values
  return Object.entries(result).reduce((r, i) => (i[1] === undefined ? r : { ...r, [i[0]]: i[1] }), {});
}
/* eslint-enable max-len, @stylistic/max-len, quote-props, @stylistic/quote-props */

/**
 * A figure.
 */
export enum FeatureMetric {
  /** feature_freshness */
  FEATURE_FRESHNESS = 'feature_freshness',
  /** feature_coverage */
  FEATURE_COVERAGE = 'feature_coverage',
  /** feature_drift */
  FEATURE_DRIFT = 'feature_drift',
  /** feature_staleness */
  FEATURE_STALENESS = 'feature_staleness',
}
checkedEnum('FeatureMetric', FeatureMetric);

/**
 * Kind of computation.
 */
export enum FeatureSourceType {
  /** batch */
  BATCH = 'batch',
  /** streaming */
  STREAMING = 'streaming',
  /** model */
  MODEL = 'model',
  /** request */
  REQUEST = 'request',
}
checkedEnum('FeatureSourceType', FeatureSourceType);

/**
 * Kind of store.
 */
export enum OnlineStorage {
  /** redis */
  REDIS = 'redis',
  /** valkey */
  VALKEY = 'valkey',
  /** dynamodb */
  DYNAMODB = 'dynamodb',
  /** postgres */
  POSTGRES = 'postgres',
  /** cassandra */
  CASSANDRA = 'cassandra',
}
checkedEnum('OnlineStorage', OnlineStorage);

/**
 * How values are written.
 */
export enum OfflineStorage {
  /** parquet */
  PARQUET = 'parquet',
  /** delta */
  DELTA = 'delta',
  /** postgres */
  POSTGRES = 'postgres',
  /** redshift */
  REDSHIFT = 'redshift',
  /** snowflake */
  SNOWFLAKE = 'snowflake',
  /** bigquery */
  BIGQUERY = 'bigquery',
}
checkedEnum('OfflineStorage', OfflineStorage);

/**
 * What was observed.
 */
export interface FeatureStoreStatus {
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
  readonly phase?: FeatureStoreStatusPhase;

  /**
   * When a value was last written.
   *
   * @default - none
   */
  readonly lastUpdate?: string;

  /**
   * Features by state.
   *
   * @default - none
   */
  readonly features?: FeatureStoreStatusFeatures;

  /**
   * What is stored.
   *
   * @default - none
   */
  readonly storage?: FeatureStoreStatusStorage;

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
export enum FeatureStoreStatusPhase {
  /** Pending */
  PENDING = 'Pending',
  /** Provisioning */
  PROVISIONING = 'Provisioning',
  /** Serving */
  SERVING = 'Serving',
  /** Degraded */
  DEGRADED = 'Degraded',
  /** Failed */
  FAILED = 'Failed',
  /** Terminating */
  TERMINATING = 'Terminating',
}

/**
 * Features by state.
 */
export interface FeatureStoreStatusFeatures {
  /**
   * All.
   * At least 0.
   *
   * @default - none
   */
  readonly total?: number;

  /**
   * Those with fresh values.
   * At least 0.
   *
   * @default - none
   */
  readonly serving?: number;

  /**
   * Those whose computation failed.
   * At least 0.
   *
   * @default - none
   */
  readonly failing?: number;
}

/**
 * What is stored.
 */
export interface FeatureStoreStatusStorage {
  /**
   * In the online store.
   *
   * @default - none
   */
  readonly online?: FeatureStoreStatusStorageOnline;

  /**
   * In the offline store.
   *
   * @default - none
   */
  readonly offline?: FeatureStoreStatusStorageOffline;
}

/**
 * In the online store.
 */
export interface FeatureStoreStatusStorageOnline {
  /**
   * Human-readable size.
   *
   * @default - none
   */
  readonly size?: string;

  /**
   * Number of entities.
   * At least 0.
   *
   * @default - none
   */
  readonly keys?: number;
}

/**
 * In the offline store.
 */
export interface FeatureStoreStatusStorageOffline {
  /**
   * Human-readable size.
   *
   * @default - none
   */
  readonly size?: string;

  /**
   * Number of folders.
   * At least 0.
   *
   * @default - none
   */
  readonly partitions?: number;
}
