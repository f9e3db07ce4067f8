import { Patience, until } from './waiting';

/** A patience of 100 ms with a clock and a machine of its own. */
function made(crowding = 1): { patience: Patience; pass(ms: number): void; crowd(programs: number): void } {
  let now = 1_000;
  let programs = crowding;
  const patience = new Patience(
    100,
    () => now,
    () => programs,
  );
  return {
    patience,
    pass: (ms) => void (now += ms),
    crowd: (count) => void (programs = count),
  };
}

describe('patience', () => {
  test('ends after its time, on a machine at rest', () => {
    const { patience, pass } = made();
    pass(100);
    expect(patience.isOver).toBe(false);
    pass(1);
    expect(patience.isOver).toBe(true);
    expect(String(patience)).toBe('100 ms');
  });

  test('an idle core is no faster machine', () => {
    const { patience, pass } = made(0.1);
    pass(101);
    expect(patience.isOver).toBe(true);
  });

  test('where four programs want each core, it lasts four times as long, and says so', () => {
    const { patience, pass } = made(4);
    pass(400);
    expect(patience.isOver).toBe(false);
    pass(4);
    expect(patience.isOver).toBe(true);
    expect(String(patience)).toBe('100 ms (404 ms by the clock, on a busy machine or with progress)');
  });

  test('a machine that becomes busy counts from then on', () => {
    const { patience, pass, crowd } = made();
    pass(60);
    expect(patience.isOver).toBe(false);
    crowd(4);
    pass(160);
    expect(patience.isOver).toBe(false);
    crowd(1);
    pass(2);
    expect(patience.isOver).toBe(true);
  });

  test('begins anew with each new state', () => {
    const { patience, pass } = made();
    for (let step = 0; step < 10; step++) {
      patience.observe({ step });
      pass(90);
      expect(patience.isOver).toBe(false);
    }
    pass(11);
    expect(patience.isOver).toBe(true);
  });

  test('does not begin anew with a state that was there before', () => {
    const { patience, pass } = made();
    patience.observe('a');
    pass(60);
    patience.observe('b');
    pass(60);
    patience.observe('a');
    pass(41);
    expect(patience.isOver).toBe(true);
  });

  test('ends for what moves for ever', () => {
    const { patience, pass } = made();
    let step = 0;
    for (; !patience.isOver && step < 1_000; step++) {
      patience.observe(step);
      pass(50);
    }
    expect(step).toBe(41);
  });
});

describe('until', () => {
  test('ends when it is done', async () => {
    let asked = 0;
    await until('the third answer', 10_000, async () => ++asked === 3);
    expect(asked).toBe(3);
  });

  test('names what did not come', async () => {
    await expect(until('the impossible', 1, async () => false)).rejects.toThrow(
      /^waited 1 ms (\(\d+ ms by the clock, on a busy machine or with progress\) )?for the impossible$/,
    );
  });

  test('goes on as long as there is progress', async () => {
    let asked = 0;
    // by a clock of one millisecond the second look would be too late
    await until(
      'ten answers',
      100,
      async () => ++asked === 10,
      () => asked,
    );
    expect(asked).toBe(10);
  });

  test('an error of the question is its own', async () => {
    await expect(until('an answer', 1_000, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });
});
