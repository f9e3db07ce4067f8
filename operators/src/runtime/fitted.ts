import { isTransition, violation } from '../../../src/api/schema/cel';
import { Schema } from '../../../src/api/schema/schema';
import { isDateTime } from '../../../src/api/schema/validate';
import { lookup } from '../../../src/contracts/lookup';

/**
 * What is left of a value when everything is taken away that its schema does not allow: texts are cut to their greatest length, lists
 * and maps to their most entries, and what cannot be cut is left out. A value that fits is returned as it is.
 *
 * The API server refuses a status as a whole for one text that is too long, and the object then has none. It drops a field that the
 * schema does not name, so that Metacontroller would write the status again and again.
 *
 * @returns undefined when nothing fits
 */
export function fitted(schema: Schema, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  const whole = fittedToType(schema, value);
  return whole === undefined || keepsRules(schema, whole) ? whole : undefined;
}

/** Whether a value keeps the rules of its schema; that of a pattern is looked at where texts are. */
function keepsRules(schema: Schema, value: unknown): boolean {
  const rules = schema['x-kubernetes-validations']?.slice(schema.$pattern === undefined ? 0 : 1) ?? [];
  return rules.every((rule) => isTransition(rule) || violation(rule, schema, value) === undefined);
}

function fittedToType(schema: Schema, value: unknown): unknown {
  if (schema['x-kubernetes-int-or-string']) {
    return Number.isInteger(value) || (typeof value === 'string' && isShort(schema, value)) ? value : undefined;
  }
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' ? fittedText(schema, value) : undefined;
    case 'integer':
    case 'number':
      return typeof value === 'number' && isAllowed(schema, value) ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'array':
      return Array.isArray(value) ? fittedList(schema, value) : undefined;
    case 'object':
      return isFields(value) ? fittedFields(schema, value) : undefined;
  }
  return value;
}

/**
 * A text with at most so many characters, as the API server counts them. One that is longer ends in an ellipsis; no character is cut
 * in two.
 */
export function shortened(text: string, length: number): string {
  // a character has one or two units
  if (text.length <= length) return text;
  const characters = [...text.slice(0, 2 * length + 2)];
  return characters.length <= length ? text : `${characters.slice(0, Math.max(0, length - 1)).join('')}…`;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fittedText(schema: Schema, value: string): string | undefined {
  const { enum: values, format, maxLength, minLength = 0, $pattern: pattern } = schema;
  if (values) return values.includes(value) ? value : undefined;
  if (format === 'date-time') return isDateTime(value) ? value : undefined;
  if (pattern !== undefined) {
    return isShort(schema, value) && new RegExp(pattern).test(value) ? value : undefined;
  }
  if (value.length < minLength) return undefined;
  return maxLength === undefined ? value : shortened(value, maxLength);
}

function isShort({ maxLength }: Schema, value: string): boolean {
  return maxLength === undefined || shortened(value, maxLength) === value;
}

function isAllowed(
  { type, minimum = -Infinity, maximum = Infinity, exclusiveMinimum }: Schema,
  value: number,
): boolean {
  if (type === 'integer' ? !Number.isSafeInteger(value) : !Number.isFinite(value)) return false;
  return (exclusiveMinimum ? value > minimum : value >= minimum) && value <= maximum;
}

function fittedList(schema: Schema, value: readonly unknown[]): readonly unknown[] | undefined {
  const { items, minItems = 0, maxItems = Infinity } = schema;
  if (!items) return value;
  const identity = identityOf(schema);
  const seen = new Set<string>();
  const result: unknown[] = [];
  for (const item of value) {
    if (result.length === maxItems) break;
    const whole = fitted(items, item);
    if (whole === undefined) continue;
    if (identity) {
      const key = identity(whole);
      if (seen.has(key)) continue;
      seen.add(key);
    }
    result.push(whole);
  }
  if (result.length < minItems) return undefined;
  return result.length === value.length && result.every((item, index) => item === value[index]) ? value : result;
}

/** What no two items of a list may share. */
function identityOf(schema: Schema): ((item: unknown) => string) | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (keys) return (item) => JSON.stringify(keys.map((key) => lookup(item as Fields, key)));
  return schema['x-kubernetes-list-type'] === 'set' ? (item) => JSON.stringify(item) : undefined;
}

function fittedFields(schema: Schema, value: Fields): Fields | undefined {
  const { properties, additionalProperties, required = [], maxProperties = Infinity } = schema;
  const keepsOthers = schema['x-kubernetes-preserve-unknown-fields'] ?? (!properties && !additionalProperties);
  const entries: [string, unknown][] = [];
  let isSame = true;
  for (const [key, field] of Object.entries(value)) {
    const known = lookup(properties, key) ?? additionalProperties;
    const whole = known ? fitted(known, field) : keepsOthers ? field : undefined;
    if (whole === undefined || entries.length === maxProperties) {
      // a field that is undefined is none in JSON
      if (field !== undefined) isSame = false;
      continue;
    }
    if (whole !== field) isSame = false;
    entries.push([key, whole]);
  }
  if (isSame) return required.every((key) => Object.hasOwn(value, key)) ? value : undefined;
  const result = Object.fromEntries(entries);
  return required.every((key) => Object.hasOwn(result, key)) ? result : undefined;
}
