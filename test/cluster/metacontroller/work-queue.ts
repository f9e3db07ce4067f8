import type { Shuffle } from './shuffle';

const FIRST_RETRY_MS = 5;
const LAST_RETRY_MS = 1_000_000;

/** Thrown by work that is to be done again after a given time, without counting as a failure. */
export class TryAgainAfter extends Error {
  constructor(readonly seconds: number) {
    super(`to be tried again after ${seconds} s`);
    this.name = 'TryAgainAfter';
  }
}

/**
 * Keys to work on, like client-go's rate-limited queue: a key is worked on by one worker at a time; one that is added
 * meanwhile is worked on once more; one that failed comes again after 5 ms, then twice as long each time, at most 1000 s.
 */
export class WorkQueue {
  private readonly waiting = new Set<string>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly again = new Set<string>();
  private readonly failures = new Map<string, number>();
  private readonly timers = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  private stopped = false;

  constructor(
    private readonly work: (key: string) => Promise<void>,
    private readonly workers: number,
    private readonly onError: (key: string, error: Error) => void,
    private readonly shuffle?: Shuffle,
  ) {}

  /** Whether keys are worked on or wait for a worker. Those that wait for a time do not count. */
  get busy(): boolean {
    return this.waiting.size + this.running.size > 0;
  }

  add(key: string): void {
    if (this.stopped) {
      return;
    }
    if (this.running.has(key)) {
      this.again.add(key);
      return;
    }
    this.waiting.add(key);
    // Not at once, so that all events of one moment are seen by the same run.
    setImmediate(() => this.dispatch());
  }

  /** Adds a key after a time. Where it already waits for one, the earlier counts. */
  addAfter(key: string, ms: number): void {
    const at = Date.now() + ms;
    const known = this.timers.get(key);
    if (this.stopped || (known && known.at <= at)) {
      return;
    }
    clearTimeout(known?.timer);
    const timer = setTimeout(() => {
      this.timers.delete(key);
      this.add(key);
    }, ms);
    this.timers.set(key, { at, timer });
  }

  /** Takes no more keys; done when the workers have ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.waiting.clear();
    this.again.clear();
    this.timers.forEach(({ timer }) => clearTimeout(timer));
    this.timers.clear();
    await Promise.all(this.running.values());
  }

  private dispatch(): void {
    while (!this.stopped && this.waiting.size > 0 && this.running.size < this.workers) {
      const keys = [...this.waiting];
      const key = this.shuffle ? this.shuffle.pick(keys) : keys[0];
      this.waiting.delete(key);
      this.running.set(key, this.runOne(key));
    }
  }

  private async runOne(key: string): Promise<void> {
    try {
      await this.work(key);
      this.failures.delete(key);
    } catch (error) {
      if (error instanceof TryAgainAfter) {
        this.addAfter(key, error.seconds * 1_000);
      } else {
        const failed = this.failures.get(key) ?? 0;
        this.failures.set(key, failed + 1);
        this.onError(key, error as Error);
        this.addAfter(key, Math.min(FIRST_RETRY_MS * 2 ** failed, LAST_RETRY_MS));
      }
    }
    this.running.delete(key);
    if (this.again.delete(key)) {
      this.add(key);
    }
    this.dispatch();
  }
}
