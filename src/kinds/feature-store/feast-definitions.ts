import { FeatureDefinition, FeatureSourceType, FeatureStoreSpec, OfflineStorage } from '../../api/generated';
import { feastUrl } from './feast-configuration';
import { CREATED_COLUMN, FEAST_TYPES, FeatureModel, ViewModel } from './feature-model';
import { pythonText, pythonTexts } from './python-literal';

/** Class and module of Feast's data sources for the stores that are databases. */
export const DATABASE_SOURCES: { readonly [storage: string]: [string, string] | undefined } = {
  postgres: ['feast.infra.offline_stores.contrib.postgres_offline_store.postgres_source', 'PostgreSQLSource'],
  redshift: ['feast', 'RedshiftSource'],
  snowflake: ['feast', 'SnowflakeSource'],
  bigquery: ['feast', 'BigQuerySource'],
};

/** What the definitions need beside the model. */
export interface DefinitionsInput {
  readonly name: string;
  readonly spec: FeatureStoreSpec;
  readonly s3Endpoint?: string;
}

/** Folder of the files of a view, as a URL; undefined where there are no files. */
export function viewFolder(model: FeatureModel, view: ViewModel): string | undefined {
  return model.offline.path === undefined ? undefined : `${model.offline.path}${view.name}/`;
}

/** The file `definitions.py`. */
export function definitions(props: DefinitionsInput, model: FeatureModel, tags: { [key: string]: string }): string {
  const owner = pythonText(props.spec.owner ?? '');
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
  model.views.forEach((view, index) => lines.push('', ...viewLines(props, model, view, index)));
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
  lines.push(
    '',
    ...service('service', props.name, props.spec, [...stored, ...model.onRequest.map((_, i) => `on_request_${i}`)]),
  );
  if (stored.length > 0 && model.onRequest.length > 0) {
    // whoever has no values for the request still gets what is stored
    lines.push('', ...service('stored_service', `${props.name}-stored`, props.spec, stored));
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

function viewLines(props: DefinitionsInput, model: FeatureModel, view: ViewModel, index: number): string[] {
  const entity = model.entities.indexOf(view.entity);
  const owner = pythonText(props.spec.owner ?? '');
  const streaming = view.source.type === FeatureSourceType.STREAMING;
  const key = `Field(name=${pythonText(view.entity.joinKey)}, dtype=${{ string: 'String', int32: 'Int32', int64: 'Int64' }[view.entity.type]})`;
  return [
    ...sourceLines(props, model, view, index),
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

function sourceLines(props: DefinitionsInput, model: FeatureModel, view: ViewModel, index: number): string[] {
  const database = DATABASE_SOURCES[model.offline.storage];
  const common = [
    `    name=${pythonText(`${view.name}_source`)},`,
    `    timestamp_field=${pythonText(view.timestampField)},`,
    `    owner=${pythonText(props.spec.owner ?? '')},`,
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
    ...(props.s3Endpoint !== undefined ? [`    s3_endpoint_override=${pythonText(props.s3Endpoint)},`] : []),
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
