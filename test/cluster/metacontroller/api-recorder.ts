import * as fs from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';

import type { Connection } from '../client';
import type { Identity, KubernetesObject } from '../types';

/** One request that could write, and what became of it. Dry runs, events, leases and reviews are not recorded. */
export interface Write {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly method: string;
  readonly path: string;
  readonly code: number;
  /** Whether the stored object is another one than before: made, deleted, or with a new resourceVersion. */
  readonly changed: boolean;
  readonly before?: KubernetesObject;
  /** The answer: the object as it is stored now, or the API server's Status. */
  readonly after?: KubernetesObject;
}

const NOT_OURS = /\/(events|leases|selfsubjectaccessreviews|subjectaccessreviews|tokenreviews)(\/|$)/;
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A proxy in front of the API server that counts what one client writes. It works for every client, so the same figures
 * work for any engine, and it can give that client the rights of another user.
 *
 * To tell a write from a request that changed nothing, the object is read before each PUT and PATCH.
 */
export class ApiRecorder {
  /** Starts a recorder for a cluster of this machine; the certificate is the API server's own. */
  static async start(upstream: Connection, identity?: Identity): Promise<ApiRecorder> {
    const recorder = new ApiRecorder(upstream, identity);
    await new Promise<void>((resolve, reject) => {
      recorder.server.once('error', reject);
      recorder.server.listen(0, '127.0.0.1', resolve);
    });
    return recorder;
  }

  readonly writes: Write[] = [];
  /** Whatever the API server refused for lack of rights: method and path, reads and events among them. */
  readonly forbidden: string[] = [];
  /** Latest moment at which a write came or was answered. */
  lastActivity = Date.now();
  private readonly server: https.Server;
  private readonly agent: https.Agent;
  private readonly identityHeaders: http.OutgoingHttpHeaders;

  private constructor(
    private readonly upstream: Connection,
    identity?: Identity,
  ) {
    const certificates = path.join(upstream.folder, 'certificates');
    this.agent = new https.Agent({ keepAlive: true, ca: upstream.ca });
    this.identityHeaders = impersonation(identity);
    this.server = https.createServer(
      {
        cert: fs.readFileSync(path.join(certificates, 'apiserver.crt')),
        key: fs.readFileSync(path.join(certificates, 'apiserver.key')),
      },
      (request, response) => {
        this.handle(request, response).catch((error: unknown) => {
          response.destroy(error as Error);
        });
      },
    );
  }

  /** What the recorded client has to know. Its kubeconfig is a file of its own. */
  get connection(): Connection {
    const { port } = this.server.address() as AddressInfo;
    // a name that the API server's certificate, which this one has too, is good for
    const server = `https://${new URL(this.upstream.server).hostname}:${port}`;
    const kubeconfig = path.join(this.upstream.folder, `recorder-${port}.kubeconfig`);
    if (!fs.existsSync(kubeconfig)) {
      const text = fs.readFileSync(this.upstream.kubeconfig, 'utf8').replaceAll(this.upstream.server, server);
      fs.writeFileSync(kubeconfig, text, { mode: 0o600 });
    }
    return { ...this.upstream, server, kubeconfig };
  }

  /** Ends the recorder and the connections through it. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
    this.agent.destroy();
  }

  private async handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const { pathname, searchParams } = new URL(url, this.upstream.server);
    if (READS.has(method) || searchParams.has('dryRun') || NOT_OURS.test(pathname)) {
      const answer = await this.forward(request, (upstream) => request.pipe(upstream));
      if (answer.statusCode === 403) this.forbidden.push(`${method} ${pathname}`);
      response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
      response.on('close', () => answer.destroy());
      answer.on('error', () => response.destroy());
      // The headers of a watch are waited for long before its first event.
      response.flushHeaders();
      answer.pipe(response);
      return;
    }
    this.lastActivity = Date.now();
    const body = await read(request);
    const before = method === 'POST' ? undefined : await this.current(pathname);
    const answer = await this.forward(request, (upstream) => upstream.end(body));
    const bytes = await read(answer);
    this.record(method, pathname, answer, bytes, before);
    response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
    response.end(bytes);
  }

  private record(
    method: string,
    pathname: string,
    answer: http.IncomingMessage,
    bytes: Buffer,
    before: KubernetesObject | undefined,
  ): void {
    const code = answer.statusCode ?? 0;
    if (code === 403) this.forbidden.push(`${method} ${pathname}`);
    const after = objectIn(bytes, answer.headers['content-type']);
    const same = before !== undefined && before.metadata.resourceVersion === after?.metadata?.resourceVersion;
    const changed = code < 300 && (method === 'DELETE' || !same);
    this.lastActivity = Date.now();
    this.writes.push({ time: this.lastActivity, method, path: pathname, code, changed, before, after });
  }

  /** The object behind a path, read as the administrator, whatever the client. */
  private async current(pathname: string): Promise<KubernetesObject | undefined> {
    const object = pathname.replace(/\/(status|scale|finalizers)$/, '');
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const headers = { Authorization: `Bearer ${this.upstream.token}`, Accept: 'application/json' };
      https.get(new URL(object, this.upstream.server), { agent: this.agent, headers }, resolve).on('error', reject);
    });
    const bytes = await read(answer);
    return answer.statusCode === 200 ? objectIn(bytes, answer.headers['content-type']) : undefined;
  }

  private forward(
    request: http.IncomingMessage,
    send: (upstream: http.ClientRequest) => void,
  ): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { host: _host, connection: _connection, ...headers } = request.headers;
      const upstream = https.request(new URL(request.url ?? '/', this.upstream.server), {
        method: request.method,
        agent: this.agent,
        headers: { ...headers, ...this.identityHeaders },
      });
      upstream.on('error', reject);
      upstream.on('response', resolve);
      request.on('close', () => {
        if (!request.complete) {
          upstream.destroy();
        }
      });
      send(upstream);
    });
  }
}

function impersonation(identity?: Identity): http.OutgoingHttpHeaders {
  if (identity === undefined) {
    return {};
  }
  const { user, groups = [] } = typeof identity === 'string' ? { user: identity } : identity;
  return groups.length > 0
    ? { 'impersonate-user': user, 'impersonate-group': [...groups] }
    : { 'impersonate-user': user };
}

/** Headers about one connection are not for the next. */
function passedOn(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  const { connection: _connection, 'transfer-encoding': _encoding, 'keep-alive': _alive, ...rest } = headers;
  return rest;
}

function objectIn(bytes: Buffer, contentType = ''): KubernetesObject | undefined {
  return contentType.includes('json') ? (JSON.parse(bytes.toString('utf8')) as KubernetesObject) : undefined;
}

async function read(stream: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
