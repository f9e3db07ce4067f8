import {
  boundary,
  compareMeans,
  compareProportions,
  decide,
  Measured,
  neededSamples,
  Rules,
} from '../../../operators/src/ab-test/decision';

const RULES: Rules = {
  variants: [{ name: 'current', control: true }, { name: 'candidate' }],
  metric: { type: 'ratio', goal: 'maximize', minimumEffect: 0.01 },
  guardrails: [{ name: 'latency', max: 0.25 }],
  significance: { level: 0.05, power: 0.8, minimumSamples: 1000 },
};
const share = (successes: number, samples: number, latency = 0.1): Measured => ({
  samples,
  successes,
  guardrails: { latency },
});

test('too few requests: it waits, and says for how many', () => {
  const coarse = { ...RULES, metric: { ...RULES.metric, minimumEffect: 0 } };
  const decision = decide(coarse, { current: share(90, 900), candidate: share(500, 900) }, 0.5);
  expect(decision).toMatchObject({ state: 'running', why: 'waiting for 1000 requests of each variant' });
});

test('a small effect to be found needs more requests than the minimum', () => {
  const decision = decide(RULES, { current: share(500, 5000), candidate: share(900, 5000) }, 0.5);
  expect(decision).toMatchObject({
    state: 'running',
    why: expect.stringMatching(/waiting for 1\d{6} requests/) as unknown,
  });
});

test('a clear difference wins, and a minimized figure the other way round', () => {
  const measured = { current: share(500, 5000), candidate: share(900, 5000) };
  const rules = { ...RULES, metric: { ...RULES.metric, minimumEffect: 0.5 } };
  expect(decide(rules, measured, 0.5)).toMatchObject({ state: 'won', winner: 'candidate' });
  const lower = { ...rules, metric: { ...rules.metric, goal: 'minimize' } };
  expect(decide(lower, measured, 0.5)).toMatchObject({ state: 'won', winner: 'current' });
});

test('an effect below the smallest that counts does not win', () => {
  const rules = { ...RULES, metric: { ...RULES.metric, minimumEffect: 0.9 } };
  const measured = { current: share(500, 5000), candidate: share(900, 5000) };
  expect(decide(rules, measured, 0.5).state).toBe('running');
});

test('the same difference counts late, and not early', () => {
  const rules = { ...RULES, metric: { ...RULES.metric, minimumEffect: 0.15 } };
  const measured = { current: share(1000, 10000), candidate: share(1180, 10000) };
  expect(decide(rules, measured, 0.2).state).toBe('running');
  expect(decide(rules, measured, 1)).toMatchObject({ state: 'won', winner: 'candidate' });
});

test('a broken guardrail ends the test, whatever the figures', () => {
  const measured = { current: share(500, 5000), candidate: share(5000, 5000, 0.3) };
  expect(decide(RULES, measured, 0.1)).toEqual({ state: 'aborted', why: 'latency of candidate is 0.3, above 0.25' });
});

test('the control does not break guardrails', () => {
  expect(decide(RULES, { current: share(1, 10, 9), candidate: share(1, 10) }, 0.1).state).toBe('running');
});

test('the end of the time without a winner is inconclusive and says why', () => {
  expect(decide(RULES, { current: share(5, 50), candidate: share(5, 50) }, 1)).toMatchObject({
    state: 'inconclusive',
    why: expect.stringContaining('had fewer than') as unknown,
  });
  expect(decide(RULES, {}, 1)).toMatchObject({ state: 'inconclusive' });
});

test('means are compared by their windows', () => {
  const rules = { ...RULES, metric: { type: 'mean', goal: 'minimize', minimumEffect: 0 } };
  const windows = (mean: number): Measured => ({
    samples: 5000,
    windows: { count: 60, mean, deviation: 0.1 },
    guardrails: {},
  });
  expect(decide(rules, { current: windows(1), candidate: windows(0.8) }, 0.9)).toMatchObject({
    state: 'won',
    winner: 'candidate',
  });
  expect(decide(rules, { current: windows(1), candidate: windows(0.99) }, 0.9).state).toBe('running');
});

test('of several variants the best wins, at a level that they share', () => {
  const rules = {
    ...RULES,
    variants: [...RULES.variants, { name: 'third' }],
    metric: { ...RULES.metric, minimumEffect: 0 },
  };
  const measured = { current: share(500, 5000), candidate: share(800, 5000), third: share(900, 5000) };
  expect(decide(rules, measured, 0.9)).toMatchObject({ state: 'won', winner: 'third' });
});

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
