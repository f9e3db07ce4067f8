import { createHash } from 'node:crypto';
import {
  EntityKeyType,
  FeatureDefinition,
  FeatureSource,
  FeatureSourceType,
  FeatureStoreSpec,
  FeatureValueType,
  OfflineStorage,
  OnlineStorage,
} from '../../api/generated';
import { canonicalJson } from '../../contracts/canonical-json';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';

/** Column in which each stored row says when it was computed. */
export const CREATED_COLUMN = 'created_timestamp';

/** An entity with its defaults. */
export interface EntityModel {
  readonly name: string;
  readonly joinKey: string;
  readonly type: EntityKeyType;
  readonly description: string;
}

/** Features of one entity that are computed together: the same source and the same age. */
export interface ViewModel {
  /** That of its first feature, so a view keeps its name and its data while a query is edited or features are added. */
  readonly name: string;
  readonly entity: EntityModel;
  readonly features: FeatureDefinition[];
  readonly source: FeatureSource;
  readonly timestampField: string;
  /** Seconds; undefined where values do not become stale. */
  readonly maxAgeSeconds?: number;
}

/** A FeatureStoreSpec with its defaults, and its features grouped into views. */
export interface FeatureModel {
  readonly entities: EntityModel[];
  /** Views of values that are stored: batch, streaming and model. */
  readonly views: ViewModel[];
  /** Features that are computed on request. */
  readonly onRequest: FeatureDefinition[];
  /** Undefined where the values are served from no store. */
  readonly online?: { readonly storage: OnlineStorage; readonly secretName?: string; readonly ttlSeconds: number };
  /** `path` ends with a slash. */
  readonly offline: { readonly storage: OfflineStorage; readonly path?: string };
}

const FILES: string[] = [OfflineStorage.PARQUET, OfflineStorage.DELTA, OfflineStorage.ICEBERG];

/** Whether values are kept as files in a folder. */
export function keepsFiles(model: FeatureModel): boolean {
  return FILES.includes(model.offline.storage);
}

/**
 * What a spec means.
 *
 * @param where construct path or name, for messages
 * @param folder where files are kept when the spec does not say it
 * @throws InvalidInputError when features contradict each other
 */
export function featureModel(where: string, spec: FeatureStoreSpec, folder?: string): FeatureModel {
  const entities = (spec.entities ?? [{ name: 'entity' }]).map((entity) => ({
    name: entity.name,
    joinKey: entity.joinKey ?? `${entity.name}_id`,
    type: entity.type ?? EntityKeyType.STRING,
    description: entity.description ?? '',
  }));
  if (entities.length === 0) fail(where, 'entities', 'must not be empty', [], 'leave it out or name an entity');
  const views = new Map<string, ViewModel>();
  for (const [index, feature] of spec.features.entries()) {
    const entity = feature.entity === undefined ? entities[0] : entities.find(({ name }) => name === feature.entity);
    if (!entity) {
      fail(where, `features[${index}].entity`, 'must be one of entities', feature.entity, 'add it to entities');
    }
    const timestampField = feature.source.timestampField ?? 'event_timestamp';
    for (const taken of [entity.joinKey, timestampField, CREATED_COLUMN]) {
      if (feature.name.toLowerCase() === taken.toLowerCase()) {
        fail(
          where,
          `features[${index}].name`,
          `must differ from the column ${taken}, which stands beside it`,
          feature.name,
          'choose another name',
        );
      }
    }
    if (timestampField === entity.joinKey) {
      fail(
        where,
        `features[${index}].source.timestampField`,
        'must differ from the join key of the entity',
        timestampField,
        'name the column with the time',
      );
    }
    if (feature.source.type === FeatureSourceType.REQUEST) continue;
    const key = canonicalJson([entity.name, feature.source, feature.maxAge ?? '']);
    // what one topic or model gives is one value; a query gives as many columns as it likes
    const shared = feature.source.type === FeatureSourceType.BATCH ? views.get(key) : undefined;
    if (shared) shared.features.push(feature);
    else {
      views.set(feature.source.type === FeatureSourceType.BATCH ? key : `${key}${index}`, {
        name: feature.name,
        entity,
        features: [feature],
        source: feature.source,
        timestampField,
        maxAgeSeconds: feature.maxAge === undefined ? undefined : Math.ceil(durationSeconds(feature.maxAge)),
      });
    }
  }
  uniqueNames(where, spec.features);
  const { online, offline } = spec.serving ?? {};
  const storage = offline && offline.enabled !== false ? offline.storage : undefined;
  const path = (offline && offline.enabled !== false ? offline.path : undefined) ?? folder;
  return {
    entities,
    views: [...views.values()],
    onRequest: spec.features.filter(({ source }) => source.type === FeatureSourceType.REQUEST),
    online:
      online && online.enabled !== false
        ? {
            storage: online.storage ?? OnlineStorage.REDIS,
            secretName: online.secretRef?.name,
            ttlSeconds: online.ttl ?? 0,
          }
        : undefined,
    offline: { storage: storage ?? OfflineStorage.PARQUET, path: path?.replace(/\/*$/, '/') },
  };
}

/** Feast looks objects up by their names in lower case. */
function uniqueNames(where: string, features: FeatureDefinition[]): void {
  const seen = new Map<string, string>();
  for (const { name } of features) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      fail(where, 'features', 'must have names that differ in more than case', [other, name], 'rename one of them');
    }
    seen.set(name.toLowerCase(), name);
  }
}

/** Eight hexadecimal digits that stand for a content. */
export function shortHash(content: unknown): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, 8);
}

/** Types of Feast by types of the spec. */
export const FEAST_TYPES: { readonly [type in FeatureValueType]: string } = {
  float: 'Float32',
  double: 'Float64',
  int: 'Int64',
  int32: 'Int32',
  int64: 'Int64',
  string: 'String',
  bool: 'Bool',
  bytes: 'Bytes',
  timestamp: 'UnixTimestamp',
  'float-list': 'Array(Float32)',
  'int-list': 'Array(Int64)',
  'string-list': 'Array(String)',
};
