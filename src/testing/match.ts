import { parse } from 'yaml';
import { checked } from '../contracts/checked';
import { fail } from '../contracts/errors';
import {
  checkPattern,
  compare,
  Comparison,
  isMatcher,
  isObject,
  joined,
  leaves,
  Matcher,
  MATCHES,
  mismatch,
  patternShown,
  weightOf,
} from './matcher';
import { keyPath, shown } from './shown';

/**
 * What a value in a pattern of `PlatformTemplate` may be, beside plain data.
 *
 * Plain data matches as `objectLike()` does: an object may have further keys, on every level; an array must have the same
 * elements in the same order; everything else must be equal.
 */
@checked('Match')
export class Match {
  /** An object with at least these keys. The same as a plain object, except inside `objectEquals()` and `arrayEquals()`. */
  public static objectLike(pattern: { [key: string]: unknown }): Matcher {
    return new LiteralMatcher('objectLike', pattern, true);
  }

  /** An object with these keys and no others, on every level; other matchers may be in it. */
  public static objectEquals(pattern: { [key: string]: unknown }): Matcher {
    return new LiteralMatcher('objectEquals', pattern, false);
  }

  /** An array that has these elements in this order, with any others before, between and after them. */
  public static arrayWith(pattern: unknown[]): Matcher {
    return new ArrayWithMatcher(pattern);
  }

  /** An array of these elements and no others, whose objects have no further keys; other matchers may be in it. */
  public static arrayEquals(pattern: unknown[]): Matcher {
    return new LiteralMatcher('arrayEquals', pattern, false);
  }

  /** Exactly this value: plain data, without matchers in it. */
  public static exact(pattern: unknown): Matcher {
    refuseMatchers(pattern, 'pattern');
    return new LiteralMatcher('exact', pattern, false);
  }

  /** No value: the object does not have the key. */
  public static absent(): Matcher {
    return new AbsentMatcher();
  }

  /** Any value, but not none and not null. */
  public static anyValue(): Matcher {
    return new AnyValueMatcher();
  }

  /** Anything that the pattern does not match; also no value, where the pattern wants one. */
  public static not(pattern: unknown): Matcher {
    return new NotMatcher(pattern);
  }

  /**
   * A string of which some part matches a regular expression.
   *
   * @param pattern a regular expression of JavaScript, such as `^ghcr\\.io/acme/`
   * @throws InvalidInputError when it is none
   */
  public static stringLikeRegexp(pattern: string): Matcher {
    return new RegexpMatcher(pattern);
  }

  /** A string that holds JSON, such as the policy of an IAM role. */
  public static serializedJson(pattern: unknown): Matcher {
    return new SerializedMatcher('serializedJson', 'JSON', (text) => JSON.parse(text) as unknown, pattern);
  }

  /** A string that holds YAML, such as the values of a `helm_release` or a file in a ConfigMap. */
  public static serializedYaml(pattern: unknown): Matcher {
    // the version that Kubernetes and Helm read
    return new SerializedMatcher(
      'serializedYaml',
      'YAML',
      (text) => parse(text, { version: '1.1' }) as unknown,
      pattern,
    );
  }

  private constructor() {}
}

function refuseMatchers(pattern: unknown, path: string): void {
  if (isMatcher(pattern)) {
    fail(
      'Match.exact',
      path,
      'must be plain data',
      pattern._shown(),
      'use Match.objectEquals() or Match.arrayEquals(), in which matchers may stand',
    );
  }
  if (Array.isArray(pattern)) pattern.forEach((inner, at) => refuseMatchers(inner, `${path}[${at}]`));
  else if (isObject(pattern)) {
    for (const [key, inner] of Object.entries(pattern)) refuseMatchers(inner, keyPath(path, key));
  }
}

class LiteralMatcher extends Matcher {
  public constructor(
    private readonly method: string,
    private readonly pattern: unknown,
    private readonly partial: boolean,
  ) {
    super();
    checkPattern(`Match.${method}`, pattern);
  }

  public _compare(given: unknown, path: string): Comparison {
    return compare(this.pattern, given, path, this.partial);
  }

  public _shown(): string {
    return `Match.${this.method}(${patternShown(this.pattern)})`;
  }
}

class ArrayWithMatcher extends Matcher {
  public constructor(private readonly pattern: unknown[]) {
    super();
    checkPattern('Match.arrayWith', pattern);
  }

  public _compare(given: unknown, path: string): Comparison {
    if (!Array.isArray(given)) return mismatch(path, this._shown(), given, leaves(this.pattern));
    const elements: unknown[] = given;
    const found: Comparison[] = [];
    let next = 0;
    for (const one of this.pattern) {
      const compared = elements.map((element, at) => compare(one, element, `${path}[${at}]`, true));
      const at = compared.findIndex(({ mismatches }, index) => index >= next && mismatches.length === 0);
      if (at >= 0) {
        found.push(compared[at]);
        next = at + 1;
      } else {
        found.push(this.missing(one, elements, compared, path));
      }
    }
    return joined(found);
  }

  public _shown(): string {
    return `Match.arrayWith(${patternShown(this.pattern)})`;
  }

  /** What to say of an element that is not there: where it stands instead, or how the closest one differs. */
  private missing(pattern: unknown, elements: unknown[], compared: Comparison[], path: string): Comparison {
    const early = compared.findIndex(({ mismatches }) => mismatches.length === 0);
    if (early >= 0) {
      const message = `expected ${patternShown(pattern)} after the elements before it in the pattern, got it at [${early}]`;
      return { mismatches: [{ path, message, weight: leaves(pattern) }], captures: [] };
    }
    const closest = [...compared].sort((a, b) => weightOf(a) - weightOf(b)).at(0);
    // an element of which nothing is right says nothing
    if (closest && weightOf(closest) < leaves(pattern)) return closest;
    return mismatch(path, `an element ${patternShown(pattern)}`, elements, leaves(pattern));
  }
}

class AbsentMatcher extends Matcher {
  public override get _keysOnly(): boolean {
    return true;
  }

  public _compare(given: unknown, path: string): Comparison {
    return given === undefined ? MATCHES : mismatch(path, 'nothing', given);
  }

  public _shown(): string {
    return 'Match.absent()';
  }
}

class AnyValueMatcher extends Matcher {
  public _compare(given: unknown, path: string): Comparison {
    return given === undefined || given === null ? mismatch(path, 'any value', given) : MATCHES;
  }

  public _shown(): string {
    return 'Match.anyValue()';
  }
}

class NotMatcher extends Matcher {
  public constructor(private readonly pattern: unknown) {
    super();
    if (pattern instanceof AbsentMatcher) {
      fail('Match.not', 'pattern', 'must not be absent()', pattern._shown(), 'use Match.anyValue()');
    }
    checkPattern('Match.not', pattern);
  }

  public _compare(given: unknown, path: string): Comparison {
    const matches = compare(this.pattern, given, path, true).mismatches.length === 0;
    return matches ? mismatch(path, `anything but ${patternShown(this.pattern)}`, given) : MATCHES;
  }

  public _shown(): string {
    return `Match.not(${patternShown(this.pattern)})`;
  }
}

class RegexpMatcher extends Matcher {
  private readonly regexp: RegExp;

  public constructor(pattern: string) {
    super();
    try {
      this.regexp = new RegExp(pattern);
    } catch (error) {
      fail('Match.stringLikeRegexp', 'pattern', 'must be a regular expression', pattern, (error as Error).message);
    }
  }

  public _compare(given: unknown, path: string): Comparison {
    if (typeof given === 'string' && this.regexp.test(given)) return MATCHES;
    return mismatch(path, `a string like ${String(this.regexp)}`, given);
  }

  public _shown(): string {
    return `Match.stringLikeRegexp(${shown(this.regexp.source)})`;
  }
}

class SerializedMatcher extends Matcher {
  public constructor(
    private readonly method: string,
    private readonly language: string,
    private readonly parse: (text: string) => unknown,
    private readonly pattern: unknown,
  ) {
    super();
    checkPattern(`Match.${method}`, pattern);
  }

  public _compare(given: unknown, path: string): Comparison {
    const missed = leaves(this.pattern);
    if (typeof given !== 'string') return mismatch(path, `a string of ${this.language}`, given, missed);
    if (/^\$\{(yaml|json)encode\(/.test(given)) {
      const expected = `a string of ${this.language}, not an expression that Terraform evaluates (use Match.stringLikeRegexp())`;
      return mismatch(path, expected, given, missed);
    }
    let value: unknown;
    try {
      value = this.parse(given);
    } catch {
      return mismatch(path, `a string of ${this.language}`, given, missed);
    }
    return compare(this.pattern, value, `${path}(${this.language})`, true);
  }

  public _shown(): string {
    return `Match.${this.method}(${patternShown(this.pattern)})`;
  }
}
