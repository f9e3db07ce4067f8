/**
 * Writes src/contracts/generated/public-types.ts, the types of the public API that the library checks its arguments against at run time, from
 * the jsii assembly; with `--check` says whether it is stale. Run after `npm run build`.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import type { PublicType } from '../src/contracts/public-type';

const root = path.join(__dirname, '..');
const TABLE = 'src/contracts/generated/public-types.ts';

const HEADER = `// Generated from the jsii assembly by scripts/public-types.ts. Do not edit.
import { PublicType } from '../public-type';

`;

/** What the generator reads of an assembly. */
interface Assembly {
  readonly name: string;
  readonly types: { readonly [fqn: string]: AssemblyType };
}

interface AssemblyType {
  readonly name: string;
  readonly fqn: string;
  readonly kind: 'class' | 'enum' | 'interface';
  readonly datatype?: boolean;
  readonly abstract?: boolean;
  readonly base?: string;
  readonly interfaces?: readonly string[];
  readonly members?: readonly { readonly name: string }[];
  readonly initializer?: Callable;
  readonly methods?: readonly (Callable & { readonly name: string })[];
  readonly properties?: readonly Property[];
}

interface Callable {
  readonly static?: boolean;
  readonly protected?: boolean;
  readonly parameters?: readonly Parameter[];
  readonly returns?: { readonly type: TypeReference };
}

interface Property {
  readonly name: string;
  readonly type: TypeReference;
  readonly optional?: boolean;
  readonly static?: boolean;
  readonly protected?: boolean;
  readonly docs?: { readonly summary?: string };
}

interface Parameter {
  readonly name: string;
  readonly type: TypeReference;
  readonly optional?: boolean;
  readonly variadic?: boolean;
}

type TypeReference =
  | { readonly primitive: string }
  | { readonly fqn: string }
  | { readonly collection: { readonly kind: 'array' | 'map'; readonly elementtype: TypeReference } };

function table(): string {
  const assemblyFile = path.join(root, '.jsii');
  if (!fs.existsSync(assemblyFile)) throw new Error('there is no jsii assembly: run `npm run build` first');
  const assembly = JSON.parse(fs.readFileSync(assemblyFile, 'utf8')) as Assembly;
  const types = Object.values(assembly.types).sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines = types.map((type) => `  ${type.name}: ${source(publicType(type, types, assembly.name))},\n`);
  return `${HEADER}export const PUBLIC_TYPES: { readonly [name: string]: PublicType } = {\n${lines.join('')}};\n`;
}

function publicType(type: AssemblyType, all: readonly AssemblyType[], library: string): PublicType {
  if (type.kind === 'enum') return { values: enumValues(type) };
  const text = (reference: TypeReference): string => typeText(reference, library);
  const properties = (type.properties ?? []).filter((property) => !property.protected);
  const bases = [...(type.base === undefined ? [] : [type.base]), ...(type.interfaces ?? [])];
  const inherited = bases.length > 0 ? { extends: bases.map((fqn) => text({ fqn })) } : {};
  if (type.datatype) {
    return {
      ...inherited,
      props: Object.fromEntries(properties.map((one) => [one.name, parameterText(one, text)])),
      about: Object.fromEntries(properties.flatMap((one) => (isPlainRequired(one) ? [[one.name, inText(one)]] : []))),
    };
  }
  const methods = (type.methods ?? []).filter((method) => !method.protected);
  const callables = (isStatic: boolean): { [method: string]: { [name: string]: string } } =>
    Object.fromEntries(
      methods
        .filter((method) => (method.static ?? false) === isStatic && method.parameters)
        .map((method) => [method.name, parameters(method, text)]),
    );
  return {
    ...inherited,
    members: [
      ...properties.filter((property) => !property.static && !property.optional),
      ...methods.filter((method) => !method.static),
    ].map(({ name }) => name),
    from: waysTo(type, all),
    ...(type.initializer?.parameters ? { initializer: parameters(type.initializer, text) } : {}),
    methods: callables(false),
    statics: callables(true),
  };
}

function isPlainRequired({ optional, type, docs }: Property): boolean {
  return !optional && docs?.summary !== undefined && !('fqn' in type);
}

/** The first sentence of the documentation, to go on with in a sentence. */
function inText({ docs }: Property): string {
  const text = (docs?.summary ?? '').replace(/\s+/g, ' ').replace(/[.;:]$/, '');
  return text.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
}

function parameters(callable: Callable, text: (reference: TypeReference) => string): { [name: string]: string } {
  return Object.fromEntries((callable.parameters ?? []).map((one) => [one.name, parameterText(one, text)]));
}

function parameterText(
  { type, optional, variadic }: Property & Parameter,
  text: (reference: TypeReference) => string,
): string {
  return `${variadic ? '...' : ''}${text(type)}${optional ? '?' : ''}`;
}

function typeText(reference: TypeReference, library: string): string {
  if ('collection' in reference) {
    const element = typeText(reference.collection.elementtype, library);
    return reference.collection.kind === 'array' ? `${element}[]` : `{${element}}`;
  }
  if ('fqn' in reference) return reference.fqn.replace(`${library}.`, '');
  return reference.primitive === 'json' ? 'any' : reference.primitive;
}

/** The assembly has the names of the members alone. */
function enumValues(type: AssemblyType): { [member: string]: string | number } {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- what the build has just made
  const library = require(path.join(root, 'lib')) as { [name: string]: { [member: string]: string | number } };
  return Object.fromEntries((type.members ?? []).map(({ name }) => [name, library[type.name][name]]));
}

/** How a program gets an object: the static members that give one, then the constructors. */
function waysTo(type: AssemblyType, all: readonly AssemblyType[]): string[] {
  const byFqn = new Map(all.map((one) => [one.fqn, one]));
  const is = (fqn: string | undefined): boolean => {
    const one = fqn === undefined ? undefined : byFqn.get(fqn);
    return one !== undefined && (one.fqn === type.fqn || [one.base, ...(one.interfaces ?? [])].some(is));
  };
  const gives = (reference: TypeReference | undefined): boolean =>
    reference !== undefined && 'fqn' in reference && is(reference.fqn);
  const classes = all.filter((one) => one.kind === 'class');
  return [
    ...classes.flatMap(({ name, properties = [], methods = [] }) => [
      ...properties.filter((one) => one.static && gives(one.type)).map((one) => `${name}.${one.name}`),
      ...methods.filter((one) => one.static && gives(one.returns?.type)).map((one) => `${name}.${one.name}()`),
    ]),
    ...classes
      .filter((one) => one.initializer && !one.initializer.protected && !one.abstract && is(one.fqn))
      .map(({ name }) => name),
  ];
}

/** As a literal of JavaScript without what is empty. */
function source(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(source).join(', ')}]`;
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string' ? `'${value.replace(/['\\]/g, '\\$&')}'` : JSON.stringify(value);
  }
  const fields = Object.entries(value)
    .filter(([, field]) => typeof field !== 'object' || field === null || Object.keys(field as object).length > 0)
    .map(([key, field]) => `${/^\w+$/.test(key) ? key : `'${key}'`}: ${source(field)}`);
  return fields.length > 0 ? `{ ${fields.join(', ')} }` : '{}';
}

function main(check: boolean): void {
  const file = path.join(root, TABLE);
  const generated = table();
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === generated) return;
  if (check) {
    console.error(`${TABLE} is stale: run \`npm run docs\` and commit the result.`);
    process.exitCode = 1;
    return;
  }
  fs.writeFileSync(file, generated);
  // what was built has the previous table
  execFileSync(process.execPath, [path.join(__dirname, 'build.js')], { cwd: root, stdio: 'inherit' });
}

main(process.argv.includes('--check'));
