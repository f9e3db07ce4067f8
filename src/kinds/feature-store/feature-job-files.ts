import { FeatureMetric, FeatureSourceType, FeatureStoreSpec } from '../../api/generated';
import { programFiles } from '../../contracts/programs';
import { viewFolder } from './feast-definitions';
import { FeatureModel, ViewModel } from './feature-model';
import { COMPUTES, groupId, PROGRAMS_FOLDER, REPOSITORY_FOLDER } from './feature-store-names';
import { ResolvedSettings } from './feature-store-settings';

/** Views that are computed by one job. */
export interface JobGroup {
  readonly schedule: string;
  readonly image: string;
  readonly views: ViewModel[];
}

/** What the jobs of a feature store are told. */
export interface JobInput {
  readonly name: string;
  readonly namespace: string;
  readonly spec: FeatureStoreSpec;
  readonly settings: ResolvedSettings;
  readonly model: FeatureModel;
  readonly batch: JobGroup[];
  readonly models: JobGroup[];
  readonly files: boolean;
  readonly serverUrl: string;
}

/** Programs by file name. */
export function featurePrograms(names: string[]): { [file: string]: string } {
  const programs = programFiles('feature-jobs');
  return Object.fromEntries(names.map((file) => [file, programs[file]]));
}

/** A view, as the programs read it. */
function viewJson(input: JobInput, view: ViewModel): { [key: string]: unknown } {
  return {
    name: view.name,
    entity: view.entity.name,
    joinKey: view.entity.joinKey,
    keyType: view.entity.type,
    timestampField: view.timestampField,
    features: view.features.map(({ name, type }) => ({ name, type })),
    ...(input.files ? { folder: viewFolder(input.model, view) } : {}),
    ...(view.maxAgeSeconds !== undefined ? { maxAgeSeconds: view.maxAgeSeconds } : {}),
  };
}

function commonJson({ model, settings }: JobInput): { [key: string]: unknown } {
  return {
    repository: REPOSITORY_FOLDER,
    format: model.offline.storage,
    ...(settings.s3Endpoint !== undefined ? { s3Endpoint: settings.s3Endpoint } : {}),
  };
}

function json(content: object): string {
  return JSON.stringify(content, undefined, 2) + '\n';
}

/** The files that say what a job is to do. */
export function jobFiles(input: JobInput): { [file: string]: string } {
  const { model, settings } = input;
  const view = (each: ViewModel) => viewJson(input, each);
  const common = commonJson(input);
  const metrics = input.spec.monitoring?.metrics ?? [FeatureMetric.FEATURE_FRESHNESS, FeatureMetric.FEATURE_COVERAGE];
  const lake = settings.lake?.replace(/\/*$/, '/');
  return {
    'materialize.json': json({
      ...common,
      // what streams is pushed already
      views: model.views.filter(({ source }) => source.type !== FeatureSourceType.STREAMING).map(view),
      streams: model.views.filter(({ source }) => source.type === FeatureSourceType.STREAMING).map(view),
      // a query of a database can give what is dated before the last time
      overlapSeconds: 86_400,
      firstSeconds: 30 * 86_400,
    }),
    'metrics.json': json({ ...common, views: model.views.map(view), metrics, intervalSeconds: 300 }),
    ...Object.fromEntries(
      input.batch.map((group) => [
        `${groupId('batch', group)}.json`,
        json({
          format: model.offline.storage,
          ...(lake !== undefined ? { lake: { path: lake, format: settings.lakeFormat ?? 'parquet' } } : {}),
          views: group.views.map((each) => ({ ...view(each), query: each.source.query })),
        }),
      ]),
    ),
    ...Object.fromEntries(
      input.models.map((group) => [
        `${groupId('model', group)}.json`,
        json({
          ...common,
          views: group.views.map((each) => ({ ...view(each), url: modelUrl(input, each) })),
          inputs: Object.fromEntries(group.views.map((each) => [each.name, inputsOf(model, each).map(view)])),
          batchSize: 256,
        }),
      ]),
    ),
  };
}

/** The program of a stream, what it is to do, and the tenant's code. */
export function streamFiles(input: JobInput, view: ViewModel): { [file: string]: string } {
  const { settings } = input;
  return {
    ...featurePrograms(['feature_data.py', 'stream_features.py']),
    'stream.json': json({
      ...commonJson(input),
      view: { ...viewJson(input, view), topic: view.source.topic },
      transformation: `${PROGRAMS_FOLDER}/transformation.py`,
      bootstrapServers: settings.bootstrapServers,
      kafkaProperties: settings.kafkaProperties ?? {},
      group: `${input.namespace}.${input.name}.${view.name}`,
      server: input.serverUrl,
      historySize: 1000,
      flushSeconds: 30,
    }),
    ...(view.source.transformation !== undefined ? { 'transformation.py': view.source.transformation } : {}),
  };
}

function modelUrl(input: JobInput, view: ViewModel): string {
  const { name, version } = view.source.modelRef ?? { name: '' };
  return input.settings.modelUrl
    .replaceAll('{model}', name)
    .replaceAll('{namespace}', input.namespace)
    .replaceAll('{version}', version ?? '');
}

/** Views whose features a model is asked about. */
export function inputsOf(model: FeatureModel, view: ViewModel): ViewModel[] {
  return model.views.filter(
    (other) => other.entity.name === view.entity.name && other.source.type !== FeatureSourceType.MODEL,
  );
}

/** Annotations of what computes these views. */
export function computes(views: readonly ViewModel[]): { [key: string]: string } {
  return { [COMPUTES]: views.flatMap(({ features }) => features.map(({ name }) => name)).join(',') };
}
