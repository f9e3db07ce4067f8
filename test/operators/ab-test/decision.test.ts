import { decide, Measured, Rules } from '../../../operators/src/ab-test/decision';

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
