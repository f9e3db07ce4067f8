import { CelFunc, celFunc, celMethod, CelScalar, listType } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';

/** Decimal exponents of a quantity's suffix. */
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const QUANTITY = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?[0-9]{1,2}))?$/;

/**
 * A quantity in billionths, rounded up as Kubernetes does: comparing whole numbers is exact where floats are not.
 *
 * @returns undefined when the text is no quantity
 */
export function nanos(text: string): bigint | undefined {
  const [, sign, whole, fraction = '', binary, decimal, exponent] = QUANTITY.exec(text) ?? [];
  if (whole === undefined || (whole === '' && fraction === '')) return undefined;
  const digits = BigInt(whole + fraction);
  const power = 9 - fraction.length + (exponent === undefined ? DECIMAL[decimal ?? ''] : Number(exponent));
  const scaled = binary ? digits << BINARY[binary] : digits;
  const shift = 10n ** BigInt(Math.abs(power));
  const value = power >= 0 ? scaled * shift : (scaled + shift - 1n) / shift;
  return sign === '-' ? -value : value;
}

const { BOOL, DYN, INT, STRING } = CelScalar;

/**
 * What the API server adds to the standard expression language, as far as the rules of our kinds use it. A rule with
 * any other function fails in the tests ("unbound function"). A quantity is represented by its billionths.
 */
export const KUBERNETES_FUNCTIONS: CelFunc[] = [
  ...strings,
  celFunc('isQuantity', [STRING], BOOL, (text) => nanos(text) !== undefined),
  celFunc('quantity', [STRING], INT, quantity),
  celMethod('isGreaterThan', INT, [INT], BOOL, function (other) {
    return this > other;
  }),
  celMethod('isLessThan', INT, [INT], BOOL, function (other) {
    return this < other;
  }),
  celMethod('compareTo', INT, [INT], INT, function (other) {
    return this < other ? -1n : this > other ? 1n : 0n;
  }),
  celMethod('sum', listType(DYN), [], DYN, function () {
    let total = 0n;
    for (const item of this) total += item as bigint;
    return total;
  }),
  celMethod('indexOf', listType(DYN), [DYN], INT, function (wanted) {
    let index = 0n;
    for (const item of this) {
      if (item === wanted) return index;
      index += 1n;
    }
    return -1n;
  }),
  celMethod('isSorted', listType(DYN), [], BOOL, function () {
    const items = [...this] as (bigint | number | string)[];
    return items.every((item, index) => index === 0 || items[index - 1] <= item);
  }),
];

function quantity(text: string): bigint {
  const value = nanos(text);
  if (value === undefined) throw new Error(`${text} is no quantity`);
  return value;
}
