import { spawnSync } from 'child_process';

/** A figure of several runs. */
export interface Figure {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function figure(samples: number[]): Figure {
  const sorted = [...samples].sort((a, b) => a - b);
  return { min: sorted[0], median: sorted[Math.floor(sorted.length / 2)], max: sorted[sorted.length - 1] };
}

export function seconds(run: () => void): number {
  const started = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - started) / 1e9;
}

/**
 * Runs two things in turn, A B A B …, after one warm-up of each, so that a drift of the machine's speed hits both.
 */
export function alternate(runs: number, a: () => number, b: () => number): { a: Figure; b: Figure; ratio: Figure } {
  a();
  b();
  const pairs = Array.from({ length: runs }, () => [a(), b()] as const);
  return {
    a: figure(pairs.map(([left]) => left)),
    b: figure(pairs.map(([, right]) => right)),
    ratio: figure(pairs.map(([left, right]) => left / right)),
  };
}

/** Runs a script in a fresh Node process and gives back the JSON that it prints. */
export function fresh(script: string, args: string[] = []): unknown {
  const result = spawnSync(process.execPath, ['--expose-gc', '-e', script, '--', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (result.status !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout.trim().split('\n').pop() ?? '');
}

export function ms(value: number): string {
  return `${(value * 1000).toFixed(value < 0.01 ? 2 : 0)} ms`;
}

export function show(value: Figure, unit: (value: number) => string): string {
  return `${unit(value.median)} (${unit(value.min)} to ${unit(value.max)})`;
}
