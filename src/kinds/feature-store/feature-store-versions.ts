import { FeatureStoreSpec } from '../../api/generated';
import { fail } from '../../contracts/errors';

const DAY = 86_400_000;

/** A version of the definitions that was applied before, as its ConfigMap says. */
export interface FeatureStoreVersion {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** When it was made, as in its metadata: RFC 3339. */
  readonly createdAt: string;
  /** Its content. */
  readonly data: { readonly [key: string]: string };
  /**
   * Its label `nstarx.io/version`.
   *
   * @default - none
   */
  readonly version?: string;
}

/**
 * The old versions that are kept: those that were replaced less than `retentionDays` ago. A version is replaced when the
 * next one is made; the newest of them counts from its own making, since nobody says when a spec went back to an older one.
 *
 * @param current name of the ConfigMap of the version in force
 * @param now RFC 3339
 * @throws InvalidInputError when there are old versions and no time, or a time that is none
 */
export function keptVersions(
  where: string,
  spec: FeatureStoreSpec,
  past: FeatureStoreVersion[],
  current: string,
  now: string | undefined,
): FeatureStoreVersion[] {
  if (spec.versioning?.enabled === false) return [];
  const others = past.filter(({ name }) => name !== current);
  if (others.length === 0) return [];
  const today = time(where, 'now', now);
  const made = past.map(({ name, createdAt }) => ({
    name,
    at: time(where, `pastVersions.${name}.createdAt`, createdAt),
  }));
  const inForce = made.some(({ name }) => name === current);
  const retention = (spec.versioning?.retentionDays ?? 90) * DAY;
  return others
    .filter((version) => {
      const at = time(where, 'createdAt', version.createdAt);
      const later = made.filter((other) => other.at > at).map((other) => other.at);
      // without a later one, it was the last until the one in force, which may be made only now
      const replaced = later.length > 0 ? Math.min(...later) : inForce ? at : today;
      return today - replaced < retention;
    })
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

function time(where: string, prop: string, text: string | undefined): number {
  const at = Date.parse(text ?? '');
  if (Number.isNaN(at)) fail(where, prop, 'must be a time', text, "write it like '2024-01-15T10:30:00Z'");
  return at;
}
