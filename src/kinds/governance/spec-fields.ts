import { KindDefinition, Schema } from '../../api/schema/schema';

/** A field as an expression (CEL), and what must hold for it to be there. */
export interface SpecField {
  readonly path: string;
  readonly conditions: readonly string[];
}

/** The text field of a name in a kind's spec, outside lists; undefined where the kind has none. */
export function fieldOf(kind: KindDefinition, object: string, name: string): SpecField | undefined {
  return fields(kind.spec, `${object}.spec`, name)[0];
}

/**
 * An expression for the list of all values that the text fields of a name have in a kind's spec, also in its lists;
 * undefined where the kind has no such field.
 */
export function valuesOf(kind: KindDefinition, object: string, name: string): string | undefined {
  const lists = valueLists(kind.spec, `${object}.spec`, name, []);
  return lists.length === 0 ? undefined : lists.join(' + ');
}

function fields(schema: Schema, at: string, name: string, given: readonly string[] = []): SpecField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = `${at}.${key}`;
    const conditions = alsoThere(schema, key, path, given);
    if (key === name && child.type === 'string') return [{ path, conditions }];
    return fields(child, path, name, conditions);
  });
}

function valueLists(schema: Schema, at: string, name: string, given: readonly string[]): string[] {
  const own = Object.entries(schema.properties ?? {}).filter(([key, child]) => key === name && child.type === 'string');
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = `${at}.${key}`;
    const conditions = alsoThere(schema, key, path, given);
    if (child.items) {
      return fields(child.items, 'one', name).map(({ path: value, conditions: there }) =>
        guarded(conditions, `${path}.map(one, ${there.join(' && ') || 'true'}, ${value})`),
      );
    }
    return valueLists(child, path, name, conditions);
  });
  return [...own.map(([key]) => guarded(alsoThere(schema, key, `${at}.${key}`, given), `[${at}.${key}]`)), ...below];
}

/** The conditions for a field to be there, given those for the struct that it is in. */
function alsoThere(schema: Schema, key: string, path: string, given: readonly string[]): readonly string[] {
  const always = (schema.required ?? []).includes(key) || schema.properties?.[key].default !== undefined;
  return always ? given : [...given, `has(${path})`];
}

function guarded(conditions: readonly string[], list: string): string {
  return conditions.length === 0 ? list : `(${conditions.join(' && ')} ? ${list} : [])`;
}
