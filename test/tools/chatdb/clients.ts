import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { until } from '../../support/waiting';

/** The rows of a small training: y = 2 x + 1. */
export const ROWS = [0, 1, 2, 3].map((x) => [x, 2 * x + 1]);

/** An answer of a service. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Asks by the gateway, or whatever else has this URL. No answer is status 0. */
export async function ask(url: string, body?: object, id?: string): Promise<Answer> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (id !== undefined) headers['Idempotency-Key'] = id;
  const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(20_000), ...post });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  } catch {
    return { status: 0, body: {} };
  }
}

/** Users who never stop asking: what was accepted is noted, what was not is not asked again. */
export class Users {
  public readonly questions: string[] = [];
  public readonly trainings: string[] = [];
  public refused = 0;
  private isEnding = false;
  private readonly loops: Promise<void>[];

  public constructor(private readonly gateway: string) {
    this.loops = [
      this.ask(250, '/api/query/questions', () => ({ question: 'how many orders are there?' }), this.questions),
      this.ask(2000, '/api/training/jobs', () => ({ model: 'line', kind: 'regression', rows: ROWS }), this.trainings),
    ];
  }

  public async end(): Promise<void> {
    this.isEnding = true;
    await Promise.all(this.loops);
  }

  /** Ids of accepted questions that get no plan, and of accepted trainings that do not end, however long one waits. */
  public async lost(): Promise<{ readonly questions: string[]; readonly trainings: string[] }> {
    return {
      questions: await this.without(this.questions, '/api/query/questions', 'planned'),
      trainings: await this.without(this.trainings, '/api/training/jobs', 'done'),
    };
  }

  private async without(ids: readonly string[], at: string, wanted: string): Promise<string[]> {
    const left = [...ids];
    // one after the other, and what was answered is not asked for again
    const settle = async (): Promise<boolean> => {
      while (left.length > 0) {
        const { body } = await ask(`${this.gateway}${at}/${left[0]}`);
        if (body.status !== wanted) return false;
        left.shift();
      }
      return true;
    };
    await until('what was accepted', 60_000, settle, () => left.length).catch(() => undefined);
    return left;
  }

  private async ask(pause: number, at: string, body: () => object, accepted: string[]): Promise<void> {
    while (!this.isEnding) {
      const id = randomUUID();
      const { status } = await ask(`${this.gateway}${at}`, body(), id);
      if (status === 202) accepted.push(id);
      else this.refused++;
      await sleep(pause);
    }
  }
}

/** Waits until a request is answered with a status, and gives the answer. */
export async function untilAnswered(
  what: string,
  request: () => Promise<Answer>,
  isWanted: (answer: Answer) => boolean,
): Promise<Answer> {
  let answer: Answer = { status: 0, body: {} };
  await until(what, 60_000, async () => {
    answer = await request();
    return isWanted(answer);
  }).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; the last answer: ${JSON.stringify(answer)}`);
  });
  return answer;
}
