import {
  FeatureDefinition,
  FeatureSourceType,
  FeatureStoreSpec,
  FeatureValueType,
  OfflineStorage,
  OnlineStorage,
} from '../../api/generated';
import { programFiles } from '../../contracts/programs';
import { pythonText, pythonTexts } from '../../contracts/quoting';
import { CREATED_COLUMN, FeatureModel, OFFLINE_KEYS, ONLINE_KEYS, shortHash, viewFolder, ViewModel } from './features';

/** What a Feast repository is made from. */
export interface FeastRepositoryInput {
  /** Name of the feature store; the FeatureService of all its features is called like it. */
  readonly name: string;
  /** Namespace of the feature store. Stores of the same name in two namespaces share no keys. */
  readonly namespace: string;
  readonly spec: FeatureStoreSpec;
  /** What the spec means. */
  readonly model: FeatureModel;
  /** URL of a file for Feast's registry. @default - `.feast/registry.db` in the folder of the values */
  readonly registryPath?: string;
  /** URL of an S3 service that is not AWS. @default - AWS */
  readonly s3Endpoint?: string;
  /** How Feast connects to the online store, for a spec without `secretRef`. */
  readonly onlineConnection?: string;
}

/** Which key of a Secret a program reads as which variable. */
export interface StoreVariable {
  /** Name of the environment variable. */
  readonly name: string;
  /** Key in the Secret. */
  readonly key: string;
}

/** A Feast repository (Feast 0.66): what `feast apply` reads. */
export interface FeastRepository {
  /** Name of the project. */
  readonly project: string;
  /** Contents by path. The same spec gives the same bytes. */
  readonly files: { readonly [path: string]: string };
  /** Eight hexadecimal digits that stand for the files. */
  readonly version: string;
  /** Keys that the Secret of the online store must have, as variables that `feature_store.yaml` names. */
  readonly onlineVariables: StoreVariable[];
  /** Keys that the Secret of the offline store must have, as variables that `feature_store.yaml` names. */
  readonly offlineVariables: StoreVariable[];
}

/**
 * The Feast repository of a feature store.
 *
 * - `feature_store.yaml`: stores and registry; credentials are environment variables, never text.
 * - `definitions.py`: entities, sources, views and the FeatureService. Text of the user stands there in quoted literals only.
 * - `transformations/<feature>.py`: the user's own code of the features that are computed on request. Feast imports it in
 *   the pods of the tenant; nothing else does.
 *
 * Features of the same entity, query and age are one view, named after the first of them. In a database, a batch feature is
 * read by its query; in files, from the folder of its view, where a job puts it.
 */
export function feastRepository(input: FeastRepositoryInput): FeastRepository {
  const { name, namespace, model } = input;
  const files: { [path: string]: string } = {};
  for (const feature of model.onRequest) {
    files[`transformations/${feature.name}.py`] = feature.source.transformation ?? '';
  }
  if (model.onRequest.length > 0) files['request_features.py'] = programFiles('feature-jobs')['request_features.py'];
  const project = projectName(namespace, name);
  files['feature_store.yaml'] = configuration(input, project);
  const tags = { 'nstarx.io/feature-store': name, 'nstarx.io/namespace': namespace };
  // the version goes into the tags, so it stands for everything but itself
  const version = shortHash([files, definitions(input, tags)]);
  files['definitions.py'] = definitions(input, { ...tags, 'nstarx.io/version': version });
  return {
    project,
    files: Object.fromEntries(Object.entries(files).sort(([left], [right]) => (left < right ? -1 : 1))),
    version,
    onlineVariables: variables(
      'ONLINE_STORE',
      model.online && usesOnlineSecret(model) ? ONLINE_KEYS[model.online.storage] : [],
    ),
    offlineVariables: variables('OFFLINE_STORE', OFFLINE_KEYS[model.offline.storage]),
  };
}

function variables(prefix: string, keys: string[]): StoreVariable[] {
  return keys.map((key) => ({ name: `${prefix}_${key.toUpperCase()}`, key }));
}

function projectName(namespace: string, name: string): string {
  const plain = `${namespace}__${name}`.replace(/[^A-Za-z0-9_]/g, '_');
  // two names that become the same text are told apart
  return /--|\./.test(namespace + name) ? `${plain}_${shortHash([namespace, name])}` : plain;
}

/** JSON, which is YAML. Feast replaces `${NAME}` by variables of the environment. */
function configuration(input: FeastRepositoryInput, project: string): string {
  const { model } = input;
  const reference = (prefix: string, keys: string[]) =>
    Object.fromEntries(keys.map((key) => [key, `\${${prefix}_${key.toUpperCase()}}`]));
  const registry = input.registryPath ?? `${feastUrl(model.offline.path ?? '')}.feast/registry.db`;
  return (
    JSON.stringify(
      {
        project,
        provider: 'local',
        registry: { registry_type: 'file', path: registry, cache_ttl_seconds: 60 },
        online_store: onlineStore(input, reference),
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
  { model, onlineConnection }: FeastRepositoryInput,
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
      connection_string: onlineConnection,
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
function usesOnlineSecret(model: FeatureModel): boolean {
  return model.online?.secretName !== undefined;
}

/** As Feast spells locations: no Hadoop schemes, and plain paths of the file system. */
function feastUrl(url: string): string {
  return url.replace(/^s3a:/, 's3:').replace(/^file:\/\//, '');
}

/** Class and module of Feast's data sources for the stores that are databases. */
const DATABASE_SOURCES: { readonly [storage: string]: [string, string] | undefined } = {
  postgres: ['feast.infra.offline_stores.contrib.postgres_offline_store.postgres_source', 'PostgreSQLSource'],
  redshift: ['feast', 'RedshiftSource'],
  snowflake: ['feast', 'SnowflakeSource'],
  bigquery: ['feast', 'BigQuerySource'],
};

/** Types of Feast by types of the spec. */
const FEAST_TYPES: { readonly [type in FeatureValueType]: string } = {
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

/** The file `definitions.py`. */
function definitions(input: FeastRepositoryInput, tags: { [key: string]: string }): string {
  const { name, spec, model } = input;
  const owner = pythonText(spec.owner ?? '');
  const database = DATABASE_SOURCES[model.offline.storage];
  const lines = [
    'from datetime import timedelta',
    '',
    'from feast import Entity, FeatureService, FeatureView, Field, FileSource, PushSource, ValueType',
    'from feast.data_format import DeltaFormat, ParquetFormat',
    'from feast.types import Array, Bool, Bytes, Float32, Float64, Int32, Int64, String, UnixTimestamp',
    ...(database ? [`from ${database[0]} import ${database[1]}`] : []),
    ...(model.onRequest.length > 0 ? ['', 'from request_features import request_feature'] : []),
    '',
    `TAGS = ${pythonTexts(tags)}`,
  ];
  model.entities.forEach((entity, index) => {
    lines.push(
      '',
      `entity_${index} = Entity(`,
      `    name=${pythonText(entity.name)},`,
      `    join_keys=[${pythonText(entity.joinKey)}],`,
      `    value_type=ValueType.${entity.type.toUpperCase()},`,
      `    description=${pythonText(entity.description)},`,
      `    owner=${owner},`,
      '    tags=TAGS,',
      ')',
    );
  });
  model.views.forEach((view, index) => lines.push('', ...viewLines(input, view, index)));
  model.onRequest.forEach((feature, index) => {
    lines.push(
      '',
      `on_request_${index} = request_feature(`,
      `    ${pythonText(feature.name)},`,
      `    ${FEAST_TYPES[feature.type]},`,
      `    [${model.views.map((_, position) => `view_${position}`).join(', ')}],`,
      `    ${pythonText(feature.description ?? '')},`,
      `    ${owner},`,
      `    ${featureTags(feature)},`,
      ')',
    );
  });
  const stored = model.views.map((_, index) => `view_${index}`);
  lines.push('', ...service('service', name, spec, [...stored, ...model.onRequest.map((_, i) => `on_request_${i}`)]));
  if (stored.length > 0 && model.onRequest.length > 0) {
    // an entity without values for the request still gets what is stored
    lines.push('', ...service('stored_service', `${name}-stored`, spec, stored));
  }
  return lines.join('\n') + '\n';
}

function service(variable: string, name: string, spec: FeatureStoreSpec, views: string[]): string[] {
  return [
    `${variable} = FeatureService(`,
    `    name=${pythonText(name)},`,
    `    features=[${views.join(', ')}],`,
    `    description=${pythonText(spec.description ?? '')},`,
    `    owner=${pythonText(spec.owner ?? '')},`,
    '    tags=TAGS,',
    ')',
  ];
}

function viewLines(input: FeastRepositoryInput, view: ViewModel, index: number): string[] {
  const { spec, model } = input;
  const entity = model.entities.indexOf(view.entity);
  const owner = pythonText(spec.owner ?? '');
  const streaming = view.source.type === FeatureSourceType.STREAMING;
  const key = `Field(name=${pythonText(view.entity.joinKey)}, dtype=${{ string: 'String', int32: 'Int32', int64: 'Int64' }[view.entity.type]})`;
  return [
    ...sourceLines(input, view, index),
    ...(streaming
      ? ['', `push_${index} = PushSource(name=${pythonText(`${view.name}_push`)}, batch_source=source_${index})`]
      : []),
    '',
    `view_${index} = FeatureView(`,
    `    name=${pythonText(view.name)},`,
    `    entities=[entity_${entity}],`,
    '    schema=[',
    `        ${key},`,
    ...view.features.map(
      (feature) =>
        `        Field(name=${pythonText(feature.name)}, dtype=${FEAST_TYPES[feature.type]}, description=${pythonText(feature.description ?? '')}, tags=${featureTags(feature)}),`,
    ),
    '    ],',
    `    source=${streaming ? 'push' : 'source'}_${index},`,
    `    ttl=timedelta(seconds=${view.maxAgeSeconds ?? 0}),`,
    `    online=${model.online ? 'True' : 'False'},`,
    `    description=${pythonText(
      view.features
        .map(({ description }) => description ?? '')
        .filter(Boolean)
        .join('; '),
    )},`,
    `    owner=${owner},`,
    `    tags={**TAGS, "nstarx.io/source": ${pythonText(view.source.type)}},`,
    ')',
  ];
}

function sourceLines({ spec, model, s3Endpoint }: FeastRepositoryInput, view: ViewModel, index: number): string[] {
  const database = DATABASE_SOURCES[model.offline.storage];
  const common = [
    `    name=${pythonText(`${view.name}_source`)},`,
    `    timestamp_field=${pythonText(view.timestampField)},`,
    `    owner=${pythonText(spec.owner ?? '')},`,
  ];
  if (database) {
    const batch = view.source.query !== undefined;
    return [
      `source_${index} = ${database[1]}(`,
      ...common,
      batch ? `    query=${pythonText(view.source.query ?? '')},` : `    table=${pythonText(view.name.toLowerCase())},`,
      ...(batch ? [] : [`    created_timestamp_column="${CREATED_COLUMN}",`]),
      ')',
    ];
  }
  return [
    `source_${index} = FileSource(`,
    ...common,
    `    path=${pythonText(feastUrl(viewFolder(model, view) ?? ''))},`,
    `    file_format=${model.offline.storage === OfflineStorage.DELTA ? 'DeltaFormat' : 'ParquetFormat'}(),`,
    `    created_timestamp_column="${CREATED_COLUMN}",`,
    ...(s3Endpoint !== undefined ? [`    s3_endpoint_override=${pythonText(s3Endpoint)},`] : []),
    ')',
  ];
}

function featureTags(feature: FeatureDefinition): string {
  const { modelRef, topic } = feature.source;
  return pythonTexts({
    source: feature.source.type,
    ...(modelRef ? { model: modelRef.name, ...(modelRef.version ? { modelVersion: modelRef.version } : {}) } : {}),
    ...(topic !== undefined ? { topic } : {}),
  });
}
