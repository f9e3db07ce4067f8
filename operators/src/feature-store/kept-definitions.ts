import { keptVersions } from '../../../src/kinds/feature-store/feature-store-versions';
import { ConditionReport } from '../runtime/conditions';
import { Preflight } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';
import { StoreContext } from './feature-store-context';

const CONTENT = 'nstarx.io/content';
const DEFINITIONS = 'feature-definitions';
const VERSION = 'nstarx.io/version';

/** Whether an object holds definitions of features, of whatever version. */
export function holdsDefinitions({ kind, metadata }: KubernetesObject): boolean {
  return kind === 'ConfigMap' && metadata.labels?.[CONTENT] === DEFINITIONS;
}

/**
 * Older definitions that stay beside those of the spec. They are no part of what the spec means, so a change of them is no new
 * revision, and they do not fill the revision that is kept. Nothing has to hold before the objects of a new spec are made.
 *
 * @param objects those of the spec; none when it is bad
 */
export function keptDefinitions(context: StoreContext, objects: readonly KubernetesObject[]): Preflight {
  const { children, name, namespace, spec, now } = context;
  const past = children
    .all('v1', 'ConfigMap')
    .filter(holdsDefinitions)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const current = objects.find(holdsDefinitions)?.metadata.name;
  // nothing goes because of a spec that cannot be done
  let kept = past;
  if (current !== undefined) {
    const versions = past.map(({ metadata, data }) => ({
      name: metadata.name,
      createdAt: metadata.creationTimestamp ?? now,
      data: data as { readonly [key: string]: string },
    }));
    const names = keptVersions(`FeatureStore ${namespace}/${name}`, spec, versions, current, now).map(
      (one) => one.name,
    );
    kept = past.filter(({ metadata }) => names.includes(metadata.name));
  }
  const older = kept.filter(({ metadata }) => metadata.name !== current);
  return { objects: kept.map(asItIs), passed: true, condition: condition(context, older) };
}

/** Whether definitions wait to expire. */
export function hasOlderDefinitions({ children }: StoreContext): boolean {
  return children.all('v1', 'ConfigMap').filter(holdsDefinitions).length > 1;
}

function asItIs({ apiVersion, kind, metadata, data }: KubernetesObject): KubernetesObject {
  const { name, namespace, labels = {}, annotations = {} } = metadata;
  const own = (texts: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).filter(([key]) => /^(nstarx\.io|app\.kubernetes\.io)\//.test(key)));
  const notes = own(annotations);
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      labels: own(labels),
      ...(Object.keys(notes).length > 0 ? { annotations: notes } : {}),
    },
    immutable: true,
    data,
  };
}

function condition({ spec }: StoreContext, older: readonly KubernetesObject[]): ConditionReport {
  const type = 'VersionsKept';
  if (spec.versioning?.enabled === false) {
    const message = 'Old definitions go at once, because spec.versioning.enabled is false';
    return { type, status: false, reason: 'Off', message };
  }
  if (older.length === 0) return { type, status: true, reason: 'NoneYet', message: 'There are no old definitions' };
  const days = spec.versioning?.retentionDays ?? 90;
  const names = older.map(({ metadata }) => metadata.labels?.[VERSION] ?? metadata.name);
  const message = `${older.length} old: ${names.join(', ')}; each stays for ${days} days after it was replaced`;
  return { type, status: true, reason: 'Kept', message };
}
