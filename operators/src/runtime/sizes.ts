import { Problems, Revision } from './contract';
import { jsonOf, pack } from './revisions';

/**
 * The most bytes of one object. A ConfigMap takes 1 MiB of data, and etcd 1.5 MiB of an object with what the API server adds: the
 * fields that each manager owns, which repeat every name.
 */
const MOST_BYTES = 1_000_000;

/**
 * Refuses objects that the API server could not store, by size. The revision, which keeps them all, is one of them.
 *
 * It is called at each sync, so it counts by object only when all together could be too many.
 */
export function checkSizes<Spec>({ objects, packed, spec }: Revision<Spec>, problems: Problems): void {
  // a unit of a string has at most three bytes; what is stored was small enough
  if (packed !== undefined || 3 * jsonOf(objects).length <= MOST_BYTES) return;
  const refuse = (what: string, bytes: number): void =>
    problems.add(
      'spec',
      `must mean objects of at most ${MOST_BYTES} bytes, got ${bytes} in ${what}: shorten it, or divide it`,
    );
  for (const object of objects) {
    const bytes = Buffer.byteLength(JSON.stringify(object));
    if (bytes > MOST_BYTES) refuse(`${object.kind} ${object.metadata.name}`, bytes);
  }
  const bytes = Buffer.byteLength(JSON.stringify(spec)) + pack(objects).length;
  if (bytes > MOST_BYTES) refuse('all of them together, compressed, with the spec', bytes);
}
