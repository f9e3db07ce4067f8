import { parse } from 'yaml';

/** Every text in the values, and every key, by its path. */
export function texts(value: unknown, path: string): (readonly [path: string, text: string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item) => texts(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const at = path === '' ? key : `${path}.${key}`;
    return [[`${at} (key)`, key] as const, ...texts(below, at)];
  });
}

/** Whether a template may print it as it is. Helm reads YAML 1.1, in which `no` is false, with numbers of 1.2. */
export function isPlain(text: string): boolean {
  try {
    return (['1.1', '1.2'] as const).every(
      (version) => (parse(`key: ${text}\n`, { version }) as { key: unknown }).key === text,
    );
  } catch {
    return false;
  }
}
