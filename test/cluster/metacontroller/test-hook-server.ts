import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { KubernetesObject } from '../types';
import type { ObjectMap } from './related';

/** A request of a sync, finalize or customize hook, as Metacontroller sends it. */
export interface HookRequest {
  readonly controller: KubernetesObject;
  readonly parent: KubernetesObject;
  readonly children: ObjectMap;
  readonly related: ObjectMap;
  readonly finalizing: boolean;
}

export type HookFunction = (request: HookRequest) => unknown;

/** How the server answers in place of the hooks. */
export type Trouble = 'none' | 'error' | 'garbage' | 'unknown field' | 'silence' | 'too many requests' | 'hang up';

export interface Call {
  readonly hook: string;
  readonly authorization?: string;
  readonly body: HookRequest;
}

/** A webhook server of a few functions that can be made to fail. Each hook is at `/<name>`. */
export class TestHookServer {
  static async start(hooks: Readonly<Record<string, HookFunction>>): Promise<TestHookServer> {
    const server = new TestHookServer(hooks);
    await server.listen(0);
    return server;
  }

  trouble: Trouble = 'none';
  /** Milliseconds that each answer takes. */
  delayMs = 0;
  /** All requests, in their order. */
  readonly calls: Call[] = [];
  private port = 0;
  private server = http.createServer();

  private constructor(private readonly hooks: Readonly<Record<string, HookFunction>>) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Requests of one hook for the parent of that name. */
  callsFor(hook: string, name: string): readonly HookRequest[] {
    return this.calls
      .filter((call) => call.hook === hook && call.body.parent.metadata.name === name)
      .map(({ body }) => body);
  }

  /** Listens again after `stop`, at the same port. */
  async listen(port = this.port): Promise<void> {
    this.server = http.createServer((request, response) => void this.answer(request, response));
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', resolve);
    });
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const hook = (request.url ?? '').slice(1);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as HookRequest;
    this.calls.push({ hook, authorization: request.headers.authorization, body });
    const answer = this.hooks[hook](body) as object;
    if (this.delayMs > 0) await sleep(this.delayMs);
    switch (this.trouble) {
      case 'none':
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
        break;
      case 'error':
        response.writeHead(500).end('the hook has failed');
        break;
      case 'garbage':
        response.writeHead(200).end(JSON.stringify(answer).slice(0, -2));
        break;
      case 'unknown field':
        response.writeHead(200).end(JSON.stringify({ ...answer, surprise: true }));
        break;
      case 'too many requests':
        response.writeHead(429, { 'Retry-After': '1' }).end();
        break;
      case 'hang up':
        request.socket.destroy();
        break;
      case 'silence':
        // Never answered: the engine gives up after the hook's time limit.
        break;
    }
  }
}
