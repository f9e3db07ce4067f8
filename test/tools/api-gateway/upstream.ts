import * as http from 'node:http';
import { AddressInfo } from 'node:net';

/** A request as a service got it. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly bytes: number;
}

/** A stand-in for a service: it answers with what it received, or as the end of the path says. */
export interface Upstream {
  readonly port: number;
  readonly received: Received[];
  /** Requests whose paths end like this. */
  readonly to: (end: string) => Received[];
  readonly stop: () => Promise<void>;
}

/** Starts one on 127.0.0.1. */
export async function startUpstream(name: string, port = 0): Promise<Upstream> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => void answer(name, received, request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    to: (end) => received.filter(({ url }) => url.endsWith(end)),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  service: string,
  received: Received[],
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of request) bytes += (chunk as Buffer).length;
  } catch {
    // the gateway gave the request up
    return;
  }
  const { method = '', url = '', headers } = request;
  const before = received.filter((one) => one.url === url).length;
  received.push({ method, url, headers, bytes });
  response.setHeader('server', 'gunicorn/23.0');
  response.setHeader('x-powered-by', 'Python');
  response.setHeader('content-type', 'application/json');
  const said = JSON.stringify({ service, method, url, headers, bytes });
  const [, slow] = /\/slow-(\d+)/.exec(url) ?? [];
  const [, status] = /\/status-(\d+)/.exec(url) ?? [];
  const [, failures] = /\/fails-(\d+)/.exec(url) ?? [];
  if (url.includes('/breaks')) return void response.socket?.destroy();
  if (failures !== undefined && before < Number(failures)) response.statusCode = 503;
  if (status !== undefined) response.statusCode = Number(status);
  if (slow === undefined) response.end(said);
  else setTimeout(() => response.end(said), Number(slow)).unref();
}
