import { FeatureStoreSpec } from '../../../src/api/generated/feature-store';
import { fail } from '../../../src/contracts/errors';
import { ConditionReport, conditionOf } from '../runtime/conditions';
import { Preflight, ReportContext, SyncContext } from '../runtime/operator';
import { livePods, troubleOf } from '../runtime/pods';
import { KubernetesObject } from '../runtime/protocol';
import { lastResult } from './computations';

type Context = SyncContext<FeatureStoreSpec>;

const CONTENT = 'nstarx.io/content';
const DEFINITIONS = 'feature-definitions';
const VERSION = 'nstarx.io/version';

/** Whether an object holds definitions of features, of whatever version. */
function holdsDefinitions({ kind, metadata }: KubernetesObject): boolean {
  return kind === 'ConfigMap' && metadata.labels?.[CONTENT] === DEFINITIONS;
}

/**
 * Older definitions that stay beside those of the spec. They are no part of what the spec means, so a change of them is no new
 * revision, and they do not fill the revision that is kept. Nothing has to hold before the objects of a new spec are made.
 *
 * @param objects those of the spec; none when it is bad
 */
export function keptDefinitions(context: Context, objects: readonly KubernetesObject[]): Preflight {
  const { children, name, namespace, spec, now } = context;
  const past = children
    .all('v1', 'ConfigMap')
    .filter(holdsDefinitions)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const current = objects.find(holdsDefinitions)?.metadata.name;
  // nothing goes because of a spec that cannot be done
  let kept = past;
  if (current !== undefined) {
    const versions = past.map(({ metadata }) => ({
      name: metadata.name,
      createdAt: metadata.creationTimestamp ?? now,
    }));
    const names = keptVersions(`FeatureStore ${namespace}/${name}`, spec, versions, current, now);
    kept = past.filter(({ metadata }) => names.includes(metadata.name));
  }
  const older = kept.filter(({ metadata }) => metadata.name !== current);
  return { objects: kept.map(asItIs), passed: true, condition: condition(context, older) };
}

/** Whether definitions wait to expire. */
export function hasOlderDefinitions({ children }: Context): boolean {
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

function condition({ spec }: Context, older: readonly KubernetesObject[]): ConditionReport {
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

/** A version of the definitions that was applied before. */
interface DefinitionsVersion {
  /** Name of its ConfigMap. */
  readonly name: string;
  /** When that was made: RFC 3339. */
  readonly createdAt: string;
}

const DAY = 86_400_000;

/**
 * Names of the old versions that are kept, sorted: those that were replaced less than `retentionDays` ago. A version is replaced when the
 * next one is made; the newest of them counts from its own making, since nothing says when a spec went back to an older one.
 *
 * @param current name of the ConfigMap of the version in force
 * @param now RFC 3339
 * @throws InvalidInputError when a time is none
 */
export function keptVersions(
  where: string,
  spec: FeatureStoreSpec,
  past: readonly DefinitionsVersion[],
  current: string,
  now: string,
): string[] {
  if (spec.versioning?.enabled === false) return [];
  const others = past.filter(({ name }) => name !== current);
  if (others.length === 0) return [];
  const today = time(where, 'now', now);
  const made = past.map(({ name, createdAt }) => ({
    name,
    at: time(where, `${name}.createdAt`, createdAt),
  }));
  const inForce = made.some(({ name }) => name === current);
  const retention = (spec.versioning?.retentionDays ?? 90) * DAY;
  return others
    .filter((version) => {
      const at = time(where, `${version.name}.createdAt`, version.createdAt);
      const later = made.filter((other) => other.at > at).map((other) => other.at);
      // without a later one, it was the last until the one in force, which may be made only now
      const replaced = later.length > 0 ? Math.min(...later) : inForce ? at : today;
      return today - replaced < retention;
    })
    .map(({ name }) => name)
    .sort();
}

function time(where: string, prop: string, text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) fail(where, prop, 'must be a time', text, "write it like '2024-01-15T10:30:00Z'");
  return at;
}

/** Whether Feast's registry has the definitions, from the Job that applies them. */
export function registrationOf(context: ReportContext<FeatureStoreSpec>): ConditionReport {
  const { active, children, namespace } = context;
  const say = (status: ConditionReport['status'], reason: string, message: string): ConditionReport => ({
    type: 'Registered',
    status,
    reason,
    message,
  });
  const desired = active?.objects.find(({ kind }) => kind === 'Job');
  if (!desired) return say('Unknown', 'NoDefinitions', 'There are no definitions yet: the spec cannot be done');
  const { name } = desired.metadata;
  const job = children.find('batch/v1', 'Job', name, namespace);
  if (conditionOf(job, 'Complete')?.status === 'True') {
    return say(true, 'Registered', "The definitions are in Feast's registry");
  }
  const isOurs = ({ metadata }: KubernetesObject): boolean =>
    metadata.labels?.['batch.kubernetes.io/job-name'] === name;
  const result = lastResult(context, isOurs);
  const said = (result?.text ?? '').trim().split('\n').at(-1) ?? '';
  const why = said === '' ? '' : `: ${said.slice(0, 300)}`;
  if (conditionOf(job, 'Failed')?.status === 'True') {
    const fix = `correct the features or what they are kept in, or delete the Job ${name} to try again`;
    return say(false, 'RegistrationFailed', `Feast refuses the definitions, or reaches no registry${why}; ${fix}`);
  }
  const trouble = troubleOf(livePods(context, isOurs));
  if (trouble) return say('Unknown', trouble.reason, `The Job ${name} cannot begin: ${trouble.message}`);
  const failed = result && result.exitCode !== 0 ? `; it failed so far${why}` : '';
  return say('Unknown', 'Registering', `The Job ${name} registers the definitions${failed}`);
}
