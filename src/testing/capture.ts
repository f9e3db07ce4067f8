import { checked } from '../contracts/checked';
import { fail } from '../contracts/errors';
import { checkPattern, compare, Comparison, isObject, Matcher, MATCHES, mismatch, patternShown } from './matcher';

/**
 * Keeps the values that stand at its place in what an assertion matched, for a test that computes with them.
 *
 * It keeps one value of each object or resource that matches, in the order of the output. `next()` moves to the following
 * one. Use a new capture for each assertion.
 */
@checked('Capture')
export class Capture extends Matcher {
  private readonly values: unknown[] = [];
  private at = 0;

  /**
   * @param pattern what the value must be; default: any value
   */
  public constructor(private readonly pattern?: unknown) {
    super();
    if (pattern !== undefined) checkPattern('Capture', pattern);
  }

  /**
   * Moves to the next value.
   *
   * @returns whether there is one; otherwise the capture stays where it is
   */
  public next(): boolean {
    if (this.at + 1 >= this.values.length) return false;
    this.at += 1;
    return true;
  }

  /**
   * The value, a string.
   *
   * @throws InvalidInputError when it is none, or when nothing was captured
   */
  public asString(): string {
    const value = this.value('asString');
    return typeof value === 'string' ? value : this.refuse('asString', 'a string', value);
  }

  /**
   * The value, a number.
   *
   * @throws InvalidInputError when it is none, or when nothing was captured
   */
  public asNumber(): number {
    const value = this.value('asNumber');
    return typeof value === 'number' ? value : this.refuse('asNumber', 'a number', value);
  }

  /**
   * The value, true or false.
   *
   * @throws InvalidInputError when it is neither, or when nothing was captured
   */
  public asBoolean(): boolean {
    const value = this.value('asBoolean');
    return typeof value === 'boolean' ? value : this.refuse('asBoolean', 'a boolean', value);
  }

  /**
   * The value, an array.
   *
   * @throws InvalidInputError when it is none, or when nothing was captured
   */
  public asArray(): unknown[] {
    const value = this.value('asArray');
    return Array.isArray(value) ? (value as unknown[]) : this.refuse('asArray', 'an array', value);
  }

  /**
   * The value, an object.
   *
   * @throws InvalidInputError when it is none, or when nothing was captured
   */
  public asObject(): { [key: string]: unknown } {
    const value = this.value('asObject');
    return isObject(value) ? value : this.refuse('asObject', 'an object', value);
  }

  /** @internal */
  public _compare(given: unknown, path: string): Comparison {
    const compared =
      this.pattern !== undefined
        ? compare(this.pattern, given, path, true)
        : given === undefined || given === null
          ? mismatch(path, 'any value', given)
          : MATCHES;
    return { ...compared, captures: [...compared.captures, () => this.values.push(given)] };
  }

  /** @internal */
  public _shown(): string {
    return `Capture(${this.pattern === undefined ? '' : patternShown(this.pattern)})`;
  }

  private value(method: string): unknown {
    if (this.values.length === 0) {
      fail(
        'Capture',
        method,
        'must be called after an assertion that matched',
        undefined,
        'pass the capture in the pattern of hasObject() or hasResource() first',
      );
    }
    return this.values[this.at];
  }

  private refuse(method: string, wanted: string, value: unknown): never {
    return fail('Capture', method, `must be called where ${wanted} was captured`, value, `call ${methodFor(value)}()`);
  }
}

function methodFor(value: unknown): string {
  if (Array.isArray(value)) return 'asArray';
  return { string: 'asString', number: 'asNumber', boolean: 'asBoolean' }[typeof value as string] ?? 'asObject';
}
