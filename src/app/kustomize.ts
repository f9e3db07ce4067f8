import * as fs from 'fs';
import { IConstruct } from 'constructs';
import * as path from 'path';
import { asObject, at } from '../checks/json';
import { Manifest, ManifestGraph } from '../checks/manifest-graph';
import { ICluster } from '../contracts/cluster';
import { Component, KustomizeFolder } from '../contracts/component';
import { contentHash } from '../contracts/content-hash';
import { fail } from '../contracts/errors';
import { ENVIRONMENT_LABEL } from '../contracts/origin';
import { yamlOf } from '../contracts/yaml';
import { kubectl } from './next-steps';

/** A patch in a kustomization, or in an Argo CD Application. */
export interface KustomizePatch {
  readonly target: { readonly kind: string; readonly name: string };
  readonly patch: string;
}

const MARK = '# Written by ml-platform-constructs. Changes are lost at the next synthesis.';
const KUSTOMIZATION = 'kustomization.yaml';

/** Folder, in that of an environment, with a kustomization for each component that no chart installs. */
const FOLDER = 'components';

/** Folder, in that of an environment, with the kustomization of the CustomResourceDefinitions. */
const CRDS = 'crds';

/** Longest name of a file, in characters. */
const LONGEST_NAME = 79;

/**
 * One object a file, in a folder per chart and namespace, and a kustomization that lists them. No two files differ in case only,
 * since some file systems take these for one.
 *
 * CustomResourceDefinitions are a kustomization of their own: kubectl asks the API server for the kinds of all objects before it
 * applies the first.
 *
 * @param crdsApart whether the kustomization leaves the CustomResourceDefinitions out
 * @param delivered those that the kustomization lists; Terraform applies the others
 */
export function renderManifests(
  manifests: Manifest[],
  crdsApart: boolean,
  delivered: readonly Manifest[] = manifests,
): Map<string, string> {
  const named = manifests.map((manifest) => ({ manifest, file: fileOf(manifest) }));
  const counts = new Map<string, number>();
  named.forEach(({ file }) => counts.set(file, (counts.get(file) ?? 0) + 1));
  const files = new Map<string, string>();
  const crds = new Set<string>();
  const listed = new Set(delivered);
  const resources: string[] = [];
  for (const { manifest, file } of named) {
    // such as the ClusterRoles a:b and a-b, or two kinds of one name from different groups
    const unique = counts.get(file) === 1 ? file : fileOf(manifest, true);
    files.set(unique, yamlOf(manifest.json));
    if (isCrd(manifest)) crds.add(unique);
    else if (listed.has(manifest)) resources.push(unique);
  }
  if (crds.size > 0) {
    files.set(
      `${CRDS}/${KUSTOMIZATION}`,
      kustomization({ resources: [...crds].map((file) => path.basename(file)).sort() }),
    );
    if (!crdsApart) resources.push(CRDS);
  }
  return files.set(KUSTOMIZATION, `${MARK}\n${kustomization({ resources: resources.sort() })}`);
}

/** Whether an object defines a kind. */
export function isCrd({ group, kind }: Manifest): boolean {
  return kind === 'CustomResourceDefinition' && group === 'apiextensions.k8s.io';
}

/** The commands that apply the CustomResourceDefinitions, if there are any, and wait until their kinds can be used. */
export function applyCrds(
  graph: ManifestGraph,
  manifestsOutdir: string,
  environmentName: string,
  cluster: ICluster,
): string[] {
  if (!graph.manifests.some(isCrd)) return [];
  return [
    kubectl(cluster, 'apply', '--server-side', '-k', `${manifestsOutdir}/${environmentName}/${CRDS}`),
    kubectl(cluster, 'wait', '--for=condition=Established', 'crd', '-l', `${ENVIRONMENT_LABEL}=${environmentName}`),
    // who counts looks for new kinds twice a minute; a quota that is made before would refuse them for minutes
    ...(hasCountedObjects(graph) ? ['sleep 60'] : []),
  ];
}

/** Whether a quota counts objects of a kind that is defined here, and there are such in its namespace. */
function hasCountedObjects(graph: ManifestGraph): boolean {
  const counted = new Map(
    graph.manifests.filter(isCrd).map(({ json }) => {
      const { group, names } = json.spec as { group: string; names: { kind: string; plural: string } };
      return [`count/${names.plural}.${group}`, { group, kind: names.kind }];
    }),
  );
  return graph.ofKind('ResourceQuota', '').some(({ namespace, json }) =>
    Object.keys(asObject(at(json, 'spec', 'hard'))).some((key) => {
      const defined = counted.get(key);
      return defined && graph.ofKind(defined.kind, defined.group).some((object) => object.namespace === namespace);
    }),
  );
}

/** Whether a folder was written by a previous synthesis. */
export function isManifestFolder(folder: string): boolean {
  const file = path.join(folder, KUSTOMIZATION);
  return fs.existsSync(file) && fs.readFileSync(file, 'utf8').startsWith(MARK);
}

/** The file of an object, and the folder of a namespace for the namespace itself and all that is in it. */
function fileOf(manifest: Manifest, hashed = false): string {
  const { group, kind, name, namespace, source } = manifest;
  const isNamespace = kind === 'Namespace' && group === '';
  const folder = isNamespace ? name : namespace;
  const file = fileName(isNamespace ? 'namespace' : `${kind}-${name}`);
  const ending = '.yaml';
  const hash = contentHash(group, kind, namespace, name);
  const base = hashed || file.length + ending.length > LONGEST_NAME ? shortened(file, hash, ending.length) : file;
  const chart = isCrd(manifest) ? CRDS : fileName(source.chart.node.id);
  return [chart, ...(folder === undefined ? [] : [fileName(folder)])]
    .map((one) => (one.length > LONGEST_NAME ? shortened(one, contentHash(one), 0) : one))
    .concat(`${base}${ending}`)
    .join('/');
}

/** A name as the name of a file on every system. */
function fileName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^\.+/, '-');
}

function shortened(name: string, hash: string, ending: number): string {
  return `${name.slice(0, LONGEST_NAME - ending - hash.length - 1).replace(/[.-]+$/, '')}-${hash}`;
}

/**
 * The patches of a folder. They name their target, since Kustomize then knows it by its name in the repository as well as by the
 * one in the cluster: Argo CD patches before the folder's prefix is added, an overlay afterwards.
 */
export function kustomizePatches(folder: KustomizeFolder): KustomizePatch[] {
  return (folder.patches ?? []).map((patch) => {
    const { kind, metadata } = patch as { kind: string; metadata: { name: string } };
    return { target: { kind, name: metadata.name }, patch: yamlOf(patch) };
  });
}

/**
 * Refuses what Terraform installs and what requires a component without a chart.
 *
 * @throws InvalidInputError with the names of both
 */
export function refuseFolders(environment: IConstruct, components: Component[]): void {
  for (const component of components) {
    for (const { name, chart } of component.requires) {
      if (chart) continue;
      fail(
        environment,
        'component.requires',
        'must have a chart, since Terraform installs what requires it',
        `${component.name} -> ${name}`,
        'remove the dependency, or deliver by Delivery.argoCd()',
      );
    }
  }
}

/**
 * A kustomization for each component that no chart installs, and one that lists them all, by path.
 *
 * @returns nothing where each component has a chart
 */
export function renderFolders(components: Component[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, kustomize, timeoutSeconds } of components) {
    if (!kustomize) continue;
    const { repository, path, revision } = kustomize;
    const patches = kustomizePatches(kustomize);
    files.set(
      `${FOLDER}/${name}/kustomization.yaml`,
      kustomization({
        // cloning takes longer than the 27 seconds that Kustomize gives it by default
        resources: [`${repository}//${path}?ref=${revision}&timeout=${timeoutSeconds}s`],
        ...(patches.length > 0 ? { patches } : {}),
      }),
    );
  }
  if (files.size === 0) return files;
  const names = [...files.keys()].map((file) => file.split('/')[1]);
  return files.set(`${FOLDER}/kustomization.yaml`, kustomization({ resources: names }));
}

/** The folder that `renderFolders` wrote. */
export function componentsFolder(manifestsOutdir: string, environmentName: string): string {
  return `${manifestsOutdir}/${environmentName}/${FOLDER}`;
}

function kustomization(content: { [key: string]: unknown }): string {
  return yamlOf({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...content });
}
