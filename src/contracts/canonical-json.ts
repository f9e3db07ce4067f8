/**
 * JSON with the keys of objects in order. The API server keeps no order of its own, so what a program synthesizes and what an operator
 * makes of the stored object would otherwise differ.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inOrderThroughout(value));
}

function inOrderThroughout(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrderThroughout);
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, inOrderThroughout((value as Record<string, unknown>)[key])]));
}

/** The fields of an object, in order. */
export function inOrder<T>(given: { readonly [key: string]: T }): { [key: string]: T } {
  return Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)));
}
