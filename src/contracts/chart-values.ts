/** Values of a chart. */
export type ChartValues = { readonly [key: string]: unknown };

/** Whether a value is a map of values. */
export function isMap(value: unknown): value is ChartValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path with dots, whose keys may hold dots themselves. */
export function valueAt(values: unknown, path: string | undefined): unknown {
  if (path === undefined || !isMap(values)) return undefined;
  if (path in values) return values[path];
  const cuts = [...path.matchAll(/\./g)].map(({ index }) => index);
  for (const cut of cuts) {
    const head = path.slice(0, cut);
    if (head in values) return valueAt(values[head], path.slice(cut + 1));
  }
  return undefined;
}
