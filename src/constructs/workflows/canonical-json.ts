/**
 * JSON with the keys of objects in order. The API server keeps no order of its own, so what a program synthesizes and what an operator
 * makes of the stored object would otherwise differ.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) ? inOrder(part as Record<string, unknown>) : part,
  );
}

/** The fields of an object, in order. */
export function inOrder<T>(given: { readonly [key: string]: T }): { [key: string]: T } {
  return Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)));
}
