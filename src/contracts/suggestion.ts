/**
 * The candidate that was most likely meant by what was written; undefined when none is near.
 *
 * Upper and lower case count as the same, and two letters that changed places as one mistake.
 */
export function suggestion(written: string, candidates: readonly string[]): string | undefined {
  const limit = written.length < 4 ? 1 : Math.max(2, Math.floor(written.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - written.length) >= least) continue;
    const distance = editDistance(written.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

const MOST_NAMES = 15;

/** Names with commas between, and how many more there are. */
export function capped(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return rest > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${rest} more` : names.join(', ');
}

/** The names, of which the closest to what was given comes first, or stands alone where it is very close. */
export function oneOf(names: readonly string[], given: string): string {
  const wrong = given.toLowerCase();
  const distances = names.map((name) => ({ name, distance: distance(name.toLowerCase(), wrong) }));
  const sorted = distances.sort((a, b) => a.distance - b.distance);
  const best = sorted[0] as (typeof sorted)[number] | undefined;
  if (best && best.distance <= Math.max(1, (given.length - given.lastIndexOf('.') - 1) / 3)) return best.name;
  return `one of: ${capped(sorted.map(({ name }) => name))}`;
}

/** Half a step for a name that was cut short: `prod` is closer to `production` than to `probe`. */
function distance(name: string, given: string): number {
  return given.length >= 3 && name.startsWith(given) ? 0.5 : editDistance(name, given);
}

/** How many letters have to be added, removed, replaced or changed with their neighbour. */
export function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let least = Math.min(
        rows[row - 1][column] + 1,
        rows[row][column - 1] + 1,
        rows[row - 1][column - 1] + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        least = Math.min(least, rows[row - 2][column - 2] + 1);
      }
      rows[row].push(least);
    }
  }
  return rows[from.length][to.length];
}
