import * as fs from 'node:fs';
import * as os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
/** However much moves, a wait ends after so many times the time that it has for one step. */
const MOST_STEPS = 20;

/**
 * How long a test waits before it gives up, by what the machine gives and by what moves rather than by a clock: where three programs
 * want each core, a minute counts as twenty seconds; and where what is waited for comes to a state that it was not in before, time
 * begins anew, up to twenty times the whole.
 */
export class Patience {
  private readonly started: number;
  private last: number;
  private spent = 0;
  private inAll = 0;
  private readonly seen = new Set<string>();

  /** @param ms time for one step, on a machine that has nothing else to do */
  public constructor(
    private readonly ms: number,
    private readonly now: () => number = Date.now,
    private readonly crowding: () => number = programsPerCore,
  ) {
    this.started = this.last = now();
  }

  /** Tells of the state of what is waited for. One that comes again, such as a status that goes to and fro, is no progress. */
  public observe(state: unknown): void {
    this.count();
    const text = JSON.stringify(state) ?? '';
    if (this.seen.has(text)) return;
    // the first state is where the wait begins
    if (this.seen.size > 0) this.spent = 0;
    this.seen.add(text);
  }

  /** Whether the time is over. */
  public get isOver(): boolean {
    this.count();
    return this.spent > this.ms || this.inAll > this.ms * MOST_STEPS;
  }

  /** What was waited, for a message. */
  public toString(): string {
    const elapsed = this.last - this.started;
    return `${this.ms} ms${elapsed > 2 * this.ms ? ` (${elapsed} ms by the clock, on a busy machine or with progress)` : ''}`;
  }

  private count(): void {
    const now = this.now();
    const passed = (now - this.last) / Math.max(1, this.crowding());
    this.last = now;
    this.spent += passed;
    this.inAll += passed;
  }
}

/**
 * Asks until `done` says yes.
 *
 * @param timeoutMs what a machine with nothing else to do may take for one step
 * @param state what changes while there is progress; by default there is one step
 * @throws when patience ends, naming what was waited for
 */
export async function until(
  what: string,
  timeoutMs: number,
  done: () => Promise<boolean>,
  state?: () => unknown,
): Promise<void> {
  const patience = new Patience(timeoutMs);
  while (!(await done())) {
    if (state) patience.observe(state());
    if (patience.isOver) throw new Error(`waited ${patience.toString()} for ${what}`);
    await sleep(POLL_MS);
  }
}

/** How many programs want each core at this moment: those that run or are ready to, as Linux counts them; elsewhere the mean of a minute. */
function programsPerCore(): number {
  return runnable() / os.availableParallelism();
}

function runnable(): number {
  try {
    return Number(/ (\d+)\/\d+ /.exec(fs.readFileSync('/proc/loadavg', 'utf8'))?.[1] ?? 1);
  } catch {
    return os.loadavg()[0] ?? 1;
  }
}
