import { FeatureSourceType, FeatureStoreSpec, FeatureMetric } from '../../api/generated';
import { fail } from '../../contracts/errors';
import { contentHash, featureModel, FeatureModel, ViewModel } from './feature-model';
import { FEATURE_PROGRAMS } from './feature-programs';
import { FeastRepository, feastRepository, viewFolder } from './feast-repository';
import { ResolvedSettings } from './feature-store-settings';

/** Largest content of a ConfigMap, in bytes, with room for its metadata: etcd takes 1.5 MiB, the API server 1 MiB. */
const LARGEST = 1_000_000;

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

/** Views that are computed by one job. */
export interface JobGroup {
  readonly schedule: string;
  readonly image: string;
  readonly views: ViewModel[];
}

/** The job of a streaming view. */
export interface StreamJob {
  readonly view: ViewModel;
  /** Name of the ConfigMap with its program. */
  readonly configName: string;
  readonly files: { readonly [key: string]: string };
}

/** Everything that the objects of a feature store are made from. */
export interface FeatureStoreContext {
  readonly name: string;
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
  /** Name of the feature servers' Service. */
  readonly serverName: string;
  readonly serviceAccountName: string;
}

const DAILY = '0 0 * * *';

/** @throws InvalidInputError when the spec and the settings do not suffice */
export function featureStoreContext(
  name: string,
  namespace: string,
  spec: FeatureStoreSpec,
  settings: ResolvedSettings,
): FeatureStoreContext {
  const where = `FeatureStore ${namespace}/${name}`;
  const folder = settings.folder && `${settings.folder.replace(/\/*$/, '/')}${namespace}/${name}/`;
  const repository = feastRepository({ ...settings, name, namespace, spec, folder });
  const model = featureModel(where, spec, folder);
  const files = repository.offlineVariables.length === 0;
  const ofType = (type: FeatureSourceType) => model.views.filter(({ source }) => source.type === type);
  const streams = ofType(FeatureSourceType.STREAMING);
  const models = ofType(FeatureSourceType.MODEL);
  check(where, settings, model, { files, streams, models });
  const batch = files ? groups(ofType(FeatureSourceType.BATCH), settings.sparkImage) : [];
  const modelGroups = groups(models, settings.feastImage);
  const serverName = `${name}-features`;
  const serverUrl = `http://${serverName}.${namespace}.svc`;
  const input = { name, namespace, spec, settings, model, batch, models: modelGroups, files, serverUrl };
  const programs = checkSize(where, {
    ...programFiles([
      'batch_features.py',
      'feature_data.py',
      'feature_metrics.py',
      'materialize.py',
      'model_features.py',
    ]),
    ...jobFiles(input),
  });
  const streamJobs = streams.map((view): StreamJob => {
    const content = checkSize(where, streamFiles(input, view));
    return { view, configName: nameWith(name, `stream-${contentHash([view.name, content])}`, 63), files: content };
  });
  checkSize(where, repository.files);
  return {
    name,
    namespace,
    spec,
    settings,
    model,
    repository,
    repositoryName: nameWith(name, repository.version, 63),
    programsName: nameWith(name, `jobs-${contentHash(programs)}`, 63),
    programs,
    batch,
    models: modelGroups,
    streams: streamJobs,
    serverName,
    serviceAccountName: spec.serviceAccountName ?? `${name}-features`,
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

function check(
  where: string,
  settings: ResolvedSettings,
  model: FeatureModel,
  found: { files: boolean; streams: ViewModel[]; models: ViewModel[] },
): void {
  if (!found.files && settings.offlineSecretName === undefined) {
    fail(
      where,
      'settings.offlineSecretName',
      `must be set where values are kept in ${model.offline.storage}`,
      undefined,
      'name a Secret',
    );
  }
  const computed = [...found.streams, ...found.models];
  if (!found.files && computed.length > 0) {
    fail(
      where,
      'spec.serving.offline.storage',
      'must be parquet or delta where features are streaming or come from a model',
      model.offline.storage,
      'keep the values in files, or compute the features by queries',
    );
  }
  for (const view of found.streams) {
    if ((view.source.image ?? settings.streamImage) === undefined) {
      fail(
        where,
        `feature ${view.name}.source.image`,
        'must be set',
        undefined,
        'name an image with PyFlink, or set settings.streamImage',
      );
    }
    if (settings.bootstrapServers === undefined) {
      fail(
        where,
        'settings.bootstrapServers',
        'must be set for streaming features',
        undefined,
        'give the address of Kafka',
      );
    }
    if (!model.online) {
      fail(
        where,
        'spec.serving.online',
        'must be there for streaming features, which are pushed to it',
        undefined,
        'add it',
      );
    }
  }
  for (const view of found.models) {
    if (inputsOf(model, view).length === 0) {
      fail(
        where,
        `feature ${view.name}.source.modelRef`,
        'must have other stored features of its entity, which the model is asked about',
        [],
        'add a batch or streaming feature of the same entity',
      );
    }
    if (['bytes', 'timestamp'].includes(view.features[0].type) || view.features[0].type.endsWith('-list')) {
      fail(
        where,
        `feature ${view.name}.type`,
        'must be a number, a bool or a string, which models answer',
        view.features[0].type,
        'choose one',
      );
    }
  }
}

/** Views whose features a model is asked about. */
function inputsOf(model: FeatureModel, view: ViewModel): ViewModel[] {
  return model.views.filter(
    (other) => other.entity.name === view.entity.name && other.source.type !== FeatureSourceType.MODEL,
  );
}

interface JobInput {
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

function programFiles(names: string[]): { [file: string]: string } {
  return Object.fromEntries(names.map((file) => [file, FEATURE_PROGRAMS[file]]));
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
function jobFiles(input: JobInput): { [file: string]: string } {
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
function streamFiles(input: JobInput, view: ViewModel): { [file: string]: string } {
  const { settings } = input;
  return {
    ...programFiles(['feature_data.py', 'stream_features.py']),
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

/** Identifies a job by when and with which image it runs, so that it stays the same job while its views change. */
export function groupId(kind: string, group: JobGroup): string {
  return `${kind}-${contentHash([group.schedule, group.image])}`;
}

function checkSize(where: string, files: { readonly [name: string]: string }): { readonly [name: string]: string } {
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > LARGEST) {
    fail(where, 'spec.features', `must fit into a ConfigMap of ${LARGEST} bytes`, bytes, 'split the feature store');
  }
  return files;
}

/** Where the pods find the repository. */
export const REPOSITORY_FOLDER = '/etc/feast/repository';

/** Where the pods find the programs. */
export const PROGRAMS_FOLDER = '/etc/feast/programs';

/** A name of at most `longest` characters: with a hash where the store's own name is too long for the suffix. */
export function nameWith(name: string, suffix: string, longest: number): string {
  const whole = `${name.replaceAll('.', '-')}-${suffix}`;
  if (whole.length <= longest && !name.includes('.')) return whole;
  const hash = contentHash(name).slice(0, 6);
  return `${name
    .replaceAll('.', '-')
    .slice(0, longest - suffix.length - 8)
    .replace(/-+$/, '')}-${hash}-${suffix}`;
}

/** Labels of every object of a feature store. */
export function labelsOf(name: string, component: string): { [key: string]: string } {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/part-of': 'ml-platform',
    'nstarx.io/feature-store': name,
  };
}
