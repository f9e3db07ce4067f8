import { IConstruct } from 'constructs';
import { checkArguments } from './arguments';
import { fail } from './errors';
import { PUBLIC_TYPES } from './generated/public-types';
import { Types } from './public-type';
import { oneOf } from './suggestion';

/**
 * Has a class check the arguments of its constructor and methods as the public API declares them, for programs that no compiler
 * checked. A decorator, so that nothing is said twice; what it needs to know is in the table of public types.
 *
 * A constructor is checked once, as that of the most derived public class: what a public class hands to its base is its own
 * business. A subclass that is not public may have further props.
 *
 * @param name the name of the class, or of the contract that an internal class fulfils
 */
export function checked(name: string): <T extends { readonly prototype: object }>(target: T) => T {
  return (target) => {
    const proxy = new Proxy(target, {
      construct(inner, given: unknown[], newTarget: object): object {
        if (mostDerived(newTarget) === proxy) checkInitializer(name, given, newTarget !== proxy);
        return Reflect.construct(inner as unknown as AnyFunction, given, newTarget as AnyFunction) as object;
      },
      get(inner, key, receiver): unknown {
        refuseUnknownMember(name, inner, key);
        return Reflect.get(inner, key, receiver);
      },
    });
    CHECKED.add(proxy);
    checkMethods(target.prototype, methodsOf(name), (self, method) =>
      isConstruct(self) ? { where: self.node.path, prefix: `${method}: ` } : { where: `${name}.${method}` },
    );
    checkMethods(target, PUBLIC_TYPES[name]?.statics ?? {}, (_, method) => ({ where: `${name}.${method}` }));
    Object.defineProperty(target.prototype, 'constructor', { value: proxy, writable: true, configurable: true });
    return proxy;
  };
}

/**
 * Has an enum refuse members that it does not have. In JavaScript they are undefined, which is the default, in silence.
 *
 * An object asks its prototype for what it does not have itself, so the members stay as they are.
 */
export function checkedEnum(name: string, members: object): void {
  const unknown = new Proxy(Object.prototype, {
    get(inner, key, receiver): unknown {
      refuseUnknownMember(name, members, key);
      return Reflect.get(inner, key, receiver);
    },
  });
  Object.setPrototypeOf(members, unknown);
}

const CHECKED = new WeakSet();

function mostDerived(newTarget: object): object | null {
  let at: object | null = newTarget;
  while (at && !CHECKED.has(at)) at = Object.getPrototypeOf(at) as object | null;
  return at;
}

function checkInitializer(name: string, given: unknown[], furtherProps: boolean): void {
  const { scope, id, ...rest } = PUBLIC_TYPES[name]?.initializer ?? {};
  if (scope === undefined || id === undefined) {
    checkArguments(
      { where: name, parameters: { ...(scope === undefined ? {} : { scope }), ...rest }, furtherProps },
      given,
    );
    return;
  }
  checkArguments({ where: name, parameters: { scope } }, given);
  const [parent, own, ...others] = given as [IConstruct, string, ...unknown[]];
  const where = parent.node.path || name;
  checkArguments({ where, parameters: { id }, prefix: `${name}: `, about: "its name in the scope, such as 'api'" }, [
    own,
  ]);
  if (own === '') fail(where, `${name}: id`, 'must not be empty', own, 'name it, since its path is made of ids');
  if (parent.node.tryFindChild(own)) {
    const taken = parent.node.children.map((child) => child.node.id).join(', ');
    fail(where, `${name}: id`, 'must be unique in its scope', own, `choose another; there are already: ${taken}`);
  }
  const path = [parent.node.path, own].filter(Boolean).join('/');
  checkArguments({ where: path, parameters: rest, furtherProps }, others);
}

type AnyFunction = (this: unknown, ...given: unknown[]) => unknown;

const CHECKED_METHODS = new WeakSet<AnyFunction>();

/** Puts a check before those of the methods that an object has, itself or from a base that has no checks. */
function checkMethods(
  owner: object,
  methods: { readonly [method: string]: Types },
  place: (self: unknown, method: string) => { readonly where: string; readonly prefix?: string },
): void {
  for (const [method, parameters] of Object.entries(methods)) {
    const original = (owner as { readonly [method: string]: AnyFunction | undefined })[method];
    // abstract, or checked already
    if (!original || CHECKED_METHODS.has(original)) continue;
    const value = function (this: unknown, ...given: unknown[]): unknown {
      checkArguments({ ...place(this, method), parameters }, given);
      return original.apply(this, given);
    };
    Object.defineProperty(value, 'name', { value: method });
    Object.defineProperty(owner, method, { value, writable: true, configurable: true });
    CHECKED_METHODS.add(value);
  }
}

/** The methods of a type and of all that it extends. */
function methodsOf(name: string): { readonly [method: string]: Types } {
  const { extends: bases = [], methods = {} } = PUBLIC_TYPES[name] ?? {};
  return Object.assign({}, ...bases.map(methodsOf), methods) as { [method: string]: Types };
}

function isConstruct(value: unknown): value is IConstruct {
  return typeof value === 'object' && value !== null && 'node' in value;
}

const MEMBER = /^[A-Z][A-Z0-9_]*$/;

/** Other names are what the language and its tools ask every object for: then, toJSON, $$typeof. */
function refuseUnknownMember(name: string, members: object, key: string | symbol): void {
  if (typeof key !== 'string' || Reflect.has(members, key)) return;
  const all = Object.keys(members).filter((member) => MEMBER.test(member));
  if (all.length === 0) return;
  const meant = MEMBER.test(key) || (key.length > 2 && all.some((member) => member.startsWith(key.toUpperCase())));
  if (!meant) return;
  const fix = oneOf(
    all.map((member) => `${name}.${member}`),
    `${name}.${key}`,
  );
  fail(name, `${name}.${key}`, `must be a member of ${name}`, undefined, `use ${fix}`);
}
