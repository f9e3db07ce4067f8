import { Rule, Schema } from './schema';

/** What every field can have. */
export interface FieldOptions {
  /** What happens when the field is absent and has no default. */
  readonly absent?: string;
  readonly rules?: readonly Rule[];
}

export interface TextOptions extends FieldOptions {
  readonly default?: string;
  readonly minLength?: number;
  /** @default 253 */
  readonly maxLength?: number;
  /** Regular expression (RE2, without look-around) and what to write instead of a text that does not match. */
  readonly pattern?: readonly [expression: string, message: string];
}

export interface NumberOptions extends FieldOptions {
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
  /** The minimum itself is refused. */
  readonly above?: boolean;
}

export interface ObjectOptions extends FieldOptions {
  readonly required?: readonly string[];
  /** Default of the whole object; `{}` lets the defaults of its fields apply. */
  readonly default?: unknown;
  readonly minProperties?: number;
  /** What the struct is, where the description is about the field. */
  readonly about?: string;
}

export interface ListOptions extends FieldOptions {
  readonly maxItems: number;
  readonly minItems?: number;
  /** Fields that identify an item: two managers can own different items. */
  readonly keys?: readonly string[];
  /** No two items are equal. */
  readonly set?: boolean;
  readonly default?: readonly unknown[];
}

export interface MapOptions extends FieldOptions {
  readonly maxProperties: number;
  readonly minProperties?: number;
}

export function rule(
  expression: string,
  message: string,
  more: Pick<Rule, 'messageExpression' | 'fieldPath'> = {},
): Rule {
  return { rule: expression, message, ...more };
}

/** Rules for a `config` beside a `type`: each of these fields is for some types only. */
export function fieldsByType(fields: Readonly<Record<string, readonly string[]>>): Rule[] {
  return Object.entries(fields).map(([field, types]) =>
    rule(
      `!has(self.config.${field}) || self.type in [${types.map(celString).join(', ')}]`,
      `must not be there: it is for type ${types.join(', ')}`,
      { fieldPath: `.config.${field}` },
    ),
  );
}

export function text(description: string, options: TextOptions = {}): Schema {
  const [pattern, message] = options.pattern ?? [];
  const rules = [...(options.rules ?? [])];
  if (pattern !== undefined && message !== undefined) {
    rules.unshift(rule(`self.matches(${celString(pattern)})`, message));
  }
  return compact({
    type: 'string',
    description,
    default: options.default,
    minLength: options.minLength,
    maxLength: options.maxLength ?? 253,
    $pattern: pattern,
    ...common({ ...options, rules }),
  });
}

/** A text of a few: an enum in TypeScript. */
export function choice(
  name: string,
  description: string,
  values: readonly string[],
  options: { readonly default?: string } & FieldOptions = {},
): Schema {
  return compact({
    type: 'string',
    description,
    enum: values,
    default: options.default,
    $name: name,
    ...common(options),
  });
}

export function integer(description: string, options: NumberOptions = {}): Schema {
  return compact({ type: 'integer', format: 'int64', description, ...bounds(options), ...common(options) });
}

export function number(description: string, options: NumberOptions = {}): Schema {
  return compact({ type: 'number', description, ...bounds(options), ...common(options) });
}

export function flag(description: string, options: { readonly default?: boolean } & FieldOptions = {}): Schema {
  return compact({ type: 'boolean', description, default: options.default, ...common(options) });
}

export function time(description: string): Schema {
  return { type: 'string', format: 'date-time', description };
}

/** An amount, such as `500m`, `2Gi` or 2. */
export function quantity(description: string, options: FieldOptions = {}): Schema {
  const rules = [
    rule(
      // isQuantity takes a bare suffix for 0, and negative amounts.
      "isQuantity(string(self)) && string(self).matches('^[0-9]')",
      'must be a Kubernetes quantity: write a number with a suffix, such as "500m" or "2Gi"',
    ),
    ...(options.rules ?? []),
  ];
  return compact({
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    maxLength: 32,
    description,
    ...common({ ...options, rules }),
  });
}

/** A struct; its name is the one in TypeScript. */
export function struct(
  name: string,
  description: string,
  properties: Readonly<Record<string, Schema>>,
  options: ObjectOptions = {},
): Schema {
  return compact({
    type: 'object',
    description,
    default: options.default,
    required: options.required,
    minProperties: options.minProperties,
    properties,
    $name: name,
    $about: options.about,
    ...common(options),
  });
}

export function list(description: string, items: Schema, options: ListOptions): Schema {
  return compact({
    type: 'array',
    description,
    default: options.default,
    minItems: options.minItems,
    maxItems: options.maxItems,
    items,
    'x-kubernetes-list-type': options.keys ? 'map' : options.set ? 'set' : 'atomic',
    'x-kubernetes-list-map-keys': options.keys,
    ...common(options),
  });
}

/** Greatest length of a key, as of the names of objects; labels with a domain have one more part. */
const KEY_LENGTH = 317;

/**
 * The schema of a map cannot bound its keys. A map with a key `constructor` is no plain object for cdk8s, and `__proto__` is none for
 * any program in JavaScript.
 */
const KEYS = rule(
  `self.all(key, size(key) <= ${KEY_LENGTH} && !(key in ['constructor', '__proto__']))`,
  `must have keys of at most ${KEY_LENGTH} characters, and none called constructor or __proto__`,
);

export function map(description: string, values: Schema, options: MapOptions): Schema {
  return compact({
    type: 'object',
    description,
    minProperties: options.minProperties,
    maxProperties: options.maxProperties,
    additionalProperties: values,
    ...common({ ...options, rules: [KEYS, ...(options.rules ?? [])] }),
  });
}

/** Data whose fields only the user knows. It is kept as it is; only its size and depth are checked, see `FREE_FORM`. */
export function freeForm(description: string, options: FieldOptions = {}): Schema {
  return compact({ type: 'object', description, 'x-kubernetes-preserve-unknown-fields': true, ...common(options) });
}

/** The same field with another description or other options. */
export function as(schema: Schema, changes: Partial<Schema>): Schema {
  return compact({ ...schema, ...changes });
}

/** A literal of the expression language. */
export function celString(value: string): string {
  return `'${value.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
}

function common(options: FieldOptions): Partial<Schema> {
  return {
    $absent: options.absent,
    'x-kubernetes-validations': options.rules && options.rules.length > 0 ? options.rules : undefined,
  };
}

function bounds(options: NumberOptions): Partial<Schema> {
  return {
    default: options.default,
    minimum: options.min,
    maximum: options.max,
    exclusiveMinimum: options.above || undefined,
  };
}

function compact(schema: Schema): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}
