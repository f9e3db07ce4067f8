import { IConstruct } from 'constructs';
import { fail } from './errors';

/**
 * Refuses a number that is not whole or out of bounds; nothing given is fine.
 *
 * @returns the number
 */
export function checkWhole<T extends number | undefined>(
  where: IConstruct | string,
  prop: string,
  value: T,
  min: number,
  max: number,
  mend: string,
): T {
  if (value !== undefined && (!Number.isInteger(value) || value < min || value > max)) {
    fail(where, prop, `must be a whole number between ${min} and ${max}`, value, mend);
  }
  return value;
}

/** Refuses what is no TCP port. */
export function checkPort(where: IConstruct | string, prop: string, port: number): void {
  checkWhole(where, prop, port, 1, 65_535, 'give a TCP port');
}

/** Refuses a port that a container without capabilities cannot listen on. */
export function checkListeningPort(where: IConstruct | string, prop: string, port: number): void {
  checkWhole(
    where,
    prop,
    port,
    1024,
    65_535,
    'let the container listen on a port above 1023; below it needs privileges',
  );
}
