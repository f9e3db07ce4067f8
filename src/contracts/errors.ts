import { IConstruct } from 'constructs';

/**
 * An input that the platform refuses, worded the same everywhere: where, which prop, the bound, what was given, the fix.
 */
export class InvalidInputError extends Error {
  public constructor(
    /** Construct path, or the name of the factory that was called. */
    public readonly where: string,
    /** The prop that is wrong. */
    public readonly prop: string,
    message: string,
  ) {
    super(message);
    this.name = 'InvalidInputError';
  }
}

/**
 * Refuses an input.
 *
 * @param where the construct (its path is printed), or the name of a factory
 * @param prop the prop that is wrong, as the user wrote it
 * @param rule what must hold, starting with a verb: "must be between 1 and 5"
 * @param given what was given
 * @param fix what to do, as an imperative without a full stop
 */
export function fail(where: IConstruct | string, prop: string, rule: string, given: unknown, fix: string): never {
  const place = typeof where === 'string' ? where : where.node.path;
  const shown = given === undefined ? 'nothing' : JSON.stringify(given);
  throw new InvalidInputError(place, prop, `[${place}] ${prop} ${rule}, got ${shown}: ${fix}.`);
}
