import { Yaml } from 'cdk8s';
import { Component, KustomizeFolder } from '../contracts/component';
import { fail } from '../contracts/errors';
import type { Environment } from './environment';

/** Folder, in that of an environment, with a kustomization for each component that no chart installs. */
const FOLDER = 'components';

/** A patch in a kustomization, or in an Argo CD Application. */
export interface KustomizePatch {
  readonly target: { readonly kind: string; readonly name: string };
  readonly patch: string;
}

/**
 * The patches of a folder. They name their target, since Kustomize then knows it by its name in the repository as well as by the
 * one in the cluster: Argo CD patches before the folder's prefix is added, an overlay afterwards.
 */
export function kustomizePatches(folder: KustomizeFolder): KustomizePatch[] {
  return (folder.patches ?? []).map((patch) => {
    const { kind, metadata } = patch as { kind: string; metadata: { name: string } };
    return { target: { kind, name: metadata.name }, patch: Yaml.stringify(patch) };
  });
}

/**
 * Refuses what Terraform installs and what requires a component without a chart.
 *
 * @throws InvalidInputError with the names of both
 */
export function refuseFolders(environment: Environment, components: Component[]): void {
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

/** The command that applies what `renderFolders` wrote. */
export function applyFolders(manifestsOutdir: string, environmentName: string): string {
  return `kubectl apply --server-side -k ${manifestsOutdir}/${environmentName}/${FOLDER}`;
}

function kustomization(content: { [key: string]: unknown }): string {
  return Yaml.stringify({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...content });
}
