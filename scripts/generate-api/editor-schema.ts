import { apiVersionOf, KindDefinition, Schema } from '../../src/api/schema/schema';
import { objectSchema } from '../../src/api/schema/crd';

type Json = Record<string, unknown>;

/**
 * A JSON Schema (draft 7) of a kind for editors and for `kubeconform`. It knows patterns, which the CRD has as rules,
 * but no rule between fields.
 */
export function editorSchema(kind: KindDefinition): Json {
  const { description } = objectSchema(kind);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: kind.kind,
    description,
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    additionalProperties: false,
    properties: {
      apiVersion: { const: apiVersionOf(kind) },
      kind: { const: kind.kind },
      metadata: { type: 'object', description: 'Name, namespace, labels and annotations of the object.' },
      spec: draft7(kind.spec),
      status: draft7(kind.status),
    },
  };
}

const QUANTITY = '^[0-9]+(\\.[0-9]*)?([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$';

function draft7(schema: Schema): Json {
  if (schema['x-kubernetes-int-or-string']) {
    const text = { type: 'string', maxLength: schema.maxLength, pattern: QUANTITY };
    return { description: schema.description, anyOf: [{ type: 'integer', minimum: 0 }, text] };
  }
  const result: Json = {};
  for (const [key, value] of Object.entries(schema)) {
    if (
      !key.startsWith('$') &&
      !key.startsWith('x-') &&
      !['format', 'exclusiveMinimum', 'properties', 'items'].includes(key)
    ) {
      result[key] = value;
    }
  }
  if (schema.format === 'date-time') result.format = schema.format;
  if (schema.exclusiveMinimum) {
    delete result.minimum;
    result.exclusiveMinimum = schema.minimum;
  }
  if (schema.$pattern !== undefined) {
    result.pattern = schema.$pattern;
    // Read by the YAML and JSON editors of VS Code.
    result.patternErrorMessage = schema['x-kubernetes-validations']?.[0].message;
  }
  if (schema.items) {
    result.items = draft7(schema.items);
    if (schema['x-kubernetes-list-type'] === 'set') result.uniqueItems = true;
  }
  if (schema.additionalProperties) result.additionalProperties = draft7(schema.additionalProperties);
  if (schema.properties) {
    result.properties = Object.fromEntries(Object.entries(schema.properties).map(([name, one]) => [name, draft7(one)]));
    result.additionalProperties = false;
  }
  return result;
}

/** `modeldeployment_v1.json`, as catalogues of CRD schemas name it. */
export function editorSchemaFile(kind: KindDefinition): string {
  return `${kind.kind.toLowerCase()}_${kind.version}.json`;
}
