import { KINDS } from '../../api/kinds';
import { objectSchema } from '../../api/schema/crd';
import { apiVersionOf, KindDefinition, Schema } from '../../api/schema/schema';
import { lookup } from '../../contracts/lookup';
import { suggestion } from '../../contracts/suggestion';

/** A field of a kind, or one of its objects as a whole. */
export interface ExplainedField {
  readonly kind: string;
  readonly apiVersion: string;
  /** Path of the field. Empty for the object. */
  readonly field: string;
  readonly type: string;
  readonly description: string;
  readonly required: boolean;
  /** What its values must be, and what it is without one. */
  readonly rules: readonly string[];
  readonly fields: readonly {
    readonly name: string;
    readonly type: string;
    readonly required: boolean;
    readonly description: string;
  }[];
}

/** The kind of a name as `kubectl explain` takes it. */
export function kindNamed(name: string): KindDefinition | undefined {
  const given = name.toLowerCase();
  return KINDS.find(({ kind, plural, shortNames }) => [kind.toLowerCase(), plural, ...shortNames].includes(given));
}

/** A field of a kind, or the nearest one to it. */
export function explainField(
  kind: KindDefinition,
  path: readonly string[],
): ExplainedField | { readonly near: string | undefined; readonly known: readonly string[] } {
  let schema = wholeSchema(kind);
  let required = true;
  const walked: string[] = [];
  for (const step of path) {
    const inner = insideOf(schema);
    const next = lookup(inner.properties, step) ?? inner.additionalProperties;
    if (next === undefined) {
      const known = Object.keys(inner.properties ?? {});
      const near = suggestion(step, known);
      return { near: near === undefined ? undefined : [...walked, near].join('.'), known };
    }
    required = inner.required?.includes(step) ?? false;
    walked.push(step);
    schema = next;
  }
  const inner = insideOf(schema);
  return {
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    field: walked.join('.'),
    type: typeOf(schema),
    description: schema.description ?? '',
    required: required && walked.length > 0,
    rules: rulesOf(schema),
    fields: Object.entries(inner.properties ?? {}).map(([name, one]) => ({
      name,
      type: typeOf(one),
      required: inner.required?.includes(name) ?? false,
      description: one.description ?? '',
    })),
  };
}

/** With what the CRD leaves out: the grammar of a text, and what happens without a value. */
function wholeSchema(kind: KindDefinition): Schema {
  const whole = objectSchema(kind);
  return { ...whole, properties: { ...whole.properties, spec: kind.spec, status: kind.status } };
}

/** The items of a list are what its fields are of. */
function insideOf(schema: Schema): Schema {
  return schema.items ? insideOf(schema.items) : schema;
}

function typeOf(schema: Schema): string {
  if (schema['x-kubernetes-int-or-string']) return 'integer or string';
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties) return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.format === 'date-time' ? 'time' : (schema.type ?? 'any');
}

function rulesOf(schema: Schema): string[] {
  const { minimum, maximum, minItems, maxItems, maxLength } = schema;
  const rules: string[] = [];
  if (schema.enum) rules.push(`one of ${schema.enum.join(', ')}`);
  if (minimum !== undefined) rules.push(`${schema.exclusiveMinimum ? 'greater than' : 'at least'} ${minimum}`);
  if (maximum !== undefined) rules.push(`at most ${maximum}`);
  if (minItems !== undefined) rules.push(`at least ${minItems} items`);
  if (maxItems !== undefined) rules.push(`at most ${maxItems} items`);
  if (maxLength !== undefined && !schema.enum) rules.push(`at most ${maxLength} characters`);
  for (const { message } of schema['x-kubernetes-validations'] ?? []) rules.push(message);
  if (schema.default !== undefined) rules.push(`by default ${JSON.stringify(schema.default)}`);
  else if (schema.$absent !== undefined) rules.push(`by default: ${schema.$absent}`);
  return rules;
}
