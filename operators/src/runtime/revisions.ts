import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { REVISIONS } from '../../../src/api/operator-definition';
import { memoized, Observed } from './observed';
import { Revision, Versioning } from './contract';
import { KubernetesObject } from './protocol';

/** Annotation of a ControllerRevision with the version that its spec names. */
export const VERSION = 'nstarx.io/version';
/** Annotation of a ControllerRevision with the kind and name of its object. */
export const REVISION_OF = 'nstarx.io/revision-of';

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
        get objects() {
          return unpack(packed);
        },
      };
    })
    .sort((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
}

/**
 * The revision of a spec that is good. It is the newest of all: its number is above that of every other one.
 *
 * @param known the revisions there are, oldest first
 */
export function revisionFor<Spec>(
  parent: KubernetesObject,
  spec: Spec,
  objects: readonly KubernetesObject[],
  known: readonly Revision<Spec>[],
  versioning?: Versioning<Spec>,
): Revision<Spec> {
  const content = `[${JSON.stringify(parent.kind)},${JSON.stringify(spec)},${jsonOf(objects)}]`;
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const name = `${parent.metadata.name.slice(0, 52).replace(/[-.]+$/, '')}-${hash}`;
  const newest = known.at(-1);
  const packed = known.find((revision) => revision.name === name)?.packed;
  const number = newest === undefined ? 1 : newest.name === name ? newest.number : newest.number + 1;
  return { name, number: versioning ? number : 1, version: versioning?.version(spec) ?? '', spec, objects, packed };
}

/** The same revision with another number. */
export function renumbered<Spec>(revision: Revision<Spec>, number: number): Revision<Spec> {
  const { name, version, spec, packed } = revision;
  return {
    name,
    number,
    version,
    spec,
    packed,
    get objects() {
      return revision.objects;
    },
  };
}

/**
 * The revisions that are kept, oldest first: the active one and, for each of so many other versions, the newest.
 *
 * @param limit old versions that are kept
 */
export function keptRevisions<Spec>(
  known: readonly Revision<Spec>[],
  active: Revision<Spec> | undefined,
  limit: number,
): Revision<Spec>[] {
  if (!active) return [...known];
  const byVersion = new Map<string, Revision<Spec>>();
  for (const revision of known) byVersion.set(revision.version, revision);
  byVersion.delete(active.version);
  const others = [...byVersion.values()].sort((a, b) => a.number - b.number);
  return [...others.slice(Math.max(0, others.length - limit)), active].sort((a, b) => a.number - b.number);
}

/** The ControllerRevision that keeps a revision. */
export function revisionObject<Spec>(
  parent: KubernetesObject,
  namespace: string,
  revision: Revision<Spec>,
): KubernetesObject {
  const { name, number, version, spec } = revision;
  return {
    apiVersion: REVISIONS.apiVersion,
    kind: REVISIONS.kind,
    metadata: {
      name,
      namespace,
      labels: { 'app.kubernetes.io/part-of': 'ml-platform', 'app.kubernetes.io/component': 'revision' },
      annotations: { [REVISION_OF]: `${parent.kind}/${parent.metadata.name}`, [VERSION]: version },
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
