import { IConstruct } from 'constructs';
import { fail } from './errors';
import { TIME_ZONES } from './generated/time-zones';
import { lookup } from './lookup';

/** A field of a schedule. */
interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names that stand for numbers, from the lowest on. */
  readonly names: readonly string[];
}

/** The bounds of each field of a schedule, and the names that stand for numbers. */
const FIELDS: readonly Field[] = [
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

const NEVER = 'it never comes';

/** What stands for a schedule, as all readers (the CronJob controller, Argo, Spark's operator, Velero) take it. */
const DESCRIPTORS: { readonly [name: string]: string } = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * Refuses a schedule that its readers would refuse, or that never comes, such as 31 February.
 *
 * @returns the schedule
 */
export function cronSchedule(where: IConstruct | string, prop: string, schedule: string): string {
  const problem = scheduleProblem(schedule);
  if (problem === NEVER) fail(where, prop, 'must be at a time that comes', schedule, "write it such as '0 */6 * * *'");
  if (problem !== undefined) {
    fail(
      where,
      prop,
      `must have five fields within their bounds, but ${problem}`,
      schedule,
      "write minute, hour, day of the month, month and day of the week, such as '30 2 * * *'",
    );
  }
  return schedule;
}

/**
 * What is wrong with a schedule.
 *
 * @returns undefined when it is right
 */
export function scheduleProblem(schedule: string): string | undefined {
  const names = Object.keys(DESCRIPTORS);
  if (schedule.startsWith('@')) {
    return names.includes(schedule) ? undefined : `only ${names.join(', ')} stand for one`;
  }
  const fields = schedule.split(' ');
  if (fields.length !== FIELDS.length) return `it has ${schedule === '' ? 0 : fields.length} fields`;
  for (const [at, { name, min, max, names }] of FIELDS.entries()) {
    for (const { low, high, step } of fields[at].split(',').map((part) => rangeOf(part, min, max, names))) {
      if (step < 1) return `${name} "${fields[at]}" has a step of 0`;
      if (!(low >= min && high <= max && low <= max && step >= 1))
        return `${name} "${fields[at]}" is not within ${min}-${max}`;
      if (low > high) return `${name} "${fields[at]}" has a range backwards`;
    }
  }
  return longestGapMinutes(schedule) === undefined ? NEVER : undefined;
}

/** Numbers from 0 or 1 to another, with leading zeros, as a regular expression. */
function numbers(low: number, high: number): string {
  const [tens, ones] = [Math.floor(high / 10), high % 10];
  if (tens === 0) return `0*[${low}-${high}]`;
  const between = tens > 1 ? [`[1-${tens - 1}][0-9]`] : [];
  return `0*(${[`[${low}-9]`, ...between, `${tens}[0-${ones}]`].join('|')})`;
}

/** `(sun|0*[0-6])`, in any case. */
function valueOf({ min, max, names }: Field): string {
  const anyCase = names.map((name) => [...name].map((letter) => `[${letter}${letter.toUpperCase()}]`).join(''));
  return `(${[numbers(min, max), ...anyCase].join('|')})`;
}

function fieldPattern(field: Field): string {
  const value = valueOf(field);
  const part = `([*?]|${value}(-${value})?)(/0*[1-9][0-9]*)?`;
  return `${part}(,${part})*`;
}

/** Schedules whose values are within their bounds, as a regular expression that JavaScript and CEL (RE2) read. */
export const CRON_PATTERN = `^(@(${Object.keys(DESCRIPTORS)
  .map((name) => name.slice(1))
  .join('|')})|${FIELDS.map(fieldPattern).join(' ')})$`;

/** Schedules in lower case with a range backwards, such as `5-1` or `fri-mon`. */
export const CRON_BACKWARDS_PATTERN = `\\b(${[
  ...Array.from({ length: 59 }, (_, at) => `0*${at + 1}-${numbers(0, at)}`),
  ...FIELDS.flatMap(({ min, names }) =>
    names.slice(1).map((name, at) => {
      const lower = names.slice(0, at + 1).join('|');
      // the name against names and numbers, the number against names
      return `${name}-(${lower}|${numbers(min, min + at)})|0*${min + at + 1}-(${lower})`;
    }),
  ),
].join('|')})\\b`;

/** Schedules in lower case of days that no month has: the 30th of February, the 31st of short months. */
export const CRON_NEVER_PATTERN = `^[^ ]+ [^ ]+ (${never(['30', '31', '30-31'], ['2', 'feb'])}|${never(
  ['31'],
  ['2', 'feb', '4', 'apr', '6', 'jun', '9', 'sep', '11', 'nov'],
)}) [*?](/[0-9]+)?$`;

function never(days: readonly string[], months: readonly string[]): string {
  const [day, month] = [days, months].map((list) => `0*(${list.join('|')})`);
  return `(${day},)*${day} (${month},)*${month}`;
}

const MINUTES_OF_A_DAY = 24 * 60;
const MINUTE_MS = 60_000;
/** Years that are looked at: a 29th of February comes again after eight at most. */
const YEARS_AHEAD = 9;

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
 * @param schedule one whose values are within their bounds
 * @returns minutes, or undefined when it never runs, such as on 30 February
 */
export function longestGapMinutes(schedule: string): number | undefined {
  const { minutes, hours, isDay } = valuesOf(schedule);
  const times = [...hours].flatMap((hour) => [...minutes].map((minute) => hour * 60 + minute)).sort((a, b) => a - b);
  const daytime = times.slice(1).reduce((most, at, before) => Math.max(most, at - times[before]), 0);
  let longest: number | undefined;
  let previous: number | undefined;
  for (const [day, one] of days().entries()) {
    if (!isDay(one)) continue;
    if (previous !== undefined) {
      const overnight = (day - previous) * MINUTES_OF_A_DAY + times[0] - times[times.length - 1];
      longest = Math.max(longest ?? daytime, overnight);
    }
    previous = day;
  }
  return longest;
}

/**
 * When a schedule is due next, as the CronJob controller and Argo Workflows read it.
 *
 * @param after milliseconds since 1970
 * @returns milliseconds since 1970, or undefined when the schedule is none, the time zone is none, or it is never due
 */
export function nextTime(schedule: string, timeZone: string, after: number): number | undefined {
  if (scheduleProblem(schedule) !== undefined || !TIME_ZONES.includes(timeZone)) return undefined;
  const { minutes, hours, isDay } = valuesOf(schedule);
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const last = after + YEARS_AHEAD * 366 * MINUTES_OF_A_DAY * MINUTE_MS;
  let at = (Math.floor(after / MINUTE_MS) + 1) * MINUTE_MS;
  while (at <= last) {
    const local = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const weekday = new Date(Date.UTC(local.year, local.month - 1, local.day)).getUTCDay();
    if (!isDay({ date: local.day, month: local.month, weekday })) {
      // to the evening: how long a day is depends on the zone
      at += Math.max(60 - local.minute, (22 - local.hour) * 60) * MINUTE_MS;
    } else if (!hours.has(local.hour)) {
      at += (60 - local.minute) * MINUTE_MS;
    } else if (!minutes.has(local.minute)) {
      at += MINUTE_MS;
    } else {
      return at;
    }
  }
  return undefined;
}

/** When a schedule is due. */
interface ScheduleValues {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly isDay: (day: Day) => boolean;
}

function valuesOf(schedule: string): ScheduleValues {
  const fields = (lookup(DESCRIPTORS, schedule) ?? schedule).split(' ');
  const [minutes, hours, dates, months, weekdays] = FIELDS.map(({ min, max, names }, at) => {
    const parts = fields[at].split(',').map((part) => rangeOf(part, min, max, names));
    return new Set(parts.flatMap(({ low, high, step }) => steps(low, high, step)));
  });
  // where both are restricted, either is enough
  const either = !isStar(fields[2]) && !isStar(fields[4]);
  const isDay = ({ date, month, weekday }: Day): boolean => {
    const [byDate, byWeekday] = [dates.has(date), weekdays.has(weekday)];
    return months.has(month) && (either ? byDate || byWeekday : byDate && byWeekday);
  };
  return { minutes, hours, isDay };
}

function isStar(field: string): boolean {
  return field.split(',').some((part) => /^[*?](\/0*1)?$/.test(part));
}

function steps(low: number, high: number, step: number): number[] {
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, at) => low + at * step);
}

/** The bounds and the step of one part of a field; NaN where it is none. */
function rangeOf(
  part: string,
  min: number,
  max: number,
  names: readonly string[],
): { low: number; high: number; step: number } {
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

function numberOf(text: string, min: number, names: readonly string[]): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + min;
  return /^\d+$/.test(text) ? Number(text) : NaN;
}
