import { IConstruct } from 'constructs';
import { fail } from './errors';

const FACTORS: { [suffix: string]: number } = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * The number that a Kubernetes quantity stands for: cores or bytes.
 *
 * @returns undefined when the text is no quantity
 */
export function parseQuantity(text: string): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?)$/.exec(text);
  if (!match) return undefined;
  return Number(match[1] + (match[2] ?? '')) * FACTORS[match[3] ?? ''];
}

/**
 * Refuses an amount of CPU that is no quantity, or finer than a thousandth of a core.
 *
 * @returns the quantity
 */
export function cpuQuantity(where: IConstruct | string, prop: string, text: string): string {
  const cores = parseQuantity(text);
  if (cores === undefined || cores < 0.001) {
    fail(where, prop, 'must be a Kubernetes quantity of at least 1m', text, "write it in cores, such as '500m' or '2'");
  }
  return text;
}

/**
 * Refuses an amount of memory or storage that is no quantity, or below 1Mi: that is a forgotten suffix, or `m` for `M`.
 *
 * @returns the quantity
 */
export function byteQuantity(where: IConstruct | string, prop: string, text: string): string {
  const bytes = parseQuantity(text);
  if (bytes === undefined || bytes < 2 ** 20) {
    fail(
      where,
      prop,
      'must be a Kubernetes quantity of at least 1Mi',
      text,
      "write it in bytes with a suffix, such as '512Mi' or '2Gi'",
    );
  }
  return text;
}

/**
 * An amount of memory or storage in a unit of which another system takes whole ones only.
 *
 * @param unit the unit, such as `Gi`
 * @returns how many of the unit it is
 * @throws InvalidInputError when it is no quantity, not whole, or out of bounds
 */
export function wholeUnits(
  where: IConstruct | string,
  prop: string,
  text: string,
  unit: 'Mi' | 'Gi',
  min: number,
  max: number,
): number {
  const amount = (parseQuantity(text) ?? NaN) / FACTORS[unit];
  if (!Number.isInteger(amount) || amount < min || amount > max) {
    fail(
      where,
      prop,
      `must be a whole number of ${unit} between ${min}${unit} and ${max}${unit}`,
      text,
      `write it like '${min}${unit}'`,
    );
  }
  return amount;
}
