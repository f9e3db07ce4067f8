import { ICheck } from './check';

/** The checks that every environment runs. A new check is a file of its own and one line here. */
export function defaultChecks(): ICheck[] {
  return [];
}
