import { fail } from '../contracts/errors';
import { didYouMean, keyPath, shortened, shown } from './shown';

/** A place at which a value is not what a pattern says. */
export interface Mismatch {
  /** Path in the object, such as `spec.template.spec.containers[0].image`; empty for the object itself. */
  readonly path: string;
  /** What was expected there, and what is there. */
  readonly message: string;
  /** How much of the pattern is not met, in values. */
  readonly weight: number;
}

/** What a comparison of a pattern with a value found. */
export interface Comparison {
  readonly mismatches: Mismatch[];
  /** What captures keep once the whole pattern matches: functions that keep it. */
  readonly captures: (() => void)[];
}

/** A pattern that is more than plain data. Made by `Match`, and by `new Capture()`. */
export abstract class Matcher {
  /**
   * Compares a value with the pattern; `undefined` stands for a key that is not there.
   *
   * @internal
   */
  public abstract _compare(given: unknown, path: string): Comparison;

  /**
   * The pattern as messages show it.
   *
   * @internal
   */
  public abstract _shown(): string;

  /**
   * Whether the matcher can only stand for the value of a key.
   *
   * @internal
   */
  public get _keysOnly(): boolean {
    return false;
  }
}

export const MATCHES: Comparison = { mismatches: [], captures: [] };

/** The comparison that found one mismatch. */
export function mismatch(path: string, expected: string, given: unknown, weight = 1): Comparison {
  return { mismatches: [{ path, message: `expected ${expected}, got ${shown(given)}`, weight }], captures: [] };
}

/** One comparison of several. */
export function joined(comparisons: Comparison[]): Comparison {
  return {
    mismatches: comparisons.flatMap((one) => one.mismatches),
    captures: comparisons.flatMap((one) => one.captures),
  };
}

/** How much of a pattern a comparison missed. */
export function weightOf({ mismatches }: Comparison): number {
  return mismatches.reduce((sum, { weight }) => sum + weight, 0);
}

/**
 * Compares a value with a pattern of plain data, which may hold matchers.
 *
 * @param partial whether objects may have further keys
 */
export function compare(pattern: unknown, given: unknown, path: string, partial: boolean): Comparison {
  if (isMatcher(pattern)) return pattern._compare(given, path);
  if (Array.isArray(pattern)) return compareArrays(pattern, given, path, partial);
  if (isObject(pattern)) return compareObjects(pattern, given, path, partial);
  return pattern === given ? MATCHES : mismatch(path, shown(pattern), given);
}

function compareObjects(
  pattern: { [key: string]: unknown },
  given: unknown,
  path: string,
  partial: boolean,
): Comparison {
  if (!isObject(given)) return mismatch(path, patternShown(pattern), given, leaves(pattern));
  const keys = Object.keys(pattern);
  const further = Object.keys(given).filter((key) => !keys.includes(key));
  return joined([
    ...keys.map((key) => {
      const comparison = compare(pattern[key], given[key], keyPath(path, key), partial);
      return key in given ? comparison : withAdvice(comparison, didYouMean(key, further));
    }),
    ...(partial ? [] : further.map((key) => mismatch(keyPath(path, key), 'nothing', given[key]))),
  ]);
}

function withAdvice({ mismatches, captures }: Comparison, advice: string): Comparison {
  return { mismatches: mismatches.map((one) => ({ ...one, message: one.message + advice })), captures };
}

function compareArrays(pattern: unknown[], given: unknown, path: string, partial: boolean): Comparison {
  if (!Array.isArray(given)) return mismatch(path, patternShown(pattern), given, leaves(pattern));
  if (given.length !== pattern.length) {
    const count = `${pattern.length} element${pattern.length === 1 ? '' : 's'}`;
    const message = `expected ${count}, got ${given.length}: ${shown(given)}`;
    return { mismatches: [{ path, message, weight: leaves(pattern) }], captures: [] };
  }
  return joined(pattern.map((one, at) => compare(one, given[at], `${path}[${at}]`, partial)));
}

/** How many values a pattern asks for. */
export function leaves(pattern: unknown): number {
  if (isMatcher(pattern) || typeof pattern !== 'object' || pattern === null) return 1;
  return Math.max(
    1,
    Object.values(pattern).reduce((sum: number, inner) => sum + leaves(inner), 0),
  );
}

/** A pattern in one line of a message, shortened where it is long. */
export function patternShown(pattern: unknown, longest?: number): string {
  return shortened(rendered(pattern), longest);
}

function rendered(pattern: unknown): string {
  if (isMatcher(pattern)) return pattern._shown();
  if (Array.isArray(pattern)) return `[${pattern.map(rendered).join(',')}]`;
  if (!isObject(pattern)) return shown(pattern);
  const entries = Object.entries(pattern).map(([key, inner]) => `${JSON.stringify(key)}:${rendered(inner)}`);
  return `{${entries.join(',')}}`;
}

/**
 * Refuses what can be no pattern, or would match by accident.
 *
 * @param where the method that was called
 * @returns the pattern
 */
export function checkPattern(where: string, pattern: unknown, prop = 'pattern', isKey = false): unknown {
  if (isMatcher(pattern)) {
    if (pattern._keysOnly && !isKey) {
      fail(
        where,
        prop,
        'must not be absent()',
        pattern._shown(),
        'give it as the value of a key that must not be there',
      );
    }
    return pattern;
  }
  if (pattern === undefined) {
    fail(
      where,
      prop,
      'must be given',
      undefined,
      'use Match.absent() for a key that must not be there, Match.anyValue() for any value',
    );
  }
  if (typeof pattern === 'string' && pattern.includes('TfToken[')) {
    fail(
      where,
      prop,
      'must not be a Terraform token, whose text is known at synthesis only',
      pattern,
      'use Match.stringLikeRegexp(), for instance with the type of the resource that it refers to',
    );
  }
  if (Array.isArray(pattern)) pattern.forEach((inner, at) => checkPattern(where, inner, `${prop}[${at}]`));
  else if (isObject(pattern)) {
    for (const [key, inner] of Object.entries(pattern)) checkPattern(where, inner, keyPath(prop, key), true);
  } else if (typeof pattern === 'function' || (typeof pattern === 'object' && pattern !== null)) {
    const what = typeof pattern === 'function' ? 'a function' : `a ${pattern.constructor.name} object`;
    const fix = what === 'a RegExp object' ? 'use Match.stringLikeRegexp()' : 'use the values that JSON has, and Match';
    fail(where, prop, 'must be plain data or a Match', what, fix);
  }
  return pattern;
}

/** Whether a value is an object as JSON has it. Of objects of another realm, as jest has them, only the name of the class is the same. */
export function isObject(value: unknown): value is { [key: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null;
  return prototype === null || prototype.constructor?.name === 'Object';
}

/** Whether a value is a matcher, of whatever copy of the library: tests reset their modules. */
export function isMatcher(value: unknown): value is Matcher {
  return typeof (value as Partial<Matcher> | null | undefined)?._compare === 'function';
}
