/**
 * A regular expression for the two-digit endings from `from` (inclusive) to `to` (exclusive), both between 0 and 100: one
 * alternative for each ten.
 */
export function endingsBetween(from: number, to: number): string {
  const alternatives: string[] = [];
  for (let ten = Math.floor(from / 10); ten * 10 < to; ten++) {
    const first = Math.max(from - ten * 10, 0);
    const last = Math.min(to - ten * 10, 10) - 1;
    alternatives.push(`${ten}${first === last ? first : `[${first}-${last}]`}`);
  }
  return alternatives.join('|');
}
