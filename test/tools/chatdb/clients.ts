import { randomUUID } from 'node:crypto';
import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

import { until } from '../../support/waiting';
import { ask } from '../api-gateway/http';

/** The rows of a small training: y = 2 x + 1. */
export const ROWS = [0, 1, 2, 3].map((x) => [x, 2 * x + 1]);

/** An answer of a service. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Where the gateway is, as users know it. */
export interface Gateway {
  readonly port: number;
  readonly host: string;
  readonly certificate: string;
}

/** A user, who has an address of their own: the gateway counts the requests of each. */
export class Client {
  private static clients = 0;
  private readonly agent: https.Agent;

  public constructor(private readonly gateway: Gateway) {
    const localAddress = `127.0.1.${++Client.clients}`;
    this.agent = new https.Agent({ ca: gateway.certificate, servername: gateway.host, keepAlive: true, localAddress });
  }

  /** Asks by HTTPS. No answer is status 0. */
  public async ask(path: string, body?: object, id?: string): Promise<Answer> {
    const headers: Record<string, string> = { host: this.gateway.host, 'content-type': 'application/json' };
    if (id !== undefined) headers['idempotency-key'] = id;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const method = body === undefined ? 'GET' : 'POST';
    const request = { method, path, headers, body: text, agent: this.agent, tls: {} };
    return ask(this.gateway.port, request).then(
      ({ status, json }) => ({ status, body: json }),
      () => ({ status: 0, body: {} }),
    );
  }

  public end(): void {
    this.agent.destroy();
  }
}

/** Users who never stop asking: what was accepted is noted, what was not is not asked again. */
export class Users {
  public readonly questions: string[] = [];
  public readonly trainings: string[] = [];
  public refused = 0;
  private isEnding = false;
  private readonly clients: readonly Client[];
  private readonly loops: Promise<void>[];

  public constructor(gateway: Gateway) {
    this.clients = [new Client(gateway), new Client(gateway)];
    this.loops = [
      this.ask(500, '/api/query/questions', () => ({ question: 'how many orders are there?' }), this.questions),
      this.ask(4000, '/api/training/jobs', () => ({ model: 'line', kind: 'regression', rows: ROWS }), this.trainings),
    ];
  }

  public async end(): Promise<void> {
    this.isEnding = true;
    await Promise.all(this.loops);
    this.clients.forEach((client) => client.end());
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
        const { body } = await this.clients[0].ask(`${at}/${left[0]}`);
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
      const { status } = await this.clients[1].ask(at, body(), id);
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
    if (isWanted(answer)) return true;
    // a client may ask ten times a second
    await sleep(150);
    return false;
  }).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; the last answer: ${JSON.stringify(answer)}`);
  });
  return answer;
}
