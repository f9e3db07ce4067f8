import fc from 'fast-check';
import { nextTime } from '../../src/contracts/cron-schedule';

const at = (text: string): number => Date.parse(text);
const next = (schedule: string, zone: string, after: string): string | undefined => {
  const time = nextTime(schedule, zone, at(after));
  return time === undefined ? undefined : new Date(time).toISOString();
};

test.each([
  ['0 2 * * *', 'Etc/UTC', '2026-01-01T02:00:00Z', '2026-01-02T02:00:00.000Z'],
  ['0 2 * * *', 'Etc/UTC', '2026-01-01T01:59:59Z', '2026-01-01T02:00:00.000Z'],
  ['0 0 * * 0', 'Etc/UTC', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
  ['@weekly', 'Etc/UTC', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
  ['*/15 8-10 * jan mon', 'Etc/UTC', '2026-01-05T10:45:00Z', '2026-01-12T08:00:00.000Z'],
  // either the date or the day of the week
  ['0 0 13 * fri', 'Etc/UTC', '2026-01-10T00:00:00Z', '2026-01-13T00:00:00.000Z'],
  ['0 0 29 2 *', 'Etc/UTC', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ['0 6 * * *', 'Europe/Berlin', '2026-03-28T06:00:00Z', '2026-03-29T04:00:00.000Z'],
  ['0 6 * * *', 'Europe/Berlin', '2026-10-24T06:00:00Z', '2026-10-25T05:00:00.000Z'],
  // there is no half past two on that day
  ['30 2 * * *', 'Europe/Berlin', '2026-03-28T02:00:00Z', '2026-03-30T00:30:00.000Z'],
  ['30 0 * * *', 'Asia/Kathmandu', '2026-01-01T00:00:00Z', '2026-01-01T18:45:00.000Z'],
])('%s in %s after %s', (schedule, zone, after, expected) => {
  expect(next(schedule, zone, after)).toBe(expected);
});

test.each([
  ['0 0 30 2 *', 'Etc/UTC'],
  ['60 0 * * *', 'Etc/UTC'],
  ['0 0 * *', 'Etc/UTC'],
  ['0 0 * * *', 'Mars/Phobos'],
])('%s in %s is never due', (schedule, zone) => {
  expect(next(schedule, zone, '2026-01-01T00:00:00Z')).toBeUndefined();
});

test('it is the first minute after the time that a schedule of each day has', () => {
  const times = fc.integer({ min: at('2024-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') });
  fc.assert(
    fc.property(times, fc.nat(23), fc.nat(59), (after, hour, minute) => {
      const found = nextTime(`${minute} ${hour} * * *`, 'Etc/UTC', after)!;
      const date = new Date(found);
      expect([date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]).toEqual([hour, minute, 0]);
      expect(found).toBeGreaterThan(after);
      expect(found - after).toBeLessThanOrEqual(86_400_000);
    }),
    { numRuns: 100 },
  );
});
