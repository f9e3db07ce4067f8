import { OfflineStorage, OnlineStorage } from '../../api/generated';
import { FeatureModel } from './feature-model';

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
  iceberg: [],
  postgres: ['host', 'port', 'database', 'user', 'password'],
  redshift: ['workgroup', 'region', 'database', 's3_staging_location', 'iam_role'],
  snowflake: ['account', 'user', 'password', 'role', 'warehouse', 'database'],
  bigquery: ['project_id', 'dataset'],
};

/** What the configuration needs beside the model. */
export interface StoreAddresses {
  readonly registryPath?: string;
  readonly onlineAddress?: string;
}

/** JSON, which is YAML. Feast replaces `${NAME}` by variables of the environment. */
export function configuration(props: StoreAddresses, model: FeatureModel, project: string): string {
  const reference = (prefix: string, keys: string[]) =>
    Object.fromEntries(keys.map((key) => [key, `\${${prefix}_${key.toUpperCase()}}`]));
  const registry = props.registryPath ?? `${feastUrl(model.offline.path ?? '')}.feast/registry.db`;
  return (
    JSON.stringify(
      {
        project,
        provider: 'local',
        registry: { registry_type: 'file', path: registry, cache_ttl_seconds: 60 },
        online_store: onlineStore(props, model, reference),
        offline_store: {
          type:
            { parquet: 'dask', delta: 'duckdb', snowflake: 'snowflake.offline' }[model.offline.storage as string] ??
            model.offline.storage,
          ...reference('OFFLINE_STORE', OFFLINE_KEYS[model.offline.storage]),
        },
        entity_key_serialization_version: 3,
      },
      undefined,
      2,
    ) + '\n'
  );
}

function onlineStore(
  props: StoreAddresses,
  model: FeatureModel,
  reference: (prefix: string, keys: string[]) => { [key: string]: string },
): object | null {
  if (!model.online) return null;
  const { storage, ttlSeconds } = model.online;
  const options: { [key: string]: unknown } = usesOnlineSecret(model)
    ? reference('ONLINE_STORE', ONLINE_KEYS[storage])
    : {};
  if (storage === OnlineStorage.REDIS || storage === OnlineStorage.VALKEY) {
    // Valkey speaks the protocol of Redis
    return {
      type: 'redis',
      connection_string: props.onlineAddress,
      ...options,
      ...(ttlSeconds > 0 ? { key_ttl_seconds: ttlSeconds } : {}),
    };
  }
  if (storage === OnlineStorage.CASSANDRA) {
    const { host, ...rest } = options;
    return { type: 'cassandra', hosts: [host], ...rest };
  }
  if (storage === OnlineStorage.DYNAMODB) return { type: 'dynamodb', region: '${AWS_REGION}', ...options };
  return { type: storage, ...options };
}

/** Whether the address of the online store is in a Secret. */
export function usesOnlineSecret(model: FeatureModel): boolean {
  return model.online?.secretName !== undefined;
}

/** As Feast spells locations: no Hadoop schemes, and plain paths of the file system. */
export function feastUrl(url: string): string {
  return url.replace(/^s3a:/, 's3:').replace(/^file:\/\//, '');
}
