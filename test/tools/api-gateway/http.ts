import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';

/** A request. */
export interface Request {
  readonly method?: string;
  readonly path: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  /** Without one each request has a connection of its own. */
  readonly agent?: http.Agent | https.Agent;
  /** Given for HTTPS. */
  readonly tls?: https.RequestOptions;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** The body, where it is JSON. */
  readonly json: { readonly [key: string]: unknown };
}

/** Sends a request with its path as it is: `fetch` would normalize it. */
export async function ask(port: number, { body, tls, path, method = 'GET', headers, agent }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: agent ?? false };
    const request = tls ? https.request({ ...options, ...tls }) : http.request(options);
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type']?.startsWith('application/json') ?? false;
        const json = isJson ? (JSON.parse(text) as Answer['json']) : {};
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    request.end(body);
  });
}

/** Sends bytes, and returns all that comes back until the other side closes. */
export async function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}
