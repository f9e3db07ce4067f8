import * as fs from 'node:fs';
import * as path from 'node:path';
import { Chart, Testing } from 'cdk8s';
import { FeatureStoreSpec } from '../../../src/api/generated';
import { FeatureStoreObjects } from '../../../src/kinds/feature-store/feature-store-objects';
import { FeatureStoreSettings } from '../../../src/kinds/feature-store/settings';
import { repositoryOf, writeLocally } from './repositories';

interface ConfigMap {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: { readonly [key: string]: string };
}

/** Where a test finds what the pods of a feature store would find. */
export interface PodFolders {
  readonly repository: string;
  readonly programs: string;
}

/** Writes the ConfigMaps of a feature store as the pods see them, with the folders of a test instead of those of a pod. */
export function writePods(folder: string, spec: FeatureStoreSpec, settings: FeatureStoreSettings = {}): PodFolders {
  const folders = { repository: path.join(folder, 'repository'), programs: path.join(folder, 'programs') };
  const props = { name: 'shop', namespace: 'feature-stores', spec };
  const chart = new Chart(Testing.app(), 'chart');
  new FeatureStoreObjects(chart, 'Store', { ...props, settings: { onlineAddress: 'cache:6379', ...settings } });
  writeLocally(repositoryOf('shop', spec), folders.repository);
  fs.mkdirSync(folders.programs, { recursive: true });
  for (const map of Testing.synth(chart) as ConfigMap[]) {
    if (map.kind !== 'ConfigMap' || !/-(jobs|stream)-/.test(map.metadata.name)) continue;
    for (const [file, text] of Object.entries(map.data ?? {})) {
      fs.writeFileSync(
        path.join(folders.programs, file),
        text
          .replaceAll('/etc/feast/repository', folders.repository)
          .replaceAll('/etc/feast/programs', folders.programs),
      );
    }
  }
  return folders;
}
