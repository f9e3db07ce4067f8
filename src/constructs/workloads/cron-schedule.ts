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

const MINUTES_OF_A_DAY = 24 * 60;

/** Days that are looked at: a leap day comes every four years, and each date falls on every day of the week. */
const [FIRST_DAY, LAST_DAY] = [Date.UTC(2024, 0, 1), Date.UTC(2052, 11, 31)];

interface Day {
  readonly date: number;
  readonly month: number;
  readonly weekday: number;
}

let calendar: readonly Day[] | undefined;

/** The days, made when they are first looked at: an operator looks at each sync. */
function days(): readonly Day[] {
  calendar ??= Array.from({ length: (LAST_DAY - FIRST_DAY) / (MINUTES_OF_A_DAY * 60_000) + 1 }, (_, day) => {
    const at = new Date(FIRST_DAY + day * MINUTES_OF_A_DAY * 60_000);
    return { date: at.getUTCDate(), month: at.getUTCMonth() + 1, weekday: at.getUTCDay() };
  });
  return calendar;
}

/**
 * The longest time between two runs of a schedule, as the CronJob controller and Velero read it.
 *
 * @param schedule one without a problem
 * @returns minutes, or undefined when it never runs, such as on 30 February
 */
export function longestGapMinutes(schedule: string): number | undefined {
  const fields = schedule.trim().split(/\s+/);
  const [minutes, hours, dates, months, weekdays] = FIELDS.map(({ min, max, names }, at) => {
    const parts = fields[at].split(',').map((part) => rangeOf(part, min, max, names));
    return new Set(parts.flatMap(({ low, high, step }) => steps(low, high, step)));
  });
  const times = [...hours].flatMap((hour) => [...minutes].map((minute) => hour * 60 + minute)).sort((a, b) => a - b);
  const daytime = times.slice(1).reduce((most, at, before) => Math.max(most, at - times[before]), 0);
  // where both are restricted, either is enough
  const either = !isStar(fields[2]) && !isStar(fields[4]);
  let longest: number | undefined;
  let previous: number | undefined;
  for (const [day, { date, month, weekday }] of days().entries()) {
    if (!months.has(month)) continue;
    const [byDate, byWeekday] = [dates.has(date), weekdays.has(weekday)];
    if (either ? !byDate && !byWeekday : !byDate || !byWeekday) continue;
    if (previous !== undefined) {
      const overnight = (day - previous) * MINUTES_OF_A_DAY + times[0] - times[times.length - 1];
      longest = Math.max(longest ?? daytime, overnight);
    }
    previous = day;
  }
  return longest;
}

function isStar(field: string): boolean {
  return field.split(',').some((part) => /^[*?](\/0*1)?$/.test(part));
}

function steps(low: number, high: number, step: number): number[] {
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, at) => low + at * step);
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
  const { low, high, step } = rangeOf(part, min, max, names);
  return low >= min && high <= max && low <= high && step >= 1;
}

/** The bounds and the step of one part of a field; NaN where it is none. */
function rangeOf(part: string, min: number, max: number, names: string[]): { low: number; high: number; step: number } {
  const match = /^(\*|\?|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i.exec(part);
  if (!match) return { low: NaN, high: NaN, step: NaN };
  const [, from, to, every] = match;
  const step = every === undefined ? 1 : Number(every);
  if (from === '*' || from === '?') return { low: min, high: to === undefined ? max : NaN, step };
  const low = numberOf(from, min, names);
  // `5/10` is from 5 on
  const last = every === undefined ? low : max;
  return { low, high: to === undefined ? last : numberOf(to, min, names), step };
}

function numberOf(text: string, min: number, names: string[]): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + min;
  return /^\d+$/.test(text) ? Number(text) : NaN;
}

const MACROS: { readonly [macro: string]: string } = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const MINUTE = 60_000;
/** Years that are looked at: a 29th of February comes again after eight at most. */
const YEARS_AHEAD = 9;

/**
 * When a schedule is due next, as the CronJob controller and Argo Workflows read it.
 *
 * @param after milliseconds since 1970
 * @returns milliseconds since 1970, or undefined when the schedule is none, the time zone is none, or it is never due
 */
export function nextTime(schedule: string, timeZone: string, after: number): number | undefined {
  const plain = Object.hasOwn(MACROS, schedule.trim()) ? MACROS[schedule.trim()] : schedule;
  if (scheduleProblem(plain) !== undefined || !isTimeZone(timeZone)) return undefined;
  const fields = plain.trim().split(/\s+/);
  const [minutes, hours, dates, months, weekdays] = FIELDS.map(({ min, max, names }, at) => {
    const parts = fields[at].split(',').map((part) => rangeOf(part, min, max, names));
    return new Set(parts.flatMap(({ low, high, step }) => steps(low, high, step)));
  });
  const either = !isStar(fields[2]) && !isStar(fields[4]);
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const last = after + YEARS_AHEAD * 366 * MINUTES_OF_A_DAY * MINUTE;
  let at = (Math.floor(after / MINUTE) + 1) * MINUTE;
  while (at <= last) {
    const local = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const weekday = new Date(Date.UTC(local.year, local.month - 1, local.day)).getUTCDay();
    const [byDate, byWeekday] = [dates.has(local.day), weekdays.has(weekday)];
    if (!months.has(local.month) || (either ? !byDate && !byWeekday : !byDate || !byWeekday)) {
      // to the evening: how long a day is depends on the zone
      at += Math.max(60 - local.minute, (22 - local.hour) * 60) * MINUTE;
    } else if (!hours.has(local.hour)) {
      at += (60 - local.minute) * MINUTE;
    } else if (!minutes.has(local.minute)) {
      at += MINUTE;
    } else {
      return at;
    }
  }
  return undefined;
}
