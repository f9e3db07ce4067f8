import { parseQuantity } from '../contracts/quantity';

/** A JSON object of unknown content. */
export type JsonObject = { [key: string]: unknown };

/** The value as an object; an empty one when it is none. */
export function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** The objects in a list; none when the value is no list. */
export function asObjects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

/** The texts in a list; none when the value is no list. */
export function asTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The value as text; undefined when it is none, or empty. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value as a number; undefined when it is none. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The number that a value stands for, written as a number or as a quantity; 0 when it is neither. */
export function asAmount(value: unknown): number {
  return typeof value === 'number' ? value : (parseQuantity(asText(value) ?? '') ?? 0);
}

/** What stands at a path; undefined when something on the way is missing. */
export function at(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as JsonObject)[key];
  }
  return current;
}

/** A map of texts, such as labels. */
export function asLabels(value: unknown): { [key: string]: string } {
  const labels: { [key: string]: string } = {};
  for (const [key, inner] of Object.entries(asObject(value))) {
    if (typeof inner === 'string') labels[key] = inner;
  }
  return labels;
}
