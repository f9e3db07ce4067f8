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
