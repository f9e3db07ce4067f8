import { Construct } from 'constructs';
import { Environment } from '../app/environment';
import { findEnvironment, onePerEnvironment } from '../contracts/environment-scope';
import { fail } from '../contracts/errors';

/**
 * Refuses a composition in anything but an environment, and the second one there. Called before the composition is part of the tree,
 * where plain JavaScript may have given anything.
 *
 * @param what the class of the composition
 * @param fix what to do where there is one already
 */
export function checkEnvironment(scope: Environment, id: string, what: string, fix?: string): void {
  const given: unknown = scope;
  if (!Construct.isConstruct(given) || findEnvironment(given) !== given) {
    fail(
      what,
      'scope',
      'must be an environment',
      typeof given === 'object' && given !== null ? `an object of ${given.constructor.name}` : given,
      "give what app.environment('local', …) gives back; charts and other constructs are made in it",
    );
  }
  onePerEnvironment(scope, id, what, fix);
}
