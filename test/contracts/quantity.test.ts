import { parseQuantity } from '../../src/contracts/quantity';

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
