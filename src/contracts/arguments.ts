import { fail } from './errors';
import { PUBLIC_TYPES } from './generated/public-types';
import { PublicType, Types } from './public-type';
import { capped, oneOf } from './suggestion';

/** What checks an argument that a program gave. */
export interface ArgumentCheck {
  /** The construct or factory that is called, for messages. */
  readonly where: string;
  /** What is called, as in the table. */
  readonly parameters: Types;
  /** Text before the names of the parameters and props, such as `addTeam: `. */
  readonly prefix?: string;
  /** Whether a struct that is an argument may have props that the table does not know: those of a subclass. */
  readonly furtherProps?: boolean;
  /** What the parameters are that are neither structs nor objects, to go on with in a sentence. */
  readonly about?: string;
}

/**
 * Refuses arguments that a compiler of TypeScript would have refused.
 *
 * Objects of classes and interfaces are compared by what they have, never by `instanceof`: they may be written by the user, come from
 * another language, or from another copy of the library.
 *
 * @throws InvalidInputError for the first that is wrong
 */
export function checkArguments(check: ArgumentCheck, given: readonly unknown[]): void {
  const { where, parameters, prefix = '', furtherProps = false, about } = check;
  Object.entries(parameters).forEach(([name, type], at) => {
    if (type.startsWith('...')) {
      given.slice(at).forEach((one) => checkValue({ where, name: `${prefix}${name}` }, type.slice(3), one));
      return;
    }
    const place: Place = { where, name: `${prefix}${name}`, inside: prefix, furtherProps };
    checkGiven(place, type, given[at], () => about);
  });
}

/** Where a value was given. */
interface Place {
  readonly where: string;
  /** The parameter or prop, with its path. */
  readonly name: string;
  /** What the names of props below it begin with, instead of its own name: users do not write `props.image`. */
  readonly inside?: string;
  readonly furtherProps?: boolean;
}

function checkGiven(place: Place, type: string, value: unknown, about?: () => string | undefined): void {
  const optional = type.endsWith('?');
  const plain = optional ? type.slice(0, -1) : type;
  if (plain === 'any') return;
  if (value !== undefined && value !== null) return checkValue(place, plain, value);
  if (!optional) {
    const what = about?.();
    fail(
      place.where,
      place.name,
      'must be given',
      value,
      `pass ${wanted(plain)}${what === undefined ? '' : `, ${what}`}`,
    );
  }
  // undefined is how a program passes on what it was not given itself; the other languages of jsii have no null here
  if (value === null) refuse(place, 'must have a value', null, `leave it out, or pass ${wanted(plain)}`);
}

function checkValue(place: Place, type: string, value: unknown): void {
  if (type === 'any' || isResolvable(value)) return;
  if (type.endsWith('[]')) return checkList(place, type.slice(0, -2), value);
  if (type.startsWith('{')) return checkMap(place, type.slice(1, -1), value);
  if (type in PRIMITIVES) return checkPrimitive(place, PRIMITIVES[type], value);
  const known = typeNamed(type);
  if (known.values) return checkEnum(place, type, known.values, value);
  if (isStruct(known)) return checkStruct(place, type, value);
  checkObject(place, type, known, value);
}

/** Whether it has props, or inherits some. */
function isStruct({ props, extends: bases = [] }: PublicType): boolean {
  return props !== undefined || bases.some((base) => isStruct(typeNamed(base)));
}

function checkList(place: Place, element: string, value: unknown): void {
  if (!Array.isArray(value)) refuse(place, 'must be a list', value, 'write it in brackets');
  value.forEach((one: unknown, at) =>
    checkGiven({ ...place, name: `${place.name}[${at}]`, inside: undefined }, element, one),
  );
}

function checkMap(place: Place, element: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(place, 'must be an object with a value for each key', value, "write it like { key: 'value' }");
  }
  for (const [key, one] of Object.entries(value)) {
    // a key without a value is as good as no key
    if (one !== undefined) checkGiven({ ...place, name: `${place.name}.${key}`, inside: undefined }, element, one);
  }
}

interface Primitive {
  readonly text: string;
  readonly is: (value: unknown) => boolean;
  readonly fix: (value: unknown) => string;
}

const PRIMITIVES: { readonly [type: string]: Primitive } = {
  string: {
    text: 'a string',
    is: (value) => typeof value === 'string',
    fix: (value) => (isScalar(value) ? `write '${value}'` : 'give one text'),
  },
  number: {
    text: 'a number',
    is: (value) => typeof value === 'number' && Number.isFinite(value),
    fix: (value) =>
      typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
        ? `write ${value.trim()}, without quotes`
        : 'give a finite number',
  },
  boolean: {
    text: 'true or false',
    is: (value) => typeof value === 'boolean',
    fix: (value) => (value === 'true' || value === 'false' ? `write ${value}, without quotes` : 'give one of the two'),
  },
  date: { text: 'a Date', is: (value) => value instanceof Date, fix: () => 'give a Date' },
};

function isScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function checkPrimitive(place: Place, { text, is, fix }: Primitive, value: unknown): void {
  if (!is(value)) refuse(place, `must be ${text}`, value, fix(value));
}

function checkEnum(place: Place, type: string, values: { readonly [member: string]: unknown }, value: unknown): void {
  if (Object.values(values).includes(value)) return;
  refuse(place, `must be ${aOrAn(type)}`, value, `use one of: ${membersOfEnum(type, values)}`);
}

function checkStruct(place: Place, type: string, value: unknown): void {
  const props = propsOf(type);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || 'node' in value) {
    refuse(place, `must be an object with the props of ${type}`, value, `pass ${wanted(type)}`);
  }
  const given = value as { readonly [prop: string]: unknown };
  const prefix = place.inside ?? `${place.name}.`;
  // an object of a class, the user's or another language's, may have more than the struct
  if (!place.furtherProps && isPlain(value)) {
    const unknown = Object.keys(given).find((prop) => !Object.hasOwn(props, prop) && given[prop] !== undefined);
    if (unknown !== undefined) {
      const fix = `use ${oneOf(Object.keys(props), unknown)}`;
      fail(place.where, `${prefix}${unknown}`, `must be a prop of ${type}`, given[unknown], fix);
    }
  }
  for (const [prop, propType] of Object.entries(props)) {
    checkGiven({ where: place.where, name: `${prefix}${prop}` }, propType, given[prop], () => aboutProp(type, prop));
  }
}

function checkObject(place: Place, type: string, known: PublicType, value: unknown): void {
  const missing = typeof value === 'object' && value !== null ? membersOf(type).find((one) => !(one in value)) : 'all';
  const memberless = known.members === undefined && isPlain(value) && !type.includes('.');
  if (missing === undefined && !memberless) return;
  const fix =
    type === 'INamespace' && typeof value === 'string'
      ? `import it with Namespace.fromName(scope, id, '${value}')`
      : `pass ${wanted(type)}`;
  refuse(place, `must be ${aOrAn(type.replace(/^.*\./, ''))}`, value, fix);
}

function membersOfEnum(type: string, values: { readonly [member: string]: unknown }): string {
  return capped(Object.keys(values).map((member) => `${type}.${member}`));
}

function refuse(place: Place, rule: string, value: unknown, fix: string): never {
  return fail(place.where, place.name, rule, value, fix);
}

/** A value that is not known before synthesis, of cdktf or cdk8s: it may stand for anything. */
function isResolvable(value: unknown): boolean {
  const { resolve, produce } = (value ?? {}) as { readonly resolve?: unknown; readonly produce?: unknown };
  return typeof value === 'object' && (typeof resolve === 'function' || typeof produce === 'function');
}

/** A literal, and no object of a class. In a realm of its own, `Object.prototype` is another one. */
function isPlain(value: unknown): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const NOTHING: PublicType = {};

/** Of another library we know no more than that its objects are objects, and those of constructs have a node. */
const FOREIGN: { readonly [type: string]: PublicType } = {
  'cdk8s.ApiObject': { members: ['node'] },
  'cdk8s.App': { members: ['node'] },
  'cdk8s.Chart': { members: ['node'] },
  'cdktf.App': { members: ['node'] },
  'constructs.Construct': { members: ['node'] },
  'constructs.IConstruct': { members: ['node'] },
};

function typeNamed(type: string): PublicType {
  return PUBLIC_TYPES[type] ?? FOREIGN[type] ?? NOTHING;
}

const PROPS = new Map<string, Types>();

/** All props of a struct, those that it must have first. */
function propsOf(type: string): Types {
  const found = PROPS.get(type);
  if (found) return found;
  const { extends: bases = [], props = {} } = typeNamed(type);
  const all = Object.entries(Object.assign({}, ...bases.map(propsOf), props) as Types);
  const made = Object.fromEntries([
    ...all.filter(([, one]) => !one.endsWith('?')),
    ...all.filter(([, one]) => one.endsWith('?')),
  ]);
  PROPS.set(type, made);
  return made;
}

/** What a prop is, in a struct or those that it extends. */
function aboutProp(type: string, prop: string): string | undefined {
  const { extends: bases = [], about } = typeNamed(type);
  return about?.[prop] ?? bases.map((base) => aboutProp(base, prop)).find((one) => one !== undefined);
}

function membersOf(type: string): string[] {
  const { extends: bases = [], members = [] } = typeNamed(type);
  return [...bases.flatMap(membersOf), ...members];
}

/** Scopes, and what the fix names first, as programs have them. */
const EXAMPLES: { readonly [type: string]: string } = {
  any: 'a value',
  'constructs.Construct': "the construct that it belongs to, such as environment.addChart('apps')",
  'constructs.IConstruct': "a construct, such as environment.addChart('apps')",
  Environment: "an environment, such as app.environment('local', { provider: KindProvider.local() })",
  IDatabase: "a database, such as environment.addDatabase('database')",
  ICache: "a cache, such as environment.addCache('cache')",
  IMessageBus: "a message bus, such as environment.addMessageBus('bus')",
  ICluster: 'a cluster, such as environment.cluster',
  INamespace:
    'the namespace of a team such as platform.teams.ml, or one that is imported with Namespace.fromName(scope, id, name)',
  IObjectStore: "a bucket, such as environment.addObjectStore('bucket')",
};

/** What to pass for a type. */
function wanted(type: string): string {
  if (type in EXAMPLES) return EXAMPLES[type];
  if (type.endsWith('[]')) return 'a list';
  if (type.startsWith('{')) return "an object with a value for each key, such as { key: 'value' }";
  if (type in PRIMITIVES) return PRIMITIVES[type].text;
  const { values, from = [] } = typeNamed(type);
  if (values) return `one of: ${membersOfEnum(type, values)}`;
  const required = Object.entries(propsOf(type)).filter(([, one]) => !one.endsWith('?'));
  if (required.length > 0) return `an object with ${required.map(([prop]) => prop).join(', ')}`;
  const others = Object.keys(propsOf(type));
  if (others.length > 0) return `an object with any of: ${capped(others)}`;
  if (from.length > 0) return `${from.length > 1 ? 'one of: ' : ''}${capped(from)}`;
  return aOrAn(type.replace(/^.*\./, ''));
}

function aOrAn(type: string): string {
  return `${/^[AEIOU]/.test(type) ? 'an' : 'a'} ${type}`;
}
