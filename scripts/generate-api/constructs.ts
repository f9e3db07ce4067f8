import { TypeGenerator } from 'json2jsii';

import { KindDefinition, Schema } from '../../src/api/schema/schema';

type Json = Record<string, unknown>;

const HEADER = '// Generated from src/api/kinds by scripts/generate-api.ts. Do not edit.\n';
/** json2jsii writes AiModel; the kinds are spelled as in Kubernetes. */
const ACRONYMS: readonly (readonly [RegExp, string])[] = [
  [/(?<![a-z])Ai(?=Model|Zone)/g, 'AI'],
  [/(?<![a-z])Ml(?=Workflow)/g, 'ML'],
  [/(?<![a-z])Ab(?=Test)/g, 'AB'],
];

/** `ai-model` */
export function fileName(kind: KindDefinition): string {
  return kind.kind.replace(/([A-Z]+)([A-Z][a-z])|([a-z])([A-Z])/g, '$1$3-$2$4').toLowerCase();
}

/** `AI_MODEL`: the constant in src/api/kinds. */
function constantName(kind: KindDefinition): string {
  return fileName(kind).replace(/-/g, '_').toUpperCase();
}

/** The structs and enums that several kinds use. */
export function sharedFile(kinds: readonly KindDefinition[]): string {
  const shared = sharedTypes(kinds);
  const generator = new TypeGenerator({ definitions: Object.fromEntries(definitions(kinds)), toJsonInternal: true });
  for (const name of shared) generator.emitType(name);
  return HEADER + tidy(generator.render());
}

/** The construct of a kind with the types of its own. */
export function constructFile(kind: KindDefinition, kinds: readonly KindDefinition[]): string {
  const shared = sharedTypes(kinds);
  const all = definitions([kind]);
  const generator = new TypeGenerator({ definitions: Object.fromEntries(all), toJsonInternal: true });
  for (const name of shared) {
    generator.emitCustomType(name, () => ({
      type: name,
      toJson: (value: string) => (isEnum(all.get(name)) ? value : `toJson_${name}(${value})`),
    }));
  }
  const specName = normal(kind.spec.$name ?? '');
  generator.emitType(specName);
  const types = tidy(generator.render());
  const status = tidy(statusTypes(kind, shared));
  const used = shared.flatMap((name) => (isEnum(all.get(name)) ? [name] : [name, `toJson_${name}`])).map(restore);
  const imported = used.filter((name) => new RegExp(`\\b${name}\\b`).test(types + status));
  const imports = imported.length > 0 ? `import { ${imported.join(', ')} } from './shared';\n` : '';
  return `${HEADER}
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ${constantName(kind)} } from '../kinds/${fileName(kind)}';
import { addResource, manifestOf } from '../platform-resource';
${imports}
${constructClass(kind)}
${types}
${status}`;
}

/** The status is only read, so there is nothing to turn it to JSON. */
function statusTypes(kind: KindDefinition, shared: readonly string[]): string {
  const generator = new TypeGenerator({ definitions: Object.fromEntries(definitions([kind])), toJson: false });
  for (const name of shared) generator.emitCustomType(name, () => ({ type: name, toJson: (value: string) => value }));
  generator.emitType(normal(`${kind.kind}Status`));
  return generator.render();
}

export function indexFile(kinds: readonly KindDefinition[]): string {
  return `${HEADER}\n${kinds.map((kind) => `export * from './${fileName(kind)}';\n`).join('')}export * from './shared';\n`;
}

function constructClass(kind: KindDefinition): string {
  const namespaced = kind.scope === 'Namespaced';
  const taken = ['name', 'namespace', 'labels', 'annotations'].filter((name) => kind.spec.properties?.[name]);
  if (taken.length > 0) throw new Error(`${kind.kind}: ${taken.join(', ')} of the spec would hide the object's own`);
  const required = (kind.spec.required ?? []).join(', ');
  return `/** What the object is called, and what is wished. */
export interface ${kind.kind}Props extends ${kind.spec.$name} {
  /** Name of the object. */
  readonly name: string;
${
  namespaced
    ? `  /**
   * Namespace of the object.
   *
   * @default - that of the chart
   */
  readonly namespace?: string;
`
    : ''
}  /**
   * Labels of the object.
   *
   * @default - those of the chart
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * Annotations of the object.
   *
   * @default - none
   */
  readonly annotations?: { readonly [key: string]: string };
}

/**
 * ${kind.description}
 *
 * The object is ${kind.group}/${kind.version} ${kind.kind}${namespaced ? '' : ', which has no namespace'}. It takes at least ${required}.
 */
export class ${kind.kind} extends Construct {
  /** The object. */
  public readonly resource: ApiObject;
  /** Name of the object. */
  public readonly name: string;

  /** @throws InvalidInputError when the API server would refuse the object; it names every field that is wrong */
  public constructor(scope: Construct, id: string, props: ${kind.kind}Props) {
    super(scope, id);
    const manifest = manifestOf(${constantName(kind)}, props, toJson_${kind.spec.$name}(props));
    this.resource = addResource(this, 'Resource', ${constantName(kind)}, manifest);
    this.name = props.name;
  }
}
`;
}

/** Names of the types that more than one kind has, in the order of their first use. */
function sharedTypes(kinds: readonly KindDefinition[]): string[] {
  const uses = new Map<string, number>();
  for (const kind of kinds) {
    for (const name of definitions([kind]).keys()) uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  const shared = new Set([...uses].filter(([, count]) => count > 1).map(([name]) => name));
  for (const name of ALWAYS_SHARED) if (uses.has(name)) shared.add(name);
  return [...shared];
}

/** Types that belong to no kind, even while one kind alone uses them. */
const ALWAYS_SHARED = ['SecretRef', 'ComputeResources', 'Autoscaling', 'ScalingMetric', 'ScalingMetricType'];

/** Every named type below the specs, as a JSON schema. */
function definitions(kinds: readonly KindDefinition[]): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const kind of kinds) {
    collect(kind.spec, found);
    collect(withNames(kind.status, `${kind.kind}Status`), found);
  }
  return found;
}

/** Structs and enums of a status are named by their place. */
function withNames(schema: Schema, name: string): Schema {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(schema.$name === '' ? { $name: name } : {}),
    ...(items ? { items: withNames(items, name) } : {}),
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, property]) => [
              key,
              withNames(property, `${name}${key.charAt(0).toUpperCase()}${key.slice(1)}`),
            ]),
          ),
        }
      : {}),
  };
}

function collect(schema: Schema, found: Map<string, Json>): void {
  for (const child of [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties]) {
    if (child) collect(child, found);
  }
  if (!schema.$name) return;
  const name = normal(schema.$name);
  const definition = jsonSchema(schema);
  const before = found.get(name);
  if (before && JSON.stringify(withoutText(before)) !== JSON.stringify(withoutText(definition))) {
    throw new Error(`two types are named ${schema.$name}`);
  }
  if (!before) found.set(name, definition);
}

/** The schema of a named type for json2jsii; the named types in it are references. */
function jsonSchema(schema: Schema): Json {
  if (schema.enum) return { type: 'string', enum: schema.enum, description: schema.description };
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const required = schema.required?.includes(name) ?? false;
    return [name, { ...reference(property), description: documented(property, required) }] as const;
  });
  return {
    type: 'object',
    description: schema.$about ?? schema.description,
    required: schema.required,
    properties: Object.fromEntries(properties),
  };
}

function reference(schema: Schema): Json {
  if (schema.$name) return { $ref: `#/definitions/${normal(schema.$name)}` };
  if (schema['x-kubernetes-int-or-string'] || schema.format === 'date-time') return { type: 'string' };
  if (schema.items) return { type: 'array', items: reference(schema.items) };
  if (schema.additionalProperties) {
    return { type: 'object', additionalProperties: reference(schema.additionalProperties) };
  }
  if (schema['x-kubernetes-preserve-unknown-fields']) return {};
  return { type: schema.type };
}

function documented(schema: Schema, required: boolean): string {
  const text = [
    schema.description ?? '',
    schema['x-kubernetes-int-or-string'] ? 'A Kubernetes quantity, such as `500m` or `2Gi`.' : '',
  ];
  const lines = [text.filter(Boolean).join(' '), ...bounds(schema)];
  return required ? lines.join('\n') : [...lines, '', `@default ${defaultOf(schema)}`].join('\n');
}

function bounds(schema: Schema): string[] {
  const { minimum, maximum } = schema;
  if (minimum === undefined && maximum === undefined) return [];
  if (minimum === undefined) return [`At most ${maximum}.`];
  const least = schema.exclusiveMinimum ? `More than ${minimum}` : `At least ${minimum}`;
  return [maximum === undefined ? `${least}.` : `${least}, at most ${maximum}.`];
}

export function defaultOf(schema: Schema): string {
  if (schema.default === undefined) return `- ${schema.$absent ?? 'none'}`;
  const value = schema.default;
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
    return '- the defaults of its fields';
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

function withoutText(schema: Json): Json {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => (key === 'description' ? undefined : value)),
  ) as Json;
}

function isEnum(schema: Json | undefined): boolean {
  return schema?.enum !== undefined;
}

function normal(name: string): string {
  return TypeGenerator.normalizeTypeName(name);
}

function restore(name: string): string {
  return ACRONYMS.reduce((result, [from, to]) => result.replace(from, to), name);
}

/** Without the tags that only json2jsii knows, and with the spelling of the kinds. */
function tidy(code: string): string {
  return restore(code)
    .replace(/^ *\* @schema .*\n/gm, '')
    .replace(/_(HYPHEN|UNDERSCORE|PERIOD)_(?=[A-Z_0-9]+ = )/g, '_')
    .replace(/\n *\* *\n( *\*\/)/g, '\n$1')
    .replace(/\{ \[key: string\]: /g, '{ readonly [key: string]: ');
}
