import { Construct } from 'constructs';
import { fail } from '../../contracts/errors';
import { lookup } from '../../contracts/lookup';
import { KindDefinition, Schema } from './schema';

/**
 * Bounds of data whose fields only the user knows. A schema and its rules cannot measure it: the API server takes objects that are
 * nested 10 000 deep, on which every function that calls itself runs out of stack. Programs are handed the data in one environment
 * variable, and Linux takes 128 KiB in one.
 */
export const FREE_FORM = { levels: 16, bytes: 64 * 1024 } as const;

/** A free-form value that is beyond its bounds. */
export interface UnboundedValue {
  /** Path of the field: `stages[0].config.hyperparameters`. */
  readonly field: string;
  /** What must hold. */
  readonly rule: string;
  readonly given: number;
}

/** The free-form values that are beyond their bounds, in a value of a schema. */
export function unboundedValues(schema: Schema, value: unknown, field = ''): UnboundedValue[] {
  if (schema['x-kubernetes-preserve-unknown-fields']) return measured(value, field);
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, index) => unboundedValues(items, item, `${field}[${index}]`)) : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) =>
    unboundedValues(property, lookup(value as Readonly<Record<string, unknown>>, key), field ? `${field}.${key}` : key),
  );
}

/**
 * Refuses free-form data beyond its bounds.
 *
 * @throws InvalidInputError that names the field
 */
export function checkFreeForms(scope: Construct, kind: KindDefinition, spec: unknown): void {
  for (const { field, rule, given } of unboundedValues(kind.spec, spec)) {
    fail(scope, field, rule, given, 'put what is large into a file that the program reads');
  }
}

function measured(value: unknown, field: string): UnboundedValue[] {
  const { levels, bytes } = FREE_FORM;
  const depth = depthOf(value, levels);
  if (depth > levels) return [{ field, rule: `must be nested at most ${levels} deep`, given: depth }];
  const size = Buffer.byteLength(JSON.stringify(value ?? null));
  return size > bytes ? [{ field, rule: `must have at most ${bytes} bytes of JSON`, given: size }] : [];
}

/** Levels of objects and lists, counted up to one more than asked for, and without a call of itself. */
function depthOf(value: unknown, most: number): number {
  let level = [value];
  for (let depth = 0; depth <= most; depth++) {
    level = level.flatMap((one): unknown[] => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return depth;
  }
  return most + 1;
}
