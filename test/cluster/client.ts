import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Binaries } from './build';
import type { Identity, KubernetesObject, ObjectReference, TypeReference } from './types';

/** Above the API server's own, which ends a request after a minute. */
const REQUEST_TIMEOUT_MS = 180_000;
const MAX_SOCKETS = 32;

/** What a client has to know of a running cluster. It is plain data, so it can be handed to another process. */
export interface Connection {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
  /** File for kubectl and other clients, with the rights of an administrator. */
  readonly kubeconfig: string;
  /** The run's folder, with the log of each component (`kube-apiserver.log`, …). */
  readonly folder: string;
  readonly binaries: Binaries;
}

/** Answer of the API server. */
export interface Answer {
  readonly code: number;
  /** Parsed JSON, or text where the answer is none. */
  readonly body: unknown;
  /** Texts of the `Warning` headers. */
  readonly warnings: readonly string[];
}

export interface RequestOptions {
  readonly body?: string;
  /** @default 'application/json' */
  readonly contentType?: string;
  /** @default - the administrator */
  readonly asUser?: Identity;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** A request that the API server answered with an error. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** The REST API with kept-alive connections, and where each kind is found in it. */
export class RestClient {
  private readonly agent: https.Agent;
  private readonly discovered = new Map<string, Promise<readonly ApiResource[]>>();

  constructor(readonly connection: Connection) {
    this.agent = new https.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, ca: connection.ca });
  }

  /** Ends kept connections. */
  close(): void {
    this.agent.destroy();
  }

  /** Sends one request; asks again where the server says it is too busy (429). Any code is an answer, not an error. */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.requestOnce(method, path, options);
      if (answer.code !== 429 || attempt === 10) {
        return answer;
      }
      await sleep(200 * attempt);
    }
  }

  /** Like `request`, for an object as the answer. @throws ApiError for a code of 400 or more. */
  async send<T = KubernetesObject>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const answer = await this.request(method, path, options);
    if (answer.code >= 400) {
      throw new ApiError(answer.code, messageOf(answer));
    }
    return answer.body as T;
  }

  /** Path of a kind's collection, in that namespace or in all. @throws ApiError 404 where the kind is not served. */
  async collectionPath(type: TypeReference, namespace?: string): Promise<string> {
    const resource = await this.resourceOf(type);
    const scope = resource.namespaced && namespace ? `/namespaces/${namespace}` : '';
    return `${groupPath(type.apiVersion)}${scope}/${resource.name}`;
  }

  /** Path of one object. As in kubectl, a namespaced kind without a namespace is in `default`. */
  async objectPath(ref: ObjectReference): Promise<string> {
    return `${await this.collectionPath(ref, ref.namespace ?? 'default')}/${encodeURIComponent(ref.name)}`;
  }

  /** Whether objects of that kind have a namespace. @throws ApiError 404 where the kind is not served. */
  async isNamespaced(type: TypeReference): Promise<boolean> {
    return (await this.resourceOf(type)).namespaced;
  }

  /** Whether the API server serves that kind now. */
  async serves(type: TypeReference): Promise<boolean> {
    try {
      await this.resourceOf(type);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) {
        return false;
      }
      throw error;
    }
  }

  private async resourceOf(type: TypeReference): Promise<ApiResource> {
    const known = await this.discover(type.apiVersion);
    const found = known.find((resource) => resource.kind === type.kind);
    if (found) {
      return found;
    }
    // A kind may have come since (a CRD), so what was not found is never remembered.
    this.discovered.delete(type.apiVersion);
    const now = await this.discover(type.apiVersion);
    const foundNow = now.find((resource) => resource.kind === type.kind);
    if (!foundNow) {
      this.discovered.delete(type.apiVersion);
      throw new ApiError(404, `the API server knows no kind ${type.kind} in ${type.apiVersion}`);
    }
    return foundNow;
  }

  private discover(apiVersion: string): Promise<readonly ApiResource[]> {
    const running = this.discovered.get(apiVersion);
    if (running) {
      return running;
    }
    const started = this.request('GET', groupPath(apiVersion)).then((answer) => {
      const resources = answer.code === 200 ? (answer.body as { resources: ApiResource[] }).resources : [];
      return resources.filter((resource) => !resource.name.includes('/'));
    });
    started.catch(() => this.discovered.delete(apiVersion));
    this.discovered.set(apiVersion, started);
    return started;
  }

  private requestOnce(method: string, path: string, options: RequestOptions): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const url = new URL(path, this.connection.server);
      for (const [name, value] of Object.entries(options.query ?? {})) {
        if (value !== undefined) {
          url.searchParams.set(name, String(value));
        }
      }
      const headers = { ...this.headersFor(options), 'Content-Length': Buffer.byteLength(options.body ?? '') };
      const request = https.request(url, { method, agent: this.agent, headers, timeout: REQUEST_TIMEOUT_MS });
      request.on('timeout', () =>
        request.destroy(new Error(`${method} ${path}: no answer in ${REQUEST_TIMEOUT_MS} ms`)),
      );
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The server may close a kept connection at the moment it is used again.
        if (request.reusedSocket && error.code === 'ECONNRESET') {
          this.requestOnce(method, path, options).then(resolve, reject);
        } else {
          reject(error);
        }
      });
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            code: response.statusCode ?? 0,
            body: parse(text, response.headers['content-type']),
            warnings: warningsIn(response.headersDistinct.warning),
          });
        });
      });
      request.end(options.body);
    });
  }

  private headersFor(options: RequestOptions): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {
      Accept: 'application/json',
      Authorization: `Bearer ${this.connection.token}`,
    };
    if (options.body !== undefined) {
      headers['Content-Type'] = options.contentType ?? 'application/json';
    }
    if (options.asUser !== undefined) {
      const identity = typeof options.asUser === 'string' ? { user: options.asUser } : options.asUser;
      headers['Impersonate-User'] = identity.user;
      if (identity.groups && identity.groups.length > 0) {
        headers['Impersonate-Group'] = [...identity.groups];
      }
    }
    return headers;
  }
}

/** What the API server said in an answer: a Status's message, or the text. */
export function messageOf(answer: Answer): string {
  const { body } = answer;
  if (typeof body === 'object' && body !== null && 'message' in body) {
    return String(body.message);
  }
  return typeof body === 'string' ? body : `HTTP ${answer.code}`;
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function parse(text: string, contentType = ''): unknown {
  return contentType.includes('json') ? (JSON.parse(text) as unknown) : text;
}

/** A warning header is `299 - "text"`, with quotes and backslashes escaped. */
function warningsIn(headers: readonly string[] = []): string[] {
  return headers.flatMap((header) =>
    [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text.replace(/\\(.)/g, '$1')),
  );
}
