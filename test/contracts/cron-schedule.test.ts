import * as fc from 'fast-check';
import { longestGapMinutes, scheduleProblem } from '../../src/contracts/cron-schedule';

const HOUR = 60;
const DAY = 24 * HOUR;

test.each([
  ['* * * * *', 1],
  ['*/15 * * * *', 15],
  // the last run of an hour is at 50
  ['*/25 * * * *', 25],
  ['5/10 * * * *', 10],
  ['0 */6 * * *', 6 * HOUR],
  // the last run of a day is at 20:00
  ['0 */5 * * *', 5 * HOUR],
  ['0 3 * * *', DAY],
  ['0 8-18/2 * * *', 14 * HOUR],
  ['0,30 8,20 * * *', 11.5 * HOUR],
  ['0 0 * * 1-5', 3 * DAY],
  ['0 0 ? * sun', 7 * DAY],
  ['0 0 1 * *', 31 * DAY],
  ['0 0 31 * *', 61 * DAY],
  ['0 0 29 feb *', 4 * 365 * DAY + DAY],
  // either the date or the day of the week
  ['0 0 1 * mon', 7 * DAY],
  // with a step of one, a star is a star
  ['0 0 */1 * mon', 7 * DAY],
])('%s leaves at most %p minutes', (schedule, minutes) => {
  expect(longestGapMinutes(schedule)).toBe(minutes);
});

test.each(['0 0 30 2 *', '0 0 31 4,6,9,11 *'])('%s never comes', (schedule) => {
  expect(scheduleProblem(schedule)).toBe('it never comes');
  expect(longestGapMinutes(schedule)).toBeUndefined();
});

test('within a day it is what counting minute by minute gives', () => {
  const field = (max: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: 1, max }).map((step) => `*/${step}`),
      fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 5 }).map((list) => list.join(',')),
    );
  const runs = (text: string, value: number): boolean =>
    text === '*' ||
    (text.startsWith('*/') ? value % Number(text.slice(2)) === 0 : text.split(',').includes(String(value)));
  fc.assert(
    fc.property(field(59), field(23), (minute, hour) => {
      let longest = 0;
      let previous: number | undefined;
      for (let at = 0; at < 3 * DAY; at++) {
        if (!runs(minute, at % HOUR) || !runs(hour, Math.floor(at / HOUR) % 24)) continue;
        if (previous !== undefined) longest = Math.max(longest, at - previous);
        previous = at;
      }
      expect(longestGapMinutes(`${minute} ${hour} * * *`)).toBe(longest);
    }),
    { numRuns: 50 },
  );
});
