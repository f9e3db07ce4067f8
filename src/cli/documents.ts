import { lookup } from '../contracts/lookup';
import { readManifests, ReadManifest } from '../kinds/model-deployment/manifest-reader';
import { Diagnostic, Place } from './diagnostic';
import { InputText } from './inputs';

/** Steps from the root of a document to a field. */
export type FieldPath = readonly (string | number)[];

/** A document of a file, or an object of a List in one. */
export interface ManifestDocument extends Place {
  /** What it says, with merge keys resolved. @default - it cannot be read */
  readonly value: unknown;
  /** Why not every program reads the same from it. */
  readonly problems: readonly Diagnostic[];
  /** The place of a field, or of the nearest one around it that is there. */
  readonly placeOf: (path: FieldPath) => Place;
}

/** The documents of a file, with the objects of Lists in place of these. */
export function documentsOf({ file, text }: InputText): ManifestDocument[] {
  return readManifests(text, file).flatMap((read) => objectsOf(documentOf(file, read), []));
}

function documentOf(file: string, read: ReadManifest): ManifestDocument {
  const placeOf = (path: FieldPath): Place => ({ file, ...read.positionOf(throughMerges(read.value, path)) });
  const problems = read.problems.map(({ message, line, column }) => ({
    file,
    line,
    column,
    rule: 'yaml',
    field: '',
    message,
  }));
  return { ...placeOf([]), value: merged(read.value), problems, placeOf };
}

/** kubectl applies what is in a List, so it is asked too. */
function objectsOf(document: ManifestDocument, at: FieldPath): ManifestDocument[] {
  const { apiVersion, kind, items } = fieldsOf(document.value);
  if (apiVersion !== 'v1' || kind !== 'List' || !Array.isArray(items)) return [document];
  return items.flatMap((value: unknown, index) => {
    const here = [...at, 'items', index];
    const placeOf = (path: FieldPath): Place => document.placeOf(['items', index, ...path]);
    // what cannot be read is said once
    const problems = index === 0 ? document.problems : [];
    return objectsOf({ ...placeOf([]), value, problems, placeOf }, here);
  });
}

/** The fields of an object; none of what is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

const MERGE_KEY = '<<';

/** What merge keys stand for, put in: fields of the mapping itself come first, then those of the first that is merged. */
function merged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(merged);
  if (typeof value !== 'object' || value === null) return value;
  const fields = new Map<string, unknown>();
  for (const [key, field] of Object.entries(value)) if (key !== MERGE_KEY) fields.set(key, merged(field));
  for (const source of sourcesOf(value)) {
    for (const [key, field] of Object.entries(fieldsOf(merged(source.value)))) {
      if (!fields.has(key)) fields.set(key, field);
    }
  }
  return Object.fromEntries(fields);
}

/** The mappings that a mapping merges, with the way to each. */
function sourcesOf(value: object): { readonly path: FieldPath; readonly value: unknown }[] {
  const source = lookup(value as Readonly<Record<string, unknown>>, MERGE_KEY);
  if (source === undefined) return [];
  return Array.isArray(source)
    ? source.map((one: unknown, index) => ({ path: [MERGE_KEY, index], value: one }))
    : [{ path: [MERGE_KEY], value: source }];
}

/** The path of a field as it stands in the file: through the mapping that is merged where the field comes from there. */
function throughMerges(value: unknown, path: FieldPath): FieldPath {
  if (path.length === 0) return [];
  const [step, ...rest] = path;
  if (typeof step === 'number') return [step, ...throughMerges(Array.isArray(value) ? value[step] : undefined, rest)];
  const fields = fieldsOf(value);
  if (Object.hasOwn(fields, step)) return [step, ...throughMerges(fields[step], rest)];
  const source = sourcesOf(fields).find((one) => lookup(fieldsOf(merged(one.value)), step) !== undefined);
  return source ? [...source.path, ...throughMerges(source.value, path)] : path;
}

/**
 * The steps of a path that is written as a text, such as `spec.stages[2].name` or `metadata.labels.example.com/team`. Keys may have dots
 * and brackets, so what is there decides.
 */
export function stepsOf(value: unknown, field: string): FieldPath {
  if (field === '') return [];
  const rest = field.replace(/^\./, '');
  const index = /^\[(\d+)\]/.exec(rest);
  if (Array.isArray(value) && index) {
    const at = Number(index[1]);
    return [at, ...stepsOf(value[at], rest.slice(index[0].length))];
  }
  const fields = fieldsOf(value);
  // the longest one first: a key may begin as another does
  const keys = Object.keys(fields).sort((one, other) => other.length - one.length);
  for (const key of keys) {
    for (const written of [key, `[${key}]`]) {
      const after = rest.slice(written.length);
      if (rest.startsWith(written) && /^($|[.[])/.test(after)) return [key, ...stepsOf(fields[key], after)];
    }
  }
  const [, name = rest, after = ''] = /^([^.[]+)(.*)$/s.exec(rest) ?? [];
  return [name, ...(after === '' ? [] : stepsOf(undefined, after))];
}
