import { createHash } from 'crypto';

/** Joins parts of a name with hyphens; what is too long is cut and ends in a hash of the whole. */
export function boundedName(maxLength: number, ...parts: string[]): string {
  const whole = parts.join('-');
  if (whole.length <= maxLength) return whole;
  return `${whole.slice(0, maxLength - 9).replace(/-+$/, '')}-${shortHash(whole)}`;
}

/** Eight characters that depend on the text only. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
