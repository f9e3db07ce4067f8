import * as http from 'node:http';

/** What came of so many requests. */
export interface Load {
  readonly seconds: number;
  /** Seconds from request to answer, one for each request. */
  readonly latencies: number[];
}

/** Sends bodies in turn over connections that are kept, each with one request at a time. @throws Error at the first refusal */
export async function load(
  url: string,
  bodies: readonly Buffer[],
  options: { readonly connections: number; readonly requests: number },
): Promise<Load> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: options.connections });
  const latencies: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < options.requests) {
      const body = bodies[next++ % bodies.length];
      const started = process.hrtime.bigint();
      await post(agent, url, body);
      latencies.push(Number(process.hrtime.bigint() - started) / 1e9);
    }
  };
  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: options.connections }, worker));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  agent.destroy();
  return { seconds, latencies };
}

function post(agent: http.Agent, url: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const request = http.request(url, { agent, method: 'POST', headers }, (response) => {
      // the answer is read, not parsed: the client is no part of what is measured
      response.resume();
      response.once('error', reject);
      response.once('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`${url} answered ${response.statusCode ?? 0}`)),
      );
    });
    request.once('error', reject);
    request.end(body);
  });
}
