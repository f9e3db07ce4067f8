import { isTransition, violation } from './cel';
import { lookup } from '../../contracts/lookup';
import { suggestion } from '../../contracts/suggestion';
import { unboundedValues } from './free-form';
import { Schema } from './schema';

/** Why the API server would refuse: a field that is not known, one that is missing, a value, or a rule of the schema. */
export type FindingReason = 'unknown' | 'missing' | 'value' | 'rule';

/** Something that the API server would refuse. */
export interface Finding {
  /** Path of the field: `spec.stages[2].name`. */
  readonly field: string;
  /** What is wrong and what to do; begins with what must hold or with the API server's words. */
  readonly message: string;
  readonly reason: FindingReason;
}

/**
 * What the API server says about an object of a kind that is created: unknown fields, schema and rules. The object
 * gets the defaults of its schema first. As in the API server, rules are only evaluated where the schema holds. Free-form data beyond
 * its bounds, which the API server takes and the operators refuse, is a finding too.
 *
 * @returns the findings, and the object with its defaults
 */
export function validate(schema: Schema, value: unknown): { readonly findings: Finding[]; readonly value: unknown } {
  const unbounded = unboundedValues(schema, value);
  if (unbounded.length > 0) {
    return {
      findings: unbounded.map(({ field, rule, given }) => ({
        field,
        message: `${rule}, got ${given}`,
        reason: 'value' as const,
      })),
      value,
    };
  }
  const complete = withDefaults(schema, value);
  const findings: Finding[] = [];
  checkSchema(schema, complete, '', findings);
  if (findings.length === 0) {
    checkRules(schema, complete, '', findings);
  }
  return { findings, value: complete };
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy in which every absent field that has a default is filled in. */
export function withDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? Array.from(value, (item) => withDefaults(items, item)) : structuredClone(value);
  }
  if (!isFields(value)) {
    return value;
  }
  // entries, since an assignment to __proto__ makes no field
  const result = new Map<string, unknown>();
  for (const [key, field] of Object.entries(value)) {
    const property = lookup(schema.properties, key) ?? schema.additionalProperties;
    // The API server drops a null where there is a default, and gives the default.
    if (field === undefined || (field === null && property?.default !== undefined)) continue;
    result.set(key, property ? withDefaults(property, field) : structuredClone(field));
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (!result.has(key) && property.default !== undefined) {
      result.set(key, withDefaults(property, structuredClone(property.default)));
    }
  }
  return Object.fromEntries(result);
}

function checkSchema(schema: Schema, value: unknown, field: string, findings: Finding[]): void {
  const add: Add = (message, at = field) => findings.push({ field: at, message, reason: 'value' });
  const type = typeOf(value);
  if (!hasType(schema, type)) {
    const wanted = schema['x-kubernetes-int-or-string'] ? 'integer or string' : schema.type;
    add(`must be of type ${wanted}, not ${type}`);
    return;
  }
  if (schema.enum && !schema.enum.includes(value as string)) {
    add(`must be one of ${schema.enum.map((one) => `"${one}"`).join(', ')}, got ${JSON.stringify(value)}`);
  }
  if (typeof value === 'string') checkText(schema, value, add);
  if (typeof value === 'number') checkNumber(schema, value, add);
  if (Array.isArray(value)) checkList(schema, value, field, findings);
  if (isFields(value)) checkFields(schema, value, field, findings);
}

type Add = (message: string, at?: string, reason?: FindingReason) => void;

function checkText(schema: Schema, value: string, add: Add): void {
  const length = [...value].length;
  if (schema.minLength !== undefined && length < schema.minLength) {
    add(`must have at least ${schema.minLength} characters, got ${length}`);
  }
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    add(`must have at most ${schema.maxLength} characters, got ${length}`);
  }
  if (schema.format === 'date-time' && !isDateTime(value)) {
    add(`must be a time such as "2024-01-15T10:00:00Z", got ${JSON.stringify(value)}`);
  }
}

function checkNumber(schema: Schema, value: number, add: Add): void {
  const { minimum, maximum } = schema;
  if (!Number.isFinite(value)) add(`must be a finite number, got ${value}`);
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    add(`must be ${schema.exclusiveMinimum ? 'greater than' : 'at least'} ${minimum}, got ${value}`);
  }
  if (maximum !== undefined && value > maximum) {
    add(`must be at most ${maximum}, got ${value}`);
  }
}

function checkList(schema: Schema, value: readonly unknown[], field: string, findings: Finding[]): void {
  const add: Add = (message, at = field, reason = 'value') => findings.push({ field: at, message, reason });
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    add(`must have at least ${schema.minItems} items, got ${value.length}`);
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    return add(`must have at most ${schema.maxItems} items, got ${value.length}`);
  }
  value.forEach((item, index) => schema.items && checkSchema(schema.items, item, `${field}[${index}]`, findings));
  const identity = identityOf(schema);
  if (!identity) return;
  const seen = new Set<string>();
  value.forEach((item, index) => {
    const key = JSON.stringify(identity(item));
    if (seen.has(key)) add(`must be unique in the list, but ${key} is there twice`, `${field}[${index}]`);
    seen.add(key);
  });
}

/** What no two items of a list may share. */
function identityOf(schema: Schema): ((item: unknown) => unknown) | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (keys) {
    return (item) => (isFields(item) ? Object.fromEntries(keys.map((key) => [key, item[key]])) : item);
  }
  return schema['x-kubernetes-list-type'] === 'set' ? (item) => item : undefined;
}

function checkFields(schema: Schema, value: Fields, field: string, findings: Finding[]): void {
  const add: Add = (message, at = field, reason = 'value') => findings.push({ field: at, message, reason });
  const path = (key: string): string => (field === '' ? key : `${field}.${key}`);
  const size = Object.keys(value).length;
  if (schema.minProperties !== undefined && size < schema.minProperties) {
    add(`must have at least ${schema.minProperties} entries, got ${size}`);
  }
  if (schema.maxProperties !== undefined && size > schema.maxProperties) {
    return add(`must have at most ${schema.maxProperties} entries, got ${size}`);
  }
  for (const key of schema.required ?? []) {
    if (value[key] === undefined) add('is required', path(key), 'missing');
  }
  for (const [key, property] of Object.entries(value)) {
    const known = lookup(schema.properties, key) ?? schema.additionalProperties;
    if (known) {
      checkSchema(known, property, path(key), findings);
    } else if (schema.properties && !schema['x-kubernetes-preserve-unknown-fields']) {
      add(`is no field of this kind; ${knownFields(key, Object.keys(schema.properties))}`, path(key), 'unknown');
    }
  }
}

function knownFields(written: string, known: readonly string[]): string {
  const near = suggestion(written, known);
  return `known are ${known.join(', ')}${near === undefined ? '' : `; write ${near}`}`;
}

function checkRules(schema: Schema, value: unknown, field: string, findings: Finding[]): void {
  for (const rule of schema['x-kubernetes-validations'] ?? []) {
    const message = isTransition(rule) ? undefined : violation(rule, schema, value);
    if (message !== undefined) {
      findings.push({ field: `${field}${rule.fieldPath ?? ''}`, message, reason: 'rule' });
    }
  }
  if (Array.isArray(value)) {
    value.forEach((item, index) => schema.items && checkRules(schema.items, item, `${field}[${index}]`, findings));
  } else if (isFields(value)) {
    for (const [key, property] of Object.entries(value)) {
      const known = lookup(schema.properties, key) ?? schema.additionalProperties;
      const path = schema.additionalProperties ? `${field}[${key}]` : field === '' ? key : `${field}.${key}`;
      if (known) checkRules(known, property, path, findings);
    }
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function hasType(schema: Schema, type: string): boolean {
  if (schema['x-kubernetes-int-or-string']) return type === 'integer' || type === 'string';
  return schema.type === undefined || type === schema.type || (schema.type === 'number' && type === 'integer');
}

/** Whether a text is a time as the API server takes it. */
export function isDateTime(value: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.test(value) && !isNaN(Date.parse(value))
  );
}
