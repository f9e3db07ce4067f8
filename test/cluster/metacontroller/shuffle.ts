import { setTimeout as sleep } from 'node:timers/promises';

/** Decides an order from a number. The same number gives the same decisions, in the order in which they are asked for. */
export class Shuffle {
  constructor(
    private state: number,
    private readonly maxDelayMs = 60,
  ) {}

  /** The next number from 0 (included) to 1 (excluded): mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** One of these. */
  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)];
  }

  /** These in another order. */
  order<T>(items: readonly T[]): T[] {
    const left = [...items];
    return items.map(() => left.splice(Math.floor(this.next() * left.length), 1)[0]);
  }

  /** Waits a while. */
  async delay(): Promise<void> {
    await sleep(this.next() * this.maxDelayMs);
  }
}
