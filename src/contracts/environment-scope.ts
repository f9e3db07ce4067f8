import { IConstruct } from 'constructs';
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
