import { editDistance } from '../contracts/suggestion';

const LONGEST = 100;

/** A value in one line of a message, shortened where it is long. */
export function shown(value: unknown): string {
  return value === undefined ? 'nothing' : shortened(JSON.stringify(value));
}

/** A text, cut off where it is too long for a line. */
export function shortened(text: string, longest = LONGEST): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** The path of a key, as one would write it in JavaScript: `metadata.labels["app.kubernetes.io/name"]`. */
export function keyPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** A sentence's part that proposes the name that was meant; empty where none is near. */
export function didYouMean(name: string, names: string[]): string {
  const nearest = names
    .map((other) => ({ other, edits: editDistance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, edits }) => edits <= Math.max(1, Math.min(name.length, other.length) / 4))
    .sort((a, b) => a.edits - b.edits)[0];
  return nearest ? `; did you mean ${nearest.other}?` : '';
}
