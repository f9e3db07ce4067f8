import { Construct, IConstruct } from 'constructs';
import { reportUncaughtErrors } from './uncaught-errors';

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
    reportUncaughtErrors();
  }
}

/** What a synthesis found wrong with an app as a whole. Its message has all of it. */
export class SynthesisError extends Error {
  public constructor(
    /** What is wrong, each as `[construct path] what; the fix`. */
    public readonly findings: string[],
  ) {
    const headline = `${findings.length} problem${findings.length > 1 ? 's' : ''} found, nothing was written:`;
    super([headline, ...findings].join('\n  '));
    this.name = 'SynthesisError';
    reportUncaughtErrors();
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
  throw new InvalidInputError(place, prop, `[${place}] ${prop} ${rule}, got ${shown(given)}: ${fix}.`);
}

/** A value as a user knows it, in one line. */
function shown(given: unknown): string {
  if (given === undefined) return 'nothing';
  if (typeof given === 'function') return given.name === '' ? 'a function' : `the function ${given.name}`;
  if (typeof given === 'number' || typeof given === 'bigint' || typeof given === 'symbol') return String(given);
  try {
    const text = JSON.stringify(given, (_key, value: unknown) => withoutInnards(value));
    return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  } catch {
    return `the ${given?.constructor.name ?? 'value'} that refers to itself`;
  }
}

const MOST_CHARACTERS = 300;

/** Of an object of a class, what a user knows of it: its class, and the path of a construct. */
function withoutInnards(value: unknown): unknown {
  if (Construct.isConstruct(value)) return `${value.constructor.name} ${value.node.path}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { constructor, toString } = value as { constructor?: { name: string }; toString?: () => string };
  if (constructor === undefined || constructor.name === 'Object') return value;
  return toString === undefined || toString === Object.prototype.toString ? constructor.name : toString.call(value);
}
