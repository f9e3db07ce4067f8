import { IConstruct } from 'constructs';
import { fail } from './errors';
import { TIME_ZONES } from './generated/time-zones';
import { suggestion } from './suggestion';

/**
 * Refuses a time zone that the API server, Argo or Spark's operator would not find: names are those of the IANA database as Go has it, in
 * their case.
 *
 * @returns the name
 */
export function timeZone(where: IConstruct | string, prop: string, name: string): string {
  if (TIME_ZONES.includes(name)) return name;
  const nearest = suggestion(name, TIME_ZONES) ?? 'Europe/Berlin';
  fail(where, prop, 'must be a name of the IANA time zone database', name, `use one such as '${nearest}'`);
}
