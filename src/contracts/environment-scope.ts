import { Construct, IConstruct } from 'constructs';
import { IEnvironment } from './environment';
import { fail } from './errors';
import { nearest } from './scope';

const ENVIRONMENT = Symbol.for('ml-platform-constructs.Environment');

/** Makes everything below a construct part of an environment: below the environment itself, or one of its stacks. */
export function markEnvironment(environment: IEnvironment, at: IConstruct = environment): void {
  Object.defineProperty(at, ENVIRONMENT, { value: environment });
}

/** The environment that a construct is in, or undefined in a chart without one, as the operators render. */
export function findEnvironment(scope: IConstruct): IEnvironment | undefined {
  return nearest(scope, ENVIRONMENT) as IEnvironment | undefined;
}

/**
 * The environment that a construct is in.
 *
 * @throws InvalidInputError when it is in none
 */
export function environmentOf(scope: IConstruct): IEnvironment {
  return (
    findEnvironment(scope) ??
    fail(
      scope,
      'scope',
      'must be in an environment',
      scope.node.path,
      'make it in a chart of environment.addChart(), or below the environment itself',
    )
  );
}

/** What environments have once, by what it is; outside an environment, what a root has. */
const ONCE = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Refuses the second of what an environment can have once. Its objects have names of their own, so the second would make all of them
 * again.
 *
 * @param scope where it is made; called before it is, so that an id that is taken is not what the error is about
 * @param what its class
 * @throws InvalidInputError with the path of the first
 */
export function onePerEnvironment(
  scope: IConstruct,
  id: string,
  what: string,
  fix = 'use that one, and remove this',
): void {
  const owner = findEnvironment(scope) ?? scope.node.root;
  const path = [...scope.node.path.split('/'), id].filter((part) => part !== '').join('/');
  const made = ONCE.get(owner) ?? new Map<string, string>();
  const first = made.get(what);
  if (first !== undefined) {
    fail(path, 'scope', `must have no ${what} yet, since an environment has one`, first, fix);
  }
  ONCE.set(owner, made.set(what, path));
}

/**
 * Refuses props that refer to something of another environment, such as its namespace, bucket or gateway, at whatever depth.
 * Every construct that takes constructs calls it.
 *
 * @param props what a user gave, by the name of the prop
 * @throws InvalidInputError naming the prop
 */
export function checkReferences(where: IConstruct, props: object): void {
  checkReference(where, '', props, new Set());
}

function checkReference(where: IConstruct, prop: string, value: unknown, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (Construct.isConstruct(value)) {
    const own = findEnvironment(where);
    const theirs = findEnvironment(value);
    if (!theirs || theirs === own) return;
    if (!own) {
      fail(
        where,
        'scope',
        `must be in environment ${theirs.environmentName}, as its ${prop} is`,
        where.node.scope?.node.path,
        'make it in a chart of environment.addChart(id)',
      );
    }
    fail(
      where,
      prop,
      `must be of its own environment ${own.environmentName}`,
      `${value.node.path} of environment ${theirs.environmentName}`,
      `use the one of ${own.environmentName}, or make this in ${theirs.environmentName}`,
    );
  }
  const isList = Array.isArray(value);
  if (!isList && Object.getPrototypeOf(value) !== Object.prototype) return;
  for (const [key, inner] of Object.entries(value)) {
    const name = isList ? `${prop}[${key}]` : prop === '' ? key : `${prop}.${key}`;
    checkReference(where, name, inner, seen);
  }
}

/**
 * Has the synthesis find that Monitoring was made after a construct that it would have watched, which then has no monitor and no alerts.
 *
 * @param construct one that found no scraper when it was made
 * @param lacks what it would have otherwise
 */
export function expectNoLaterScraper(construct: IConstruct, lacks: string): void {
  construct.node.addValidation({
    validate: () =>
      findEnvironment(construct)?.scraper
        ? [
            `has no ${lacks}, since Monitoring was made after it; make Monitoring, or the DataPlatform that has it, before`,
          ]
        : [],
  });
}
