import { TypeGenerator } from 'json2jsii';
import { parse } from 'yaml';

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
  const code = checkedEnums(tidy(generator.render()));
  return `${HEADER}${/^checkedEnum/m.test(code) ? "import { checkedEnum } from '../../contracts/checked';\n" : ''}${code}`;
}

/**
 * The construct of a kind with the types of its own.
 *
 * @param example what the documentation of the construct shows
 */
export function constructFile(kind: KindDefinition, kinds: readonly KindDefinition[], example: string): string {
  const shared = sharedTypes(kinds);
  const all = definitions([kind]);
  const types = checkedEnums(specTypes(kind, shared));
  const status = tidy(statusTypes(kind, shared));
  const used = shared.flatMap((name) => (isEnum(all.get(name)) ? [name] : [name, `toJson_${name}`])).map(restore);
  const imported = used.filter((name) => new RegExp(`\\b${name}\\b`).test(types + status));
  const imports = imported.length > 0 ? `import { ${imported.join(', ')} } from './shared';\n` : '';
  const namespaced = kind.scope === 'Namespaced';
  return `${HEADER}
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checked${/^checkedEnum/m.test(types) ? ', checkedEnum' : ''} } from '../../contracts/checked';
${namespaced ? "import { INamespace } from '../../contracts/namespace';\n" : ''}import { ${constantName(kind)} } from '../kinds/${fileName(kind)}';
import { addTypedObject } from '../platform-resource';
${imports}
${constructClass(kind, example)}
${types}
${status}`;
}

/** A typed construct with the spec of the kind's example, as TypeScript. */
export function constructExample(kind: KindDefinition, kinds: readonly KindDefinition[]): string {
  const members = enumMembers(sharedFile(kinds) + specTypes(kind, sharedTypes(kinds)));
  const namespace = kind.scope === 'Namespaced' ? ['namespace: platform.teams.ml'] : [];
  const fields = Object.entries(parse(kind.example) as Json).map(
    ([key, value]) => `${propName(key)}: ${literal(kind.spec.properties?.[key], value, members)}`,
  );
  return `new ${kind.kind}(chart, 'example', { ${[...namespace, ...fields].join(', ')} });`;
}

/** What the kind's own file says of the spec. */
function specTypes(kind: KindDefinition, shared: readonly string[]): string {
  const all = definitions([kind]);
  const generator = new TypeGenerator({ definitions: Object.fromEntries(all), toJsonInternal: true });
  for (const name of shared) {
    generator.emitCustomType(name, () => ({
      type: name,
      toJson: (value: string) => (isEnum(all.get(name)) ? value : `toJson_${name}(${value})`),
    }));
  }
  generator.emitType(normal(kind.spec.$name ?? ''));
  // only the construct needs it
  return tidy(generator.render()).replace(/^export function toJson_/gm, 'function toJson_');
}

/** Has the enums refuse members that they do not have. */
function checkedEnums(code: string): string {
  return code.replace(/^export enum (\w+) \{[^]*?^\}\n/gm, "$&checkedEnum('$1', $1);\n");
}

/** The members of the enums in a piece of TypeScript, by `Enum.value`. */
function enumMembers(code: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  for (const [, name, body] of code.matchAll(/^export enum (\w+) \{([^}]*)\}/gm)) {
    for (const [, member, value] of body.matchAll(/^\s*(\w+) = ["'](.*)["'],?$/gm)) {
      members.set(`${name}.${value}`, `${name}.${member}`);
    }
  }
  return members;
}

/** A value of a spec as its prop takes it. */
function literal(schema: Schema | undefined, value: unknown, members: ReadonlyMap<string, string>): string {
  if (schema?.enum) return members.get(`${schema.$name}.${String(value)}`) ?? JSON.stringify(value);
  if (schema?.['x-kubernetes-int-or-string']) return JSON.stringify(String(value));
  if (Array.isArray(value)) return `[${value.map((item) => literal(schema?.items, item, members)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value as Json).map(([key, field]) => {
    const property = schema?.properties?.[key];
    // the keys of a map are its own
    const name = property ? propName(key) : JSON.stringify(key);
    return `${name}: ${literal(property ?? schema?.additionalProperties, field, members)}`;
  });
  return `{ ${fields.join(', ')} }`;
}

/** As json2jsii names a field. */
function propName(key: string): string {
  return key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The status is only read, so there is nothing to turn it to JSON. */
function statusTypes(kind: KindDefinition, shared: readonly string[]): string {
  const generator = new TypeGenerator({ definitions: Object.fromEntries(definitions([kind])), toJson: false });
  for (const name of shared) generator.emitCustomType(name, () => ({ type: name, toJson: (value: string) => value }));
  generator.emitType(normal(`${kind.kind}Status`));
  return generator.render();
}

/** What a program needs: the constructs and the types of their props. Operators import the types of a status by path. */
export function indexFile(kinds: readonly KindDefinition[]): string {
  const shared = sharedTypes(kinds);
  const files = kinds.map((kind) => {
    const own = [...specDefinitions([kind]).keys()].filter((name) => !shared.includes(name)).map(restore);
    return exportsOf(fileName(kind), [kind.kind, `${kind.kind}Props`, ...own]);
  });
  const used = specDefinitions(kinds);
  return `${HEADER}\n${files.join('')}${exportsOf('shared', shared.filter((name) => used.has(name)).map(restore))}`;
}

function exportsOf(file: string, names: readonly string[]): string {
  return `export { ${[...names].sort().join(', ')} } from './${file}';\n`;
}

function constructClass(kind: KindDefinition, example: string): string {
  const namespaced = kind.scope === 'Namespaced';
  const taken = ['name', 'namespace', 'labels', 'annotations'].filter((name) => kind.spec.properties?.[name]);
  if (taken.length > 0) throw new Error(`${kind.kind}: ${taken.join(', ')} of the spec would hide the object's own`);
  const required = (kind.spec.required ?? []).join(', ');
  return `/** The name and place of the object, and its spec. */
export interface ${kind.kind}Props extends ${kind.spec.$name} {
  /**
   * Name of the object.
   *
   * @default - the construct's id
   */
  readonly name?: string;
${namespaced ? '  /** Namespace of the object. */\n  readonly namespace: INamespace;\n' : ''}  /**
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
 *
 * @example
${example.trimEnd().replace(/^/gm, ' * ')}
 */
@checked('${kind.kind}')
export class ${kind.kind} extends Construct {
  /** The object. */
  public readonly resource: ApiObject;
  /** Name of the object. */
  public readonly name: string;

  /** @throws InvalidInputError when the API server would refuse the object; it names every field that is wrong */
  public constructor(scope: Construct, id: string, props: ${kind.kind}Props) {
    super(scope, id);
    this.resource = addTypedObject(this, ${constantName(kind)}, props, toJson_${kind.spec.$name}(props));
    this.name = this.resource.name;
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

/** Every named type of the specs and statuses, as a JSON schema. */
function definitions(kinds: readonly KindDefinition[]): Map<string, Json> {
  const found = specDefinitions(kinds);
  for (const kind of kinds) collect(withNames(kind.status, `${kind.kind}Status`), found);
  return found;
}

/** Those of the specs alone. */
function specDefinitions(kinds: readonly KindDefinition[]): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const kind of kinds) collect(kind.spec, found);
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
