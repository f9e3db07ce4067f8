import fc from 'fast-check';
import { durationSeconds, durationText } from '../../src/contracts/duration';

test.each([
  ['90s', 90],
  ['15m', 900],
  ['1h30m', 5400],
  ['7d', 604_800],
  ['1d2h3m4s5ms', 93_784.005],
  ['50ms', 0.05],
  ['0.5h', 1800],
  // their sum as floating-point numbers is not 66.3
  ['1.1m300ms', 66.3],
  ['0s', 0],
  ['', 0],
])('%s are %d seconds', (text, seconds) => {
  expect(durationSeconds(text)).toBe(seconds);
});

test.each([
  [0, '0s'],
  [-5, '0s'],
  [0.4, '0s'],
  [59.6, '1m'],
  [61, '1m1s'],
  [932.4, '15m32s'],
  [3600, '1h'],
  [3661, '1h1m'],
  [86_400, '1d'],
  [93_784, '1d2h'],
  [86_401, '1d1s'],
])('%d seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

test('the text of whole seconds has at most two units, and reads back with less than the smaller one missing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 * 365 * 86_400 }), (seconds) => {
      const text = durationText(seconds);
      expect(text).toMatch(/^(\d+[dhms]){1,2}$/);
      const missing = seconds - durationSeconds(text);
      expect(missing).toBeGreaterThanOrEqual(0);
      expect(missing).toBeLessThan(UNITS[text.slice(-1)]);
      expect(durationText(durationSeconds(text))).toBe(text);
    }),
  );
});

test('milliseconds read back to the last one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 999 }), (seconds, milliseconds) => {
      expect(durationSeconds(`${seconds}s${milliseconds}ms`)).toBe((seconds * 1000 + milliseconds) / 1000);
    }),
  );
});
