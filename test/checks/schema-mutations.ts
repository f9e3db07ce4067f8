import * as fs from 'fs';
import * as path from 'path';
import { parseAllDocuments } from 'yaml';
import { Json } from './graph';

/** An object that has one mistake. */
export interface Mutation {
  /** What was changed, and where. */
  readonly what: string;
  /** Where it was changed. */
  readonly where: readonly (string | number)[];
  readonly object: Json;
}

/** Objects that every API server accepts, in a namespace. */
export function goodObjects(namespace: string): Json[] {
  const text = fs.readFileSync(path.join(__dirname, '..', 'fixtures', 'kubernetes-objects.yaml'), 'utf8');
  return parseAllDocuments(text.replaceAll('NAMESPACE', namespace)).map((document) => document.toJS() as Json);
}

/** What to put in place of a value. */
const OTHERS: readonly unknown[] = [
  'text',
  '',
  '17',
  17,
  1.5,
  -1,
  true,
  null,
  [],
  ['text'],
  [null],
  {},
  { a: 17 },
  { a: null },
];

/** An object without these has no address to be sent to. */
const ADDRESS = new Set(['', 'apiVersion', 'kind', 'metadata', 'metadata.name', 'metadata.namespace']);

/** Every single mistake that can be made with an object: a key misspelled or left out, a value of another type. */
export function mutationsOf(object: Json): Mutation[] {
  const mutations: Mutation[] = [];
  const change = (
    what: string,
    where: readonly (string | number)[],
    apply: (parent: Json, key: string) => void,
  ): void => {
    const copy = structuredClone(object);
    const parent = where.slice(0, -1).reduce<unknown>((value, key) => (value as Json)[key], copy);
    apply(parent as Json, String(where[where.length - 1]));
    mutations.push({ what: `${String(object.kind)} ${where.join('.')} ${what}`, where, object: copy });
  };
  const visit = (value: unknown, where: readonly (string | number)[]): void => {
    if (!ADDRESS.has(where.join('.'))) {
      for (const other of OTHERS) {
        if (JSON.stringify(other) !== JSON.stringify(value)) {
          change(`= ${JSON.stringify(other)}`, where, (parent, key) => (parent[key] = other));
        }
      }
      if (typeof where[where.length - 1] === 'string') {
        change('left out', where, (parent, key) => delete parent[key]);
        change('misspelled', where, (parent, key) => {
          parent[`${key}s`] = parent[key];
          delete parent[key];
        });
      }
    }
    if (Array.isArray(value)) value.forEach((item, index) => visit(item, [...where, index]));
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) visit(inner, [...where, key]);
    }
  };
  visit(object, []);
  return mutations;
}
