import { parseQuantity, wholeUnits } from '../../src/contracts/quantity';

test.each([
  ['2', 2],
  ['500m', 0.5],
  ['250u', 0.00025],
  ['10n', 1e-8],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['2e3', 2000],
  ['3k', 3000],
  ['1E', 1e18],
])('%s is %d', (text, number) => {
  expect(parseQuantity(text)).toBeCloseTo(number, 12);
});

test.each(['', '-1', '1 Gi', '5mi', '1KB', 'Gi'])('"%s" is no quantity', (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});

test('an amount in whole units is counted', () => {
  expect(wholeUnits('x', 'storage', '50Gi', 'Gi', 1, 100)).toBe(50);
  expect(wholeUnits('x', 'storage', '51200Mi', 'Gi', 1, 100)).toBe(50);
  expect(wholeUnits('x', 'memory', '3Gi', 'Mi', 1, 4096)).toBe(3072);
});

test.each(['50', '1500Mi', '101Gi', '0Gi', '10G', 'much'])('%s is no whole number of Gi from 1 to 100', (given) => {
  expect(() => wholeUnits('x', 'storage', given, 'Gi', 1, 100)).toThrow(
    `[x] storage must be a whole number of Gi between 1Gi and 100Gi, got "${given}": write it like '1Gi'.`,
  );
});
