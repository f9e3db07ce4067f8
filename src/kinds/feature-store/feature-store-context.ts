import { FeatureSourceType, FeatureStoreSpec } from '../../api/generated';
import { fail } from '../../contracts/errors';
import { FeastRepository, feastRepository } from './feast-repository';
import { checkSources } from './feature-checks';
import { featurePrograms, jobFiles, JobGroup, streamFiles } from './feature-job-files';
import { featureModel, FeatureModel, shortHash, ViewModel } from './feature-model';
import { nameWith } from './feature-store-names';
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
  checkSources({ where, settings, model, features: spec.features.map((feature) => feature.name), files });
  const batch = files ? groups(ofType(FeatureSourceType.BATCH), settings.sparkImage) : [];
  const modelGroups = groups(models, settings.feastImage);
  const serverName = `${name}-features`;
  const serverUrl = `http://${serverName}.${namespace}.svc`;
  const input = { name, namespace, spec, settings, model, batch, models: modelGroups, files, serverUrl };
  const programs = checkSize(where, {
    ...featurePrograms([
      'batch_features.py',
      'feature_data.py',
      'feature_metrics.py',
      'last_word.py',
      'materialize.py',
      'model_features.py',
    ]),
    ...jobFiles(input),
  });
  const streamJobs = streams.map((view): StreamJob => {
    const content = checkSize(where, streamFiles(input, view));
    return { view, configName: nameWith(name, `stream-${shortHash([view.name, content])}`, 63), files: content };
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
    programsName: nameWith(name, `jobs-${shortHash(programs)}`, 63),
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

function checkSize(where: string, files: { readonly [name: string]: string }): { readonly [name: string]: string } {
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > LARGEST) {
    fail(where, 'features', `must fit into a ConfigMap of ${LARGEST} bytes`, bytes, 'split the feature store');
  }
  return files;
}
