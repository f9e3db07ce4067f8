import { apiVersionOf, KindDefinition, Schema } from '../../src/api/schema/schema';
import { objectSchema } from '../../src/api/schema/crd';
import { DNS_LABEL_PATTERN, DNS_SUBDOMAIN_PATTERN } from '../../src/contracts/names';

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
    // the command line names what has no name
    required: ['apiVersion', 'kind', ...(kind.derivedName ? [] : ['metadata']), 'spec'],
    additionalProperties: false,
    properties: {
      apiVersion: { const: apiVersionOf(kind) },
      kind: { const: kind.kind },
      metadata: metadata(kind),
      spec: draft7(kind.spec),
      status: draft7(kind.status),
    },
  };
}

/** What a user writes there; the API server writes more. */
function metadata({ derivedName }: KindDefinition): Json {
  const texts = (description: string): Json => ({
    type: 'object',
    description,
    additionalProperties: { type: 'string' },
  });
  return {
    type: 'object',
    description: 'Name, namespace, labels and annotations of the object.',
    ...(derivedName ? {} : { required: ['name'] }),
    properties: {
      name: {
        type: 'string',
        description: derivedName
          ? 'Name of the object. Without one, `ml-platform render` makes it of model and version.'
          : 'Name of the object.',
        maxLength: 253,
        pattern: DNS_SUBDOMAIN_PATTERN,
      },
      namespace: { type: 'string', description: 'Namespace of the object.', maxLength: 63, pattern: DNS_LABEL_PATTERN },
      labels: texts('Labels of the object.'),
      annotations: texts('Annotations of the object.'),
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

/** File of the schema of all kinds. */
export const ALL_KINDS_FILE = 'all.json';

/**
 * A JSON Schema for files with objects of any kind: those of the platform are checked by the schema of their kind, which stands in a file
 * beside it, and what is of another group by none.
 */
export function allKindsSchema(kinds: readonly KindDefinition[]): Json {
  const groups = [...new Set(kinds.map(({ group }) => group))];
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Kinds of the ML platform',
    description: 'An object of one of the kinds of the platform, or of another kind.',
    type: 'object',
    allOf: [
      ...groups.map((group) => {
        const ours = kinds.filter((kind) => kind.group === group);
        return {
          if: {
            required: ['apiVersion'],
            properties: { apiVersion: { pattern: `^${group.replaceAll('.', '\\.')}/` } },
          },
          then: {
            required: ['kind'],
            properties: {
              apiVersion: { enum: [...new Set(ours.map(apiVersionOf))] },
              kind: { enum: ours.map(({ kind }) => kind) },
            },
          },
        };
      }),
      ...kinds.map((kind) => ({
        if: {
          required: ['apiVersion', 'kind'],
          properties: { apiVersion: { const: apiVersionOf(kind) }, kind: { const: kind.kind } },
        },
        then: { $ref: editorSchemaFile(kind) },
      })),
    ],
  };
}

/** `modeldeployment_v1.json`, as catalogues of CRD schemas name it. */
export function editorSchemaFile(kind: KindDefinition): string {
  return `${kind.kind.toLowerCase()}_${kind.version}.json`;
}
