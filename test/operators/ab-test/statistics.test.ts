import { boundary, compareMeans, compareProportions, neededSamples } from '../../../operators/src/ab-test/statistics';

// The figures are from SciPy 1.17 (scipy.stats.norm, ttest_ind_from_stats with equal_var=False) and statsmodels' formula of the
// pooled test of two proportions.
test.each([
  [{ successes: 100, samples: 1000 }, { successes: 130, samples: 1000 }, 2.102740605622114, 0.0354884504664747],
  [{ successes: 5, samples: 50 }, { successes: 5, samples: 5000 }, -15.6687957646491, 2.5e-55],
  [{ successes: 30, samples: 100 }, { successes: 30, samples: 100 }, 0, 1],
])('proportions %j and %j', (control, other, score, pValue) => {
  const result = compareProportions(control, other)!;
  expect(result.score).toBeCloseTo(score, 9);
  if (pValue > 1e-10) expect(result.pValue).toBeCloseTo(pValue, 12);
  else expect(result.pValue).toBeLessThan(1e-10);
});

test.each([
  [
    { successes: 0, samples: 0 },
    { successes: 1, samples: 10 },
  ],
  [
    { successes: 0, samples: 10 },
    { successes: 0, samples: 10 },
  ],
  [
    { successes: 10, samples: 10 },
    { successes: 10, samples: 10 },
  ],
])('nothing can be said of %j and %j', (control, other) => {
  expect(compareProportions(control, other)).toBeUndefined();
});

test('Welch’s test has the p-value of SciPy, and a score with the same tail', () => {
  const result = compareMeans({ count: 20, mean: 1, deviation: 0.2 }, { count: 25, mean: 1.1, deviation: 0.3 })!;
  expect(result.pValue).toBeCloseTo(0.18868121090751377, 10);
  expect(result.score).toBeCloseTo(1.31449, 4);
  expect(compareMeans({ count: 1, mean: 1, deviation: 0 }, { count: 25, mean: 1.1, deviation: 0.3 })).toBeUndefined();
});

test('the boundary is hard at the start and shared among the variants', () => {
  expect(boundary(0.05, 1, 1)).toBeCloseTo(2.241402727604947, 9);
  expect(boundary(0.05, 0.25, 1)).toBeCloseTo(2 * 2.241402727604947, 9);
  expect(boundary(0.05, 1, 2)).toBeCloseTo(2.497705474412374, 9);
  expect(boundary(0.05, 7, 1)).toBe(boundary(0.05, 1, 1));
});

test('samples that are needed grow with the square of what is looked for', () => {
  const [coarse, fine] = [0.1, 0.05].map((effect) => neededSamples(0.1, effect, 0.05, 0.8));
  expect(coarse).toBe(14749);
  expect(fine / coarse).toBeGreaterThan(3.8);
  expect(neededSamples(0.1, 0, 0.05, 0.8)).toBe(0);
});

test('a test that is looked at a hundred times finds a difference that is not there no more often than its level says', () => {
  const random = generator(7);
  const runs = 3000;
  const looks = 100;
  let found = 0;
  for (let run = 0; run < runs; run++) {
    let sum = 0;
    for (let look = 1; look <= looks; look++) {
      sum += gaussian(random);
      if (Math.abs(sum / Math.sqrt(look)) >= boundary(0.05, look / looks, 1)) {
        found++;
        break;
      }
    }
  }
  // 5 % of 3000 are 150; three standard deviations are 36
  expect(found).toBeLessThan(150 + 36);
  expect(found).toBeGreaterThan(75);
});

/** Park and Miller's generator: the same numbers in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}
