import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { REVISIONS } from '../../../src/api/operator-definition';
import { canonicalJson } from '../../../src/contracts/canonical-json';
import { memoized, Observed } from './observed';
import { EngineSettings, Revision, RevisionOutcome, Versioning } from './contract';
import { KubernetesObject } from './protocol';

/** Annotation of a ControllerRevision with the version that its spec names. */
export const VERSION = 'nstarx.io/version';
/** Annotation of a ControllerRevision with the kind and name of its object. */
export const REVISION_OF = 'nstarx.io/revision-of';
/** Annotation of a ControllerRevision with what became of it. */
export const OUTCOME = 'nstarx.io/outcome';

/** The revisions among the children, oldest first. */
export function revisionsOf<Spec>(children: Observed): Revision<Spec>[] {
  return children
    .all(REVISIONS.apiVersion, REVISIONS.kind)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .flatMap(({ metadata, revision, data }): Revision<Spec> | Revision<Spec>[] => {
      const { spec, objects: packed } = (data ?? {}) as { readonly spec?: Spec; readonly objects?: unknown };
      // one that an operator has not written is none
      if (typeof spec !== 'object' || spec === null || typeof packed !== 'string') return [];
      const version = metadata.annotations?.[VERSION] ?? '';
      return {
        name: metadata.name,
        number: Number(revision),
        version,
        spec,
        packed,
        ...outcomeIn(metadata.annotations?.[OUTCOME]),
        get objects() {
          return unpack(packed);
        },
      };
    })
    .sort((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
}

/** What is not as an operator writes it says nothing. */
function outcomeIn(text: string | undefined): { readonly outcome?: RevisionOutcome } {
  if (text === undefined) return {};
  try {
    const { held, generation, reason, message } = JSON.parse(text) as Partial<RevisionOutcome>;
    const isOne =
      typeof held === 'boolean' &&
      typeof generation === 'number' &&
      typeof reason === 'string' &&
      typeof message === 'string';
    return isOne ? { outcome: { held, generation, reason, message } } : {};
  } catch {
    return {};
  }
}

/**
 * The revision of a spec that is good. It is the newest of all: its number is above that of every other one.
 *
 * @param known the revisions there are, oldest first
 */
export function revisionFor<Spec, Settings extends EngineSettings>(
  parent: KubernetesObject,
  spec: Spec,
  objects: readonly KubernetesObject[],
  known: readonly Revision<Spec>[],
  versioning?: Versioning<Spec, Settings>,
): Revision<Spec> {
  const content = `[${JSON.stringify(parent.kind)},${JSON.stringify(spec)},${jsonOf(objects)}]`;
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const name = `${parent.metadata.name.slice(0, 52).replace(/[-.]+$/, '')}-${hash}`;
  const newest = known.at(-1);
  const { packed, outcome } = known.find((revision) => revision.name === name) ?? {};
  const number = newest === undefined ? 1 : newest.name === name ? newest.number : newest.number + 1;
  return {
    name,
    number: versioning ? number : 1,
    version: versioning?.version(spec) ?? '',
    spec,
    objects,
    packed,
    // another attempt of one that did not hold is judged anew
    ...(outcome?.held ? { outcome } : {}),
  };
}

/** The same revision with another number. */
export function renumbered<Spec>(revision: Revision<Spec>, number: number): Revision<Spec> {
  return changed(revision, { number });
}

/** The same revision, of which it is known now what became of it. */
export function judged<Spec>(revision: Revision<Spec>, outcome: RevisionOutcome): Revision<Spec> {
  return changed(revision, { outcome });
}

function changed<Spec>(
  revision: Revision<Spec>,
  change: Partial<Pick<Revision<Spec>, 'number' | 'outcome'>>,
): Revision<Spec> {
  const { name, number, version, spec, packed, outcome } = revision;
  return {
    name,
    number,
    version,
    spec,
    packed,
    ...(outcome === undefined ? {} : { outcome }),
    ...change,
    // they are not unpacked for it
    get objects() {
      return revision.objects;
    },
  };
}

/** Whether a revision did not hold. */
export function hasFailed({ outcome }: Revision<unknown>): boolean {
  return outcome?.held === false;
}

/** The revision of this spec that did not hold, as it was seen. Another generation is another attempt. */
export function failedRevision<Spec>(
  { metadata, spec }: KubernetesObject,
  known: readonly Revision<Spec>[],
): Revision<Spec> | undefined {
  const generation = metadata.generation ?? 0;
  const ofThis = known.filter((one) => hasFailed(one) && one.outcome?.generation === generation);
  return ofThis.find((one) => canonicalJson(one.spec) === canonicalJson(spec));
}

/**
 * The revision whose objects stay while there is no good one of the spec: the newest, or where that did not hold, the newest that did. Where
 * it is not known of any, the newest of which it is not known that it did not.
 */
export function lastGoodRevision<Spec>(known: readonly Revision<Spec>[]): Revision<Spec> | undefined {
  const newest = known.at(-1);
  if (newest === undefined || !hasFailed(newest)) return newest;
  const held = known.filter(({ outcome }) => outcome?.held).at(-1);
  const found = held ?? known.filter((one) => !hasFailed(one)).at(-1);
  return found && renumbered(found, newest.number + 1);
}

/**
 * The revisions that are kept, oldest first: the active one and, for each of so many other versions, the newest that is not known to have
 * failed. Beside them the newest that held, which is what there is to go back to, and the one of the spec that did not.
 *
 * @param limit old versions that are kept
 * @param failed the revision of the spec that did not hold
 */
export function keptRevisions<Spec>(
  known: readonly Revision<Spec>[],
  active: Revision<Spec> | undefined,
  limit: number,
  failed?: Revision<Spec>,
): Revision<Spec>[] {
  if (!active) return [...known];
  const byVersion = new Map<string, Revision<Spec>>();
  for (const revision of known) if (!hasFailed(revision)) byVersion.set(revision.version, revision);
  byVersion.delete(active.version);
  const others = [...byVersion.values()].sort((a, b) => a.number - b.number);
  const held = known.filter(({ outcome }) => outcome?.held).at(-1);
  const kept = [
    ...others.slice(Math.max(0, others.length - limit)),
    ...(held ? [held] : []),
    ...(failed ? [failed] : []),
  ];
  const byName = new Map(kept.map((revision) => [revision.name, revision]));
  byName.set(active.name, active);
  return [...byName.values()].sort((a, b) => a.number - b.number);
}

/** The ControllerRevision that keeps a revision. */
export function revisionObject<Spec>(
  parent: KubernetesObject,
  namespace: string,
  revision: Revision<Spec>,
): KubernetesObject {
  const { name, number, version, spec, outcome } = revision;
  return {
    apiVersion: REVISIONS.apiVersion,
    kind: REVISIONS.kind,
    metadata: {
      name,
      namespace,
      labels: { 'app.kubernetes.io/part-of': 'ml-platform', 'app.kubernetes.io/component': 'revision' },
      annotations: {
        [REVISION_OF]: `${parent.kind}/${parent.metadata.name}`,
        [VERSION]: version,
        ...(outcome === undefined ? {} : { [OUTCOME]: JSON.stringify(outcome) }),
      },
    },
    revision: number,
    // what is stored cannot change, and another zlib may pack the same objects into other bytes
    data: { spec, objects: revision.packed ?? pack(revision.objects) },
  };
}

/** The JSON of objects, which their size, their name and what is packed are made of. */
export const jsonOf: (objects: readonly KubernetesObject[]) => string = memoized(
  (objects) => JSON.stringify(objects),
  (objects) => objects,
);

/**
 * Objects as a revision keeps them: JSON, compressed, in Base64. They are a multiple of everything else that goes over the wire for
 * an object, and are not read until a rollback.
 */
export function pack(objects: readonly KubernetesObject[]): string {
  return gzipSync(jsonOf(objects)).toString('base64');
}

/** The most that a revision may unfold to. What someone else has written could be a thousand times what it says. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Reads what `pack` has written. */
export function unpack(packed: string): readonly KubernetesObject[] {
  const json = gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: MOST_BYTES }).toString();
  return JSON.parse(json) as readonly KubernetesObject[];
}
