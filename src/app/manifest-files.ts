import { Yaml } from 'cdk8s';
import * as fs from 'fs';
import * as path from 'path';
import { Manifest } from '../checks/manifest-graph';

const MARK = '# Written by ml-platform-constructs. Changes are lost at the next synthesis.';
const KUSTOMIZATION = 'kustomization.yaml';

/** One object a file, in a folder per chart and namespace, and a kustomization that lists them. */
export function renderManifests(manifests: Manifest[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const manifest of manifests) {
    const file = fileOf(manifest);
    // two objects of one name and kind in one namespace, from different groups
    const unique = files.has(file) ? file.replace(/\.yaml$/, `.${manifest.group || 'core'}.yaml`) : file;
    files.set(unique, Yaml.stringify(manifest.json));
  }
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...files.keys()].sort(),
  };
  return files.set(KUSTOMIZATION, `${MARK}\n${Yaml.stringify(kustomization)}`);
}

/** Whether a folder was written by a former synthesis. */
export function isManifestFolder(folder: string): boolean {
  const file = path.join(folder, KUSTOMIZATION);
  return fs.existsSync(file) && fs.readFileSync(file, 'utf8').startsWith(MARK);
}

function fileOf(manifest: Manifest): string {
  const name = `${manifest.kind.toLowerCase()}-${manifest.name.replace(/[^a-zA-Z0-9.-]/g, '-')}.yaml`;
  const namespace = manifest.namespace !== undefined ? [manifest.namespace] : [];
  return [manifest.source.chart.node.id, ...namespace, name].join('/');
}
