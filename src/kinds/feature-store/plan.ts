import { FeatureMetric, FeatureSourceType, FeatureStoreSpec } from '../../api/generated';
import { fail } from '../../contracts/errors';
import { folderUrl } from '../../contracts/folders';
import { programFiles } from '../../contracts/programs';
import { CHILD, childName, contentName, objectLabels } from '../child-names';
import { MessageBusSettings, wholeTopic } from '../message-bus';
import { FeastRepository, feastRepository } from './feast-repository';
import {
  checkFeatures,
  featureModel,
  FeatureModel,
  inputsOf,
  keepsFiles,
  shortHash,
  viewFolder,
  ViewModel,
} from './features';
import { ResolvedSettings } from './settings';

/** Where the pods find the repository. */
export const REPOSITORY_FOLDER = '/etc/feast/repository';

/** Where the pods find the programs. */
export const PROGRAMS_FOLDER = '/etc/feast/programs';

/** Annotation of whatever computes values: the features that it computes, with commas between. */
export const COMPUTES = 'nstarx.io/computes';

/** Name of the feast.dev FeatureStore of a store; its operator adds `feast-` and `-online`. */
export function feastName(store: string): string {
  return childName(store, CHILD.FEATURES, 50);
}

/**
 * Labels of the pods that Feast's operator makes for a store.
 *
 * Source: https://github.com/feast-dev/feast/blob/v0.66.0/infra/feast-operator/internal/controller/services/services_types.go, NameLabelKey
 */
export function feastLabels(store: string): { [key: string]: string } {
  return { 'feast.dev/name': feastName(store) };
}

/** Identifies a job by when and with which image it runs, so that it stays the same job while its views change. */
export function groupId(kind: string, group: { readonly schedule: string; readonly image: string }): string {
  return `${kind}-${shortHash([group.schedule, group.image])}`;
}

/** Annotations of what computes these views. */
export function computes(views: readonly ViewModel[]): { [key: string]: string } {
  return { [COMPUTES]: views.flatMap(({ features }) => features.map(({ name }) => name)).join(',') };
}

/** Views that are computed by one job. */
export interface JobGroup {
  readonly schedule: string;
  readonly image: string;
  readonly views: ViewModel[];
}

/** A Kubernetes object before it has a place. */
export interface Manifest {
  readonly id: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly body: { readonly [field: string]: unknown };
}

/** The job of a streaming view. */
export interface StreamJob {
  readonly view: ViewModel;
  /** Name of the ConfigMap with its program. */
  readonly configName: string;
  readonly files: { readonly [key: string]: string };
}

/** What the objects of a feature store are made from. It is made once, from the spec and the settings. */
export interface FeatureStorePlan {
  readonly name: string;
  /** Labels of every object; each says its component beside them. */
  readonly labels: { readonly [key: string]: string };
  readonly namespace: string;
  readonly spec: FeatureStoreSpec;
  readonly settings: ResolvedSettings;
  readonly model: FeatureModel;
  readonly repository: FeastRepository;
  /** Name of the ConfigMap with the repository. */
  readonly repositoryName: string;
  /** Name of the ConfigMap with the programs and what they are to do. */
  readonly programsName: string;
  readonly programs: { readonly [key: string]: string };
  /** The same for each stream, apart, so that a stream does not start anew when something else changes. */
  readonly streams: StreamJob[];
  readonly batch: JobGroup[];
  readonly models: JobGroup[];
  /** Name of the feature servers' Service, where there is an online store. */
  readonly serverName: string;
  /** URL of that Service. */
  readonly serverUrl: string;
  readonly serviceAccountName: string;
}

/** What the programs are given. */
type ProgramsInput = Omit<FeatureStorePlan, 'repository' | 'repositoryName' | 'programs' | 'programsName' | 'streams'>;

const DAILY = '0 0 * * *';

/** @throws InvalidInputError when the spec and the settings do not suffice */
export function featureStorePlan(
  name: string,
  namespace: string,
  spec: FeatureStoreSpec,
  settings: ResolvedSettings,
): FeatureStorePlan {
  const where = `FeatureStore ${namespace}/${name}`;
  const folder = settings.folder && `${folderUrl(settings.folder)}${namespace}/${name}/`;
  const model = featureModel(where, spec, folder);
  // a database has no folder for it
  const registryPath = settings.registryPath ?? (folder && !keepsFiles(model) ? `${folder}registry.db` : undefined);
  checkFeatures(where, spec, model, { ...settings, registryPath });
  const { s3Endpoint } = settings;
  const onlineConnection = onlineConnectionOf(settings);
  const repository = feastRepository({ name, namespace, spec, model, registryPath, s3Endpoint, onlineConnection });
  const ofType = (type: FeatureSourceType) => model.views.filter(({ source }) => source.type === type);
  const serverName = childName(name, CHILD.FEATURES);
  const input: ProgramsInput = {
    name,
    labels: objectLabels('feature-store', name, 'feature-store'),
    namespace,
    spec,
    settings,
    model,
    // a database computes its own features
    batch: keepsFiles(model) ? groups(ofType(FeatureSourceType.BATCH), settings.sparkImage) : [],
    models: groups(ofType(FeatureSourceType.MODEL), settings.feastImage),
    serverName,
    serverUrl: `http://${serverName}.${namespace}.svc`,
    serviceAccountName: spec.serviceAccountName ?? serverName,
  };
  const programs = checkSize(where, jobFiles(input));
  const streams = ofType(FeatureSourceType.STREAMING).map((view): StreamJob => {
    const files = checkSize(where, streamFiles(input, view));
    return { view, configName: contentName(name, 'stream', [view.name, files]), files };
  });
  checkSize(where, repository.files);
  return {
    ...input,
    repository,
    repositoryName: contentName(name, 'definitions', [repository.version]),
    programs,
    programsName: contentName(name, 'jobs', [programs]),
    streams,
  };
}

function groups(views: ViewModel[], image: string): JobGroup[] {
  const found = new Map<string, { schedule: string; image: string; views: ViewModel[] }>();
  for (const view of views) {
    const group = { schedule: view.source.schedule ?? DAILY, image: view.source.image ?? image };
    const key = JSON.stringify(group);
    const known = found.get(key);
    if (known) known.views.push(view);
    else found.set(key, { ...group, views: [view] });
  }
  return [...found.values()];
}

/** Largest content of a ConfigMap, in bytes, with space for its metadata: etcd takes 1.5 MiB, the API server 1 MiB. */
const LARGEST = 1_000_000;

function checkSize(where: string, files: { readonly [name: string]: string }): { readonly [name: string]: string } {
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > LARGEST) {
    fail(where, 'features', `must fit into a ConfigMap of ${LARGEST} bytes`, bytes, 'split the feature store');
  }
  return files;
}

/** Programs by file name. */
function featurePrograms(names: string[]): { [file: string]: string } {
  const programs = programFiles('feature-jobs');
  return Object.fromEntries(names.map((file) => [file, programs[file]]));
}

/** A view, as the programs read it. */
function viewJson(input: ProgramsInput, view: ViewModel): { [key: string]: unknown } {
  return {
    name: view.name,
    entity: view.entity.name,
    joinKey: view.entity.joinKey,
    keyType: view.entity.type,
    timestampField: view.timestampField,
    features: view.features.map(({ name, type }) => ({ name, type })),
    ...(keepsFiles(input.model) ? { folder: viewFolder(input.model, view) } : {}),
    ...(view.maxAgeSeconds !== undefined ? { maxAgeSeconds: view.maxAgeSeconds } : {}),
  };
}

/** The platform's store as Feast connects to it; user and password are variables of the environment, which Feast puts in. */
function onlineConnectionOf({ onlineAddress, onlineSecretEnv = [], onlineTls }: ResolvedSettings): string | undefined {
  if (onlineAddress === undefined) return undefined;
  const variable = (suffix: string) => onlineSecretEnv.find(({ name }) => name.endsWith(suffix))?.name;
  const options = [
    ['username', variable('_USERNAME')],
    ['password', variable('_PASSWORD')],
  ].flatMap(([option, name]) => (name === undefined ? [] : [`${option}=\${${name}}`]));
  return [onlineAddress, ...options, ...(onlineTls ? ['ssl=true'] : [])].join(',');
}

function commonJson({ model, settings }: ProgramsInput): { [key: string]: unknown } {
  return {
    repository: REPOSITORY_FOLDER,
    format: model.offline.storage,
    ...(settings.s3Endpoint !== undefined ? { s3Endpoint: settings.s3Endpoint } : {}),
  };
}

function json(content: object): string {
  return JSON.stringify(content, undefined, 2) + '\n';
}

/** The folder in which the tables of queries are. */
function tablesFolder({ settings: { lake, lakeOf = {} }, namespace }: ProgramsInput): string | undefined {
  const folder = (lakeOf[namespace] as string | undefined) ?? (lake && `${folderUrl(lake)}${namespace}`);
  return folder && folderUrl(folder);
}

/** The programs of the jobs, and the files that say what each is to do. */
function jobFiles(input: ProgramsInput): { [file: string]: string } {
  const { model, settings } = input;
  const view = (each: ViewModel) => viewJson(input, each);
  const common = commonJson(input);
  const metrics = input.spec.monitoring?.metrics ?? [FeatureMetric.FEATURE_FRESHNESS, FeatureMetric.FEATURE_COVERAGE];
  const lake = tablesFolder(input);
  return {
    ...featurePrograms([
      'batch_features.py',
      'feature_data.py',
      'feature_metrics.py',
      'last_word.py',
      'materialize.py',
      'model_features.py',
      'redaction.py',
    ]),
    'materialize.json': json({
      ...common,
      // what streams is pushed already
      views: model.views.filter(({ source }) => source.type !== FeatureSourceType.STREAMING).map(view),
      streams: model.views.filter(({ source }) => source.type === FeatureSourceType.STREAMING).map(view),
      // a query of a database can give what is dated before the last time
      overlapSeconds: 86_400,
      firstSeconds: 30 * 86_400,
      onlineTtlSeconds: input.spec.serving?.online?.ttl ?? 0,
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
          views: group.views.map((each) => ({
            ...view(each),
            url: modelUrl(settings.modelUrl, each.source.modelRef ?? { name: '' }, input.namespace),
          })),
          inputs: Object.fromEntries(group.views.map((each) => [each.name, inputsOf(model, each).map(view)])),
          batchSize: 256,
        }),
      ]),
    ),
  };
}

/** The program of a stream, what it is to do, and the tenant's code. */
function streamFiles(input: ProgramsInput, view: ViewModel): { [file: string]: string } {
  const { settings } = input;
  const { topic } = view.source;
  const bus = busOf(settings);
  return {
    ...featurePrograms(['feature_data.py', 'redaction.py', 'stream_features.py']),
    'stream.json': json({
      ...commonJson(input),
      view: {
        ...viewJson(input, view),
        topic: bus && topic !== undefined ? wholeTopic(input.namespace, topic) : topic,
      },
      transformation: `${PROGRAMS_FOLDER}/transformation.py`,
      kafkaProperties: bus?.properties ?? { 'bootstrap.servers': settings.bootstrapServers },
      group: `${input.namespace}.${input.name}.${view.name}`,
      server: input.serverUrl,
      historySize: 1000,
      flushSeconds: 30,
    }),
    ...(view.source.transformation !== undefined ? { 'transformation.py': view.source.transformation } : {}),
  };
}

/** The platform's message bus, where the platform names no other brokers. */
export function busOf({ bootstrapServers, messageBus }: ResolvedSettings): MessageBusSettings | undefined {
  return bootstrapServers === undefined ? messageBus : undefined;
}

/** Where a model of a namespace is asked. */
export function modelUrl(
  template: string,
  { name, version = '' }: { readonly name: string; readonly version?: string },
  namespace: string,
): string {
  return template.replaceAll('{model}', name).replaceAll('{namespace}', namespace).replaceAll('{version}', version);
}
