import { FeatureStoreSpec, OfflineStorage, OnlineStorage } from '../../api/generated';
import { fail } from '../../contracts/errors';
import { programFiles } from '../../contracts/programs';
import { configuration, OFFLINE_KEYS, ONLINE_KEYS, usesOnlineSecret } from './feast-configuration';
import { DATABASE_SOURCES, definitions } from './feast-definitions';
import { featureModel, FeatureModel, shortHash } from './feature-model';

/** What a Feast repository is made from. */
export interface FeastRepositoryProps {
  /** Name of the feature store; the FeatureService of all its features is called like it. */
  readonly name: string;
  /** Namespace of the feature store. Stores of the same name in two namespaces share no keys. */
  readonly namespace: string;
  /** The features. */
  readonly spec: FeatureStoreSpec;
  /**
   * Folder for values when the spec names none, as a URL.
   *
   * @default - none: the spec must name one
   */
  readonly folder?: string;
  /**
   * Where Feast keeps its registry: an `s3://` or `gs://` URL of a file.
   *
   * @default - `.feast/registry.db` in the folder of the values
   */
  readonly registryPath?: string;
  /**
   * URL of an S3 service that is not AWS.
   *
   * @default - AWS
   */
  readonly s3Endpoint?: string;
  /**
   * Address of the online store, `host:port` with options of Feast, for a spec without `secretRef`.
   *
   * @default - none: the spec must have a Secret
   */
  readonly onlineAddress?: string;
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
 *
 * @throws InvalidInputError when the spec cannot be expressed in Feast
 */
export function feastRepository(props: FeastRepositoryProps): FeastRepository {
  const where = `FeatureStore ${props.namespace}/${props.name}`;
  const model = featureModel(where, props.spec, props.folder);
  checkStores(where, props, model);
  const files: { [path: string]: string } = {};
  for (const feature of model.onRequest) {
    files[`transformations/${feature.name}.py`] = feature.source.transformation ?? '';
  }
  if (model.onRequest.length > 0) files['request_features.py'] = programFiles('feature-jobs')['request_features.py'];
  const project = projectName(props.namespace, props.name);
  files['feature_store.yaml'] = configuration(props, model, project);
  const tags = { 'nstarx.io/feature-store': props.name, 'nstarx.io/namespace': props.namespace };
  // the version goes into the tags, so it stands for everything but itself
  const version = shortHash([files, definitions(props, model, tags)]);
  files['definitions.py'] = definitions(props, model, { ...tags, 'nstarx.io/version': version });
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

function checkStores(where: string, props: FeastRepositoryProps, model: FeatureModel): void {
  const { storage, path } = model.offline;
  if (storage === OfflineStorage.ICEBERG) {
    fail(
      where,
      'serving.offline.storage',
      'must be another one: Feast reads Iceberg through a catalog, which the spec does not name',
      storage,
      'use delta or parquet',
    );
  }
  if (DATABASE_SOURCES[storage] === undefined) {
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
  } else if (props.registryPath === undefined) {
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
  if (props.onlineAddress === undefined || !keys.includes('connection_string')) {
    fail(
      where,
      'serving.online.secretRef',
      'must name a Secret, since the platform has no such online store',
      undefined,
      `make a Secret with the keys ${keys.join(', ')}`,
    );
  }
}

function projectName(namespace: string, name: string): string {
  const plain = `${namespace}__${name}`.replace(/[^A-Za-z0-9_]/g, '_');
  // two names that become the same text are told apart
  return /--|\./.test(namespace + name) ? `${plain}_${shortHash([namespace, name])}` : plain;
}
