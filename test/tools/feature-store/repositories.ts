import * as fs from 'node:fs';
import * as path from 'node:path';
import { FeatureStoreSpec } from '../../../src/api/generated';
import { FeastRepository, feastRepository } from '../../../src/kinds/feature-store/feast-repository';
import { featureModel } from '../../../src/kinds/feature-store/features';

/** The repository of a feature store with an online store of the platform. */
export function repositoryOf(name: string, spec: FeatureStoreSpec): FeastRepository {
  const model = featureModel(name, spec);
  return feastRepository({ name, namespace: 'feature-stores', spec, model, onlineConnection: 'cache:6379' });
}

/** Writes a repository as it is, but for the stores: a registry and an online store in files beside it. */
export function writeLocally(repository: FeastRepository, folder: string): void {
  for (const [file, content] of Object.entries(repository.files)) {
    const target = path.join(folder, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content);
  }
  const configuration = JSON.parse(repository.files['feature_store.yaml']) as { [key: string]: unknown };
  fs.writeFileSync(
    path.join(folder, 'feature_store.yaml'),
    JSON.stringify({
      ...configuration,
      registry: path.join(folder, 'registry.db'),
      online_store:
        configuration.online_store === null ? null : { type: 'sqlite', path: path.join(folder, 'online.db') },
      offline_store: { type: 'dask' },
    }),
  );
}
