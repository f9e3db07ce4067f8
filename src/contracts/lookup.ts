/**
 * The value of a key that a user wrote, in a table; undefined where the table has none. `table[key]` would find what every object
 * inherits under names such as `constructor`.
 */
export function lookup<Value>(
  table: Readonly<Record<string, Value>> | undefined,
  key: string | undefined,
): Value | undefined {
  return table !== undefined && key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
