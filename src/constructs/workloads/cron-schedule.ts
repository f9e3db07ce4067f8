/** The bounds of each field of a schedule, and the names that stand for numbers. */
const FIELDS = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day of the month', min: 1, max: 31, names: [] },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of the week', min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

/**
 * What is wrong with a schedule of five fields, as the CronJob controller reads it.
 *
 * @returns undefined when it is right
 */
export function scheduleProblem(schedule: string): string | undefined {
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return `it has ${schedule.trim() === '' ? 0 : fields.length} fields`;
  for (const [at, { name, min, max, names }] of FIELDS.entries()) {
    if (!fields[at].split(',').every((part) => isRange(part, min, max, names))) {
      return `${name} "${fields[at]}" is not within ${min}-${max}`;
    }
  }
  return undefined;
}

/** Whether a time zone is in the IANA database of this Node. */
export function isTimeZone(name: string): boolean {
  // the API server wants a name of the database, not an offset, and refuses `Local`
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name) || /^local$/i.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function isRange(part: string, min: number, max: number, names: string[]): boolean {
  const match = /^(\*|\?|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i.exec(part);
  if (!match) return false;
  const [, from, to, step] = match;
  if (step !== undefined && Number(step) < 1) return false;
  if (from === '*' || from === '?') return to === undefined;
  const low = numberOf(from, min, names);
  const high = to === undefined ? low : numberOf(to, min, names);
  return low >= min && high <= max && low <= high;
}

function numberOf(text: string, min: number, names: string[]): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + min;
  return /^\d+$/.test(text) ? Number(text) : NaN;
}
