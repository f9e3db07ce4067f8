import { Chart, Testing } from 'cdk8s';
import * as library from 'ml-platform-constructs';
import { PUBLIC_TYPES, PublicType, Types } from '../../src/contracts/generated/public-types';

type AnyFunction = (this: unknown, ...given: unknown[]) => unknown;
type AnyClass = (new (...given: unknown[]) => object) & { [member: string]: unknown };

const exported = library as unknown as { [name: string]: AnyClass };

/** Something that takes arguments, and a call of it that never comes further than the checks when an argument is wrong. */
interface Callable {
  readonly what: string;
  readonly parameters: Types;
  readonly call: (given: unknown[]) => unknown;
}

/** What the table has and nothing is there to be checked: who implements it does it. */
const ABSTRACT: { readonly [what: string]: string } = {
  'BackingService.bind': 'abstract: the services of each provider have it, see internal-classes.test.ts',
  'StateBackend.configure': 'abstract: the back ends have it',
};

function callables(): Callable[] {
  return Object.entries(PUBLIC_TYPES).flatMap(([name, type]) => {
    const owner = exported[name];
    // an interface is there for the compiler only
    if (owner === undefined || type.values) return [];
    const { initializer, methods = {}, statics = {} } = type;
    return [
      ...(initializer
        ? [{ what: `new ${name}`, parameters: initializer, call: (given: unknown[]) => new owner(...given) }]
        : []),
      ...Object.entries(statics).map(([method, parameters]) => ({
        what: `${name}.${method}`,
        parameters,
        call: (given: unknown[]) => (owner[method] as AnyFunction)(...given),
      })),
      ...Object.entries(methods).map(([method, parameters]) => ({
        what: `${name}.${method}`,
        parameters,
        // the check knows no more of `this` than its path
        call: (given: unknown[]) =>
          (owner.prototype as { [method: string]: AnyFunction })[method].apply({ node: { path: 'path' } }, given),
      })),
    ].filter(({ what }) => !(what in ABSTRACT));
  });
}

/** A value that the table says is right. */
function valueOf(type: string): unknown {
  const plain = type.replace(/^\.\.\.|\?$/g, '');
  if (plain.endsWith('[]')) return [valueOf(plain.slice(0, -2))];
  if (plain.startsWith('{')) return { key: valueOf(plain.slice(1, -1)) };
  if (plain === 'string') return 'text';
  if (plain === 'number') return 1;
  if (plain === 'boolean') return true;
  if (plain === 'any') return {};
  if (plain.startsWith('constructs.') || plain === 'cdk8s.Chart') return new Chart(Testing.app(), 'chart');
  const known = PUBLIC_TYPES[plain] as PublicType | undefined;
  if (known?.values) return Object.values(known.values)[0];
  if (isStruct(plain)) {
    const required = Object.entries(propsOf(plain)).filter(([, prop]) => !prop.endsWith('?'));
    return Object.fromEntries(required.map(([prop, propType]) => [prop, valueOf(propType)]));
  }
  const members = Object.fromEntries(membersOf(plain).map((member) => [member, 'there']));
  const object = { ...members, node: new Chart(Testing.app(), 'chart').node };
  // a class has at least its prototype
  return Object.assign(Object.create({}), object) as unknown;
}

function isStruct(type: string): boolean {
  const known = PUBLIC_TYPES[type] as PublicType | undefined;
  return known !== undefined && (known.props !== undefined || (known.extends ?? []).some(isStruct));
}

function propsOf(type: string): Types {
  const { extends: bases = [], props = {} } = PUBLIC_TYPES[type];
  return Object.assign({}, ...bases.map(propsOf), props) as Types;
}

function membersOf(type: string): string[] {
  const { extends: bases = [], members = [] } = (PUBLIC_TYPES[type] as PublicType | undefined) ?? {};
  return [...bases.flatMap(membersOf), ...members];
}

/** One argument of a callable, and what is right for the others. */
interface Argument {
  readonly callable: Callable;
  readonly name: string;
  readonly type: string;
  /** Calls with another value in its place; gives the error. */
  readonly refusal: (value: unknown) => Error;
}

function argumentsOf(callable: Callable): Argument[] {
  const { parameters, call } = callable;
  return Object.entries(parameters).map(([name, type], at) => ({
    callable,
    name,
    type,
    refusal: (value) => {
      const given = Object.values(parameters).map(valueOf);
      try {
        call(given.map((right, position) => (position === at ? value : right)));
      } catch (error) {
        return error as Error;
      }
      return new Error('not refused');
    },
  }));
}

const ALL = callables().flatMap(argumentsOf);
const named = (some: Argument[]): [string, Argument][] => some.map((one) => [`${one.callable.what}(${one.name})`, one]);
const structs = ALL.filter(({ type }) => isStruct(type.replace('?', '')));
const required = ALL.filter(({ type }) => !/^\.\.\.|\?$|^any$|^\{any\}$/.test(type));

test('the whole library is looked at', () => {
  expect(structs.length).toBeGreaterThan(70);
  expect(ALL.length).toBeGreaterThan(250);
  for (const what of Object.keys(ABSTRACT)) {
    const [owner, method] = what.split('.');
    expect((exported[owner].prototype as { [method: string]: unknown })[method]).toBeUndefined();
  }
});

test.each(named(structs))('%s refuses a prop that there is not', (_, { refusal, type }) => {
  const error = refusal({ ...(valueOf(type) as object), notAProp: 1 });
  expect(error).toMatchObject({ name: 'InvalidInputError', prop: expect.stringMatching(/notAProp$/) });
  expect(error.message).toContain(`notAProp must be a prop of ${type.replace('?', '')}, got 1: use `);
});

test.each(named(structs))('%s refuses what is no object', (_, { refusal, name }) => {
  for (const wrong of ['text', 1, true, ['text'], () => undefined]) {
    expect(refusal(wrong)).toMatchObject({ name: 'InvalidInputError', prop: expect.stringMatching(`${name}$`) });
  }
});

test.each(named(required))('%s refuses nothing', (_, { refusal, name }) => {
  for (const nothing of [undefined, null]) {
    const error = refusal(nothing);
    expect(error).toMatchObject({ name: 'InvalidInputError', prop: expect.stringMatching(`${name}$`) });
    expect(error.message).toContain(' must be given, got ');
  }
});

test.each(named(ALL.filter(({ type }) => !/any/.test(type))))(
  '%s refuses another type',
  (_, { refusal, name, type }) => {
    const wrong = /^(\.\.\.)?(string|\w*[a-z]\w*)\??$/.test(type) && !type.startsWith('number') ? 1 : 'text';
    expect(refusal(wrong)).toMatchObject({ name: 'InvalidInputError', prop: expect.stringMatching(`${name}$`) });
  },
);

const ENUMS = Object.entries(PUBLIC_TYPES).flatMap(([name, { values }]) => (values ? [{ name, values }] : []));

test.each(ENUMS)('$name has no member beside those that it has', ({ name, values }) => {
  const members = exported[name];
  expect({ ...members }).toEqual(values);
  expect(() => members.NO_SUCH).toThrow(
    `[${name}] ${name}.NO_SUCH must be a member of ${name}, got nothing: use one of: `,
  );
  expect(JSON.stringify(members)).toBe(JSON.stringify(values));
  expect(`${members as unknown as string}`).toBe('[object Object]');
});
