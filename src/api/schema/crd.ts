import { Rule, KindDefinition, Schema } from './schema';

/** The CustomResourceDefinition of a kind. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: Readonly<Record<string, unknown>>;
    readonly versions: readonly CrdVersion[];
  };
}

export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: Schema };
  readonly subresources: Readonly<Record<string, unknown>>;
  readonly additionalPrinterColumns: readonly unknown[];
}

/** `aimodels.nstarx.io` */
export function crdName(kind: KindDefinition): string {
  return `${kind.plural}.${kind.group}`;
}

/** The schema of the whole object, without the fields that are ours. */
export function objectSchema(kind: KindDefinition): Schema {
  return published({
    type: 'object',
    description: kind.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'Group and version of the kind.' },
      kind: { type: 'string', description: 'The kind.' },
      metadata: { type: 'object' },
      spec: kind.spec,
      status: kind.status,
    },
    ...(kind.rules ? { 'x-kubernetes-validations': kind.rules } : {}),
  });
}

export function customResourceDefinition(kind: KindDefinition): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: crdName(kind), labels: { 'app.kubernetes.io/part-of': 'ml-platform' } },
    spec: {
      group: kind.group,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        shortNames: kind.shortNames,
        categories: ['ml'],
      },
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: objectSchema(kind) },
          subresources: { status: {}, ...(kind.scale ? { scale: kind.scale } : {}) },
          additionalPrinterColumns: [
            ...kind.columns,
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
          ],
        },
      ],
    },
  };
}

/** Without the fields that start with `$`. */
function published(schema: Schema): Schema {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (!key.startsWith('$')) result[key] = value;
  }
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, published(property)]),
    );
  }
  if (schema.items) result.items = published(schema.items);
  if (schema.additionalProperties) result.additionalProperties = published(schema.additionalProperties);
  const rules = schema['x-kubernetes-validations'];
  if (rules) result['x-kubernetes-validations'] = rules.map((rule: Rule) => ({ ...rule }));
  return result;
}
