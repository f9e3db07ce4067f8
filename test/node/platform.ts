/** A platform's namespaces as an example synthesizes them, with its policies, quotas and accounts, for pods that its operators make. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import type { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { runExample } from '../cluster/environments/example-output';
import { type KubernetesObject, referenceTo } from '../cluster/types';
import { applyAll, namespace } from './objects';
import type { NodeCluster } from './real-node';

/** What a namespace of a platform has by itself: who may do what in it, what its pods reach and how much they get. */
const KINDS = [
  'Namespace',
  'NetworkPolicy',
  'LimitRange',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'Service',
];

/** The platform of the example `neural-platform`, in its environment `local`. */
export interface Platform {
  /** What its operators are told. */
  readonly settings: OperatorSettings;
  /** The namespaces that are there. */
  readonly namespaces: readonly string[];
}

/** Makes namespaces of the platform, with what the example puts into them. */
export async function applyPlatform(node: NodeCluster, names: readonly string[]): Promise<Platform> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'platform-'));
  try {
    const local = runExample('neural-platform', folder).find(({ name }) => name === 'local');
    if (!local) throw new Error('neural-platform has no environment local');
    const objects = [...local.terraformNamespaces, ...local.manifests];
    const settings = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'operators-settings',
    );
    const { 'settings.json': text } = (settings as unknown as { data: Record<string, string> }).data;
    const isOurs = ({ kind, metadata }: KubernetesObject): boolean =>
      KINDS.includes(kind) && names.includes((kind === 'Namespace' ? metadata.name : metadata.namespace) ?? '');
    const made = objects.filter(isOurs);
    const missing = names.filter((name) => !made.some((one) => one.kind === 'Namespace' && one.metadata.name === name));
    await applyAll(node, [...missing.map((name) => namespace(name)), ...made]);
    return { settings: JSON.parse(text) as OperatorSettings, namespaces: names };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Deletes the namespaces with all that is in them. */
export async function deletePlatform(node: NodeCluster, names: readonly string[]): Promise<void> {
  const references = names.map((name) => referenceTo(namespace(name)));
  for (const reference of references) await node.delete(reference);
  for (const reference of references) await node.waitForGone(reference, 60_000);
}
