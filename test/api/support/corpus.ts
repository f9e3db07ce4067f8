import * as fs from 'node:fs';
import * as path from 'node:path';

import { parse } from 'yaml';

import { KINDS } from '../../../src/api/kinds';
import { apiVersionOf, KindDefinition } from '../../../src/api/schema/schema';
import { Manifest, sampleOf } from './samples';

/** One object that must be refused: the base object with a change. */
export interface BadObject {
  readonly case: string;
  /** Values by path, such as `spec.stages[0].name`. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  /** Field that both sides name. */
  readonly field: string;
  /** Part of what the construct says, and of what the API server says unless `server` is there. */
  readonly message: string;
  /** Part of what the API server says where its own checks word it. */
  readonly server?: string;
}

const FOLDER = path.resolve(__dirname, '../../fixtures/invalid');

/** The bad objects of a kind. */
export function badObjects(kind: KindDefinition): BadObject[] {
  return parse(fs.readFileSync(path.join(FOLDER, `${kind.kind.toLowerCase()}.yaml`), 'utf8')) as BadObject[];
}

/** A valid object: the documents' sample, or the example of the reference page. */
export function validObject(kind: KindDefinition): Manifest {
  const sample = sampleOf(kind);
  const { spec } = sample ?? { spec: parse(kind.example) as Manifest['spec'] };
  return structuredClone({
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: 'base' },
    spec,
  });
}

export function apply(bad: BadObject, to: Manifest): Manifest {
  const object = structuredClone(to);
  for (const [at, value] of Object.entries(bad.set ?? {})) change(object, at, value);
  for (const at of bad.remove ?? []) change(object, at, undefined);
  return object;
}

export const EVERY_BAD_OBJECT = KINDS.flatMap((kind) => badObjects(kind).map((bad) => ({ kind, bad })));

function change(object: unknown, at: string, value: unknown): void {
  const keys = [...at.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, key]) => quoted ?? index ?? key,
  );
  let target = object as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) {
    target[key] ??= {};
    target = target[key] as Record<string, unknown>;
  }
  const last = keys[keys.length - 1];
  if (value === undefined) delete target[last];
  else target[last] = typeof value === 'string' ? expand(value) : value;
}

/** `REPEAT(a,70)` stands for 70 times `a`. */
function expand(text: string): string {
  return text.replace(/REPEAT\((.+?),(\d+)\)/g, (_, part: string, times: string) => part.repeat(Number(times)));
}
