import * as fc from 'fast-check';

import { leLabel, promDuration } from '../../../src/kinds/ai-model/alerts';

// as strconv.FormatFloat(bound, 'g', -1, 64) of Go writes them, with .0 where that is whole
test.each([
  [0, '0.0'],
  [-0, '0.0'],
  [1, '1.0'],
  [-1, '-1.0'],
  [0.5, '0.5'],
  [-2.5, '-2.5'],
  [12345.678, '12345.678'],
  [100000, '100000.0'],
  [999999, '999999.0'],
  [1e6, '1e+06'],
  [1234567, '1.234567e+06'],
  [-1234567.5, '-1.2345675e+06'],
  [123456789.5, '1.234567895e+08'],
  [1e21, '1e+21'],
  [1e100, '1e+100'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [0.000012345, '1.2345e-05'],
  [1e-9, '1e-09'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
])('the bound %p is %s in a label', (bound, label) => {
  expect(leLabel(bound)).toBe(label);
});

test('a label of a bound is read back as the bound', () => {
  const numbers = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(fc.property(numbers, (bound) => expect(Number(leLabel(bound))).toBe(bound === 0 ? 0 : bound)));
});

test.each([
  [60, '1m'],
  [90, '1m30s'],
  [3600, '1h'],
  [604_800, '7d'],
  [0.25, '250ms'],
  [93_784, '1d2h3m4s'],
])('%p seconds are %s', (seconds, text) => {
  expect(promDuration(seconds)).toBe(text);
});
