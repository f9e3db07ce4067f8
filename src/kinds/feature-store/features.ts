import { createHash } from 'node:crypto';
import {
  EntityKeyType,
  FeatureDefinition,
  FeatureSource,
  FeatureSourceType,
  FeatureStoreSpec,
  OfflineStorage,
  OnlineStorage,
} from '../../api/generated';
import { canonicalJson } from '../../contracts/canonical-json';
import { durationSeconds } from '../../contracts/duration';
import { fail } from '../../contracts/errors';
import { folderUrl } from '../../contracts/folders';
import { ResolvedSettings } from './settings';
import { cronSchedule } from '../../contracts/cron-schedule';

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
    offline: { storage: storage ?? OfflineStorage.PARQUET, path: path === undefined ? undefined : folderUrl(path) },
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

const FILES: string[] = [OfflineStorage.PARQUET, OfflineStorage.DELTA];

/** Whether values are kept as files in a folder. */
export function keepsFiles(model: FeatureModel): boolean {
  return FILES.includes(model.offline.storage);
}

/** Folder of the files of a view, as a URL; undefined where there are no files. */
export function viewFolder(model: FeatureModel, view: ViewModel): string | undefined {
  return model.offline.path === undefined ? undefined : `${model.offline.path}${view.name}/`;
}

/** Views whose features a model is asked about. */
export function inputsOf(model: FeatureModel, view: ViewModel): ViewModel[] {
  return model.views.filter(
    (other) => other.entity.name === view.entity.name && other.source.type !== FeatureSourceType.MODEL,
  );
}

/** Keys of the Secret by kind of online store, in Feast's own names of the options. */
export const ONLINE_KEYS: { readonly [storage in OnlineStorage]: string[] } = {
  redis: ['connection_string'],
  valkey: ['connection_string'],
  dynamodb: ['region'],
  postgres: ['host', 'port', 'database', 'user', 'password'],
  cassandra: ['host', 'keyspace', 'username', 'password'],
};

/** Keys of the Secret by kind of offline store, in Feast's own names of the options. */
export const OFFLINE_KEYS: { readonly [storage in OfflineStorage]: string[] } = {
  parquet: [],
  delta: [],
  postgres: ['host', 'port', 'database', 'user', 'password'],
  redshift: ['workgroup', 'region', 'database', 's3_staging_location', 'iam_role'],
  snowflake: ['account', 'user', 'password', 'role', 'warehouse', 'database'],
  bigquery: ['project_id', 'dataset'],
};

/**
 * Refuses what the platform cannot keep or compute.
 *
 * @param where construct path or name, for messages
 * @throws InvalidInputError when Feast has no such store, or the platform or the spec lacks what a source of features needs
 */
export function checkFeatures(
  where: string,
  spec: FeatureStoreSpec,
  model: FeatureModel,
  settings: ResolvedSettings,
): void {
  checkStores(where, model, settings);
  spec.features.forEach(({ source }, index) => {
    if (source.schedule !== undefined) cronSchedule(where, `features[${index}].source.schedule`, source.schedule);
  });
  cronSchedule(where, 'settings.materializationSchedule', settings.materializationSchedule);
  checkSources(where, spec, model, settings);
}

function checkStores(where: string, model: FeatureModel, settings: ResolvedSettings): void {
  const { storage, path } = model.offline;
  if (keepsFiles(model)) {
    if (path === undefined) {
      fail(where, 'serving.offline.path', 'must say where values are kept', path, 'give a folder, such as s3://…/');
    }
    if (!/^(s3|s3a|gs|file):\/\//.test(path)) {
      fail(
        where,
        'serving.offline.path',
        'must be in S3 or Google Cloud Storage',
        path,
        'start it with s3:// or gs://',
      );
    }
  } else if (settings.registryPath === undefined) {
    fail(
      where,
      'serving.offline.storage',
      'must be in files where there is no place for a registry',
      storage,
      'use parquet or delta, or set settings.registryPath to an s3:// URL of a file',
    );
  }
  if (!model.online || model.online.secretName !== undefined || model.online.storage === OnlineStorage.DYNAMODB) return;
  const keys = ONLINE_KEYS[model.online.storage];
  if (settings.onlineAddress === undefined || !keys.includes('connection_string')) {
    fail(
      where,
      'serving.online.secretRef',
      'must name a Secret, since the platform has no such online store',
      undefined,
      `make a Secret with the keys ${keys.join(', ')}`,
    );
  }
}

function checkSources(where: string, spec: FeatureStoreSpec, model: FeatureModel, settings: ResolvedSettings): void {
  const { storage } = model.offline;
  const files = keepsFiles(model);
  if (!files && settings.offlineSecretName === undefined) {
    const rule = 'must be one that the platform has the credentials of';
    fail(where, 'serving.offline.storage', rule, storage, 'use parquet or delta, or set settings.offlineSecretName');
  }
  for (const view of model.views) {
    const field = `features[${spec.features.findIndex(({ name }) => name === view.name)}]`;
    const refuse = (path: string, rule: string, given: unknown, fix: string): never =>
      fail(where, `${field}.${path}`, rule, given, fix);
    const { type } = view.source;
    if (type === FeatureSourceType.BATCH) {
      if (files && settings.spark === false) {
        refuse('source.type', 'must not be batch: the platform has no Spark', type, 'compute it another way');
      }
      continue;
    }
    if (!files) {
      const rule = 'must be parquet or delta where features are streaming or come from a model';
      fail(where, 'serving.offline.storage', rule, storage, 'keep the values in files, or compute them by queries');
    }
    if (type === FeatureSourceType.STREAMING) checkStream(where, model, view, settings, refuse);
    else checkModel(model, view, refuse);
  }
}

type Refuse = (path: string, rule: string, given: unknown, fix: string) => never;

function checkStream(
  where: string,
  model: FeatureModel,
  view: ViewModel,
  settings: ResolvedSettings,
  refuse: Refuse,
): void {
  if (settings.flink === false) {
    refuse('source.type', 'must not be streaming: the platform has no Flink', 'streaming', 'compute it by a query');
  }
  if ((settings.bootstrapServers ?? settings.messageBus) === undefined) {
    const fix = 'compute it by a query, or give the platform a message bus: createMessageBus of NeuralPlatform';
    refuse('source.type', 'must not be streaming: the platform knows no Kafka', 'streaming', fix);
  }
  if ((view.source.image ?? settings.streamImage) === undefined) {
    const fix = 'name an image with PyFlink, or set settings.streamImage';
    refuse('source.image', 'must be set: the platform has no image for streams', undefined, fix);
  }
  if (!model.online) {
    const rule = 'must be there for streaming features, which are pushed to it';
    fail(where, 'serving.online', rule, undefined, 'add it');
  }
}

function checkModel(model: FeatureModel, view: ViewModel, refuse: Refuse): void {
  if (inputsOf(model, view).length === 0) {
    const rule = 'must have other stored features of its entity, which the model is asked about';
    refuse('source.modelRef', rule, view.source.modelRef?.name, 'add a batch or streaming feature of the same entity');
  }
  const [{ type }] = view.features;
  if (['bytes', 'timestamp'].includes(type) || type.endsWith('-list')) {
    refuse('type', 'must be a number, a bool or a string, which models answer', type, 'choose one');
  }
}
