import { Chart, Testing } from 'cdk8s';
import * as fc from 'fast-check';
import * as library from 'ml-platform-constructs';
import { checkArguments } from '../../src/contracts/arguments';
import { PUBLIC_TYPES } from '../../src/contracts/generated/public-types';
import { PublicType, Types } from '../../src/contracts/public-type';

type AnyFunction = (this: unknown, ...given: unknown[]) => unknown;
type AnyClass = (new (...given: unknown[]) => object) & { [member: string]: unknown };

const exported = library as unknown as { [name: string]: AnyClass };

/** Something that takes arguments, and a call of it that never comes further than the checks when an argument is wrong. */
interface Callable {
  readonly what: string;
  readonly parameters: Types;
  readonly call: (given: unknown[]) => unknown;
}

/** What the table has and a public class does not: internal classes have it, which are checked as what they implement. */
const ABSTRACT = ['BackingService.bind', 'StateBackend.configure'];

/** Helpers of tests check their arguments themselves, with advice that is about tests; test/testing has them. */
const HELPERS = ['Capture', 'Match', 'PlatformFindings', 'PlatformTemplate'];

function callables(): Callable[] {
  return Object.entries(PUBLIC_TYPES).flatMap(([name, type]) => {
    const owner = exported[name];
    // an interface is there for the compiler only
    if (owner === undefined || type.values || HELPERS.includes(name)) return [];
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
    ].filter(({ what }) => !ABSTRACT.includes(what));
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
  for (const what of ABSTRACT) {
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

test('what is behind an interface is checked as the interface says', () => {
  const chart = new Chart(Testing.app(), 'chart');
  const imported = library.Namespace.fromName(chart, 'imported', 'team-a');
  expect(() => imported.addLabel('team', 1 as unknown as string)).toThrow(
    "[chart/imported] addLabel: value must be a string, got 1: write '1'.",
  );
  const state = library.StateBackend.local();
  expect(() => state.configure('stack' as unknown as Chart)).toThrow(
    '[StateBackend.configure] stack must be a Construct',
  );
});

test('a subclass of a program may have props of its own, and the known ones are checked', () => {
  class WithOwner extends library.Team {
    public constructor(scope: Chart, id: string, props: library.TeamProps & { readonly owner: string }) {
      super(scope, id, props);
    }
  }
  const chart = new Chart(Testing.app(), 'chart');
  expect(new WithOwner(chart, 'vision', { owner: 'ada' }).teamName).toBe('vision');
  const wrong = { owner: 'ada', name: 1 as unknown as string };
  expect(() => new WithOwner(chart, 'other', wrong)).toThrow("[chart/other] name must be a string, got 1: write '1'.");
});

test('objects are compared by what they have', () => {
  const chart = new Chart(Testing.app(), 'chart');
  const namespace = { node: chart.node, namespaceName: 'team-a', addLabel: () => undefined, with: () => chart };
  const claim = { namespace, size: '1Gi', storageClass: 'fast' };
  expect(new library.VolumeClaim(chart, 'a', claim).claimName).toBe('a');
  const message = '[chart/b] namespace must be an INamespace, got ';
  const { addLabel: _, ...unlabelled } = namespace;
  const wrong = { ...claim, namespace: unlabelled as unknown as library.INamespace };
  expect(() => new library.VolumeClaim(chart, 'b', wrong)).toThrow(message);
});

const ENUMS = Object.entries(PUBLIC_TYPES).flatMap(([name, { values }]) => (values ? [{ name, values }] : []));

test.each(ENUMS)('$name has no member beside those that it has', ({ name, values }) => {
  const members = exported[name];
  expect({ ...members }).toEqual(values);
  expect(() => members.NO_SUCH).toThrow(
    `[${name}] ${name}.NO_SUCH must be a member of ${name}, got nothing: use one of: `,
  );
  expect(JSON.stringify(members)).toBe(JSON.stringify(values));
  expect(Object.prototype.toString.call(members)).toBe('[object Object]');
});

const NUMBERS = Object.keys(PUBLIC_TYPES)
  .filter(isStruct)
  .flatMap((type) => Object.entries(propsOf(type)).map(([prop, propType]) => ({ type, prop, propType })))
  .filter(({ propType }) => propType.replace('?', '') === 'number');

test.each(NUMBERS)('$prop of $type is a finite number', ({ type, prop }) => {
  const check = (value: unknown): void =>
    checkArguments({ where: 'here', parameters: { props: type } }, [{ ...(valueOf(type) as object), [prop]: value }]);
  check(1.5);
  for (const wrong of [NaN, Infinity, -Infinity, '3', true, [3], {}]) {
    expect(() => check(wrong)).toThrow(`[here] ${prop} must be a number, got `);
  }
});

/** A value of a type with some of what may be left out, and the places in it that can be spoilt. */
function anyOf(type: string, depth = 0): fc.Arbitrary<unknown> {
  const plain = type.replace(/\?$/, '');
  if (plain.endsWith('[]')) return fc.array(anyOf(plain.slice(0, -2), depth), { maxLength: 2 });
  if (plain.startsWith('{')) return fc.dictionary(fc.string(), anyOf(plain.slice(1, -1), depth), { maxKeys: 2 });
  if (plain === 'string') return fc.string();
  if (plain === 'number') return fc.integer();
  if (plain === 'boolean') return fc.boolean();
  if (!isStruct(plain)) return fc.constant(valueOf(plain));
  const props = Object.entries(propsOf(plain)).filter(([, prop]) => !prop.endsWith('?') || depth < 2);
  const requiredKeys = props.filter(([, prop]) => !prop.endsWith('?')).map(([prop]) => prop);
  const fields = Object.fromEntries(props.map(([prop, propType]) => [prop, anyOf(propType, depth + 1)]));
  return fc.record(fields, { requiredKeys });
}

test.each(Object.keys(PUBLIC_TYPES).filter(isStruct))('%s is taken with whatever is right', (type) => {
  const take = (value: unknown): void => checkArguments({ where: 'here', parameters: { props: type } }, [value]);
  fc.assert(
    fc.property(anyOf(type), fc.constantFrom(...Object.keys(propsOf(type)), 'none'), (value, prop) => {
      take(value);
      // passed on from a program that was not given it
      if (propsOf(type)[prop]?.endsWith('?')) take({ ...(value as object), [prop]: undefined });
      const misspelled = { ...(value as object), [`${prop}x`]: 1 };
      expect(() => take(misspelled)).toThrow(`[here] ${prop}x must be a prop of ${type}, got 1: use `);
    }),
    { numRuns: 3 },
  );
});
