import * as http from 'node:http';
import * as https from 'node:https';

import type { RestClient } from '../client';
import type { KubernetesObject } from '../types';
import { type Hook, type HookName, type KeyReference, type LabelSelector, timeoutOf } from './composite-controller';
import { TryAgainAfter } from './work-queue';

/** Answer of the sync and finalize hooks. */
export interface SyncResponse {
  readonly status?: Record<string, unknown> | null;
  readonly children?: readonly KubernetesObject[] | null;
  readonly resyncAfterSeconds?: number;
  readonly finalized?: boolean;
}

export interface RelatedRule {
  readonly apiVersion: string;
  readonly resource: string;
  readonly labelSelector?: LabelSelector | null;
  readonly namespaceSelector?: LabelSelector | null;
  readonly namespace?: string;
  readonly names?: readonly string[] | null;
}

export interface CustomizeResponse {
  readonly relatedResources?: readonly RelatedRule[] | null;
}

/** Calls one hook of a CompositeController, as a webhook of version v2. */
export class HookClient {
  /** Reads the CA and the token that the manifest names, once, as Metacontroller does. @throws where one is not there. */
  static async create(client: RestClient, name: HookName, { version, webhook }: Hook): Promise<HookClient> {
    if (version !== 'v2') {
      throw new Error(
        `hook ${name}: the hook driver calls hooks of version v2 only, not ${version ?? 'v1 (the default)'}`,
      );
    }
    if (!webhook?.url) {
      throw new Error(`hook ${name}: no webhook.url`);
    }
    const { caBundle, authorization } = webhook;
    const ca = caBundle?.inline ?? (await valueOf(client, caBundle?.secretRef, 'ca.crt'));
    const token = await valueOf(client, authorization?.secretRef, '');
    const header = token === undefined ? undefined : `${authorization?.type ?? 'Bearer'} ${token.trim()}`;
    const strict = webhook.responseUnMarshallMode !== 'loose';
    return new HookClient(name, new URL(webhook.url), timeoutOf(webhook), strict, ca, header);
  }

  private readonly agent: http.Agent;

  private constructor(
    private readonly name: HookName,
    private readonly url: URL,
    private readonly timeoutMs: number,
    private readonly strict: boolean,
    ca: string | undefined,
    private readonly authorization: string | undefined,
  ) {
    this.agent =
      url.protocol === 'https:' ? new https.Agent({ keepAlive: true, ca }) : new http.Agent({ keepAlive: true });
  }

  /** @throws TryAgainAfter for 429, Error for any other answer but 200, for one that is no valid answer, and for none in time. */
  async call<T extends SyncResponse | CustomizeResponse>(request: unknown): Promise<T> {
    const { code, text, retryAfter } = await this.post(JSON.stringify(request));
    if (code === 429) {
      throw new TryAgainAfter(secondsOf(retryAfter));
    }
    if (code !== 200) {
      throw new Error(`unsupported status code: ${code} body: ${text}`);
    }
    // As in Go, null is an answer without any field.
    const answer = (JSON.parse(text) ?? {}) as unknown;
    const wrong = this.name === 'customize' ? wrongInCustomize(answer, this.strict) : wrongInSync(answer, this.strict);
    if (wrong.length > 0) {
      throw new Error(`the answer of the ${this.name} hook is refused: ${wrong.join('; ')}`);
    }
    return answer as T;
  }

  close(): void {
    this.agent.destroy();
  }

  private post(body: string): Promise<{ code: number; text: string; retryAfter: string }> {
    return new Promise((resolve, reject) => {
      const { url, agent, timeoutMs } = this;
      const headers = {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        ...(this.authorization === undefined ? {} : { Authorization: this.authorization }),
      };
      const send = url.protocol === 'https:' ? https.request : http.request;
      // The time is for the whole call, with the body of the answer.
      const signal = AbortSignal.timeout(timeoutMs);
      const request = send(url, { method: 'POST', agent, headers, signal }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ code: response.statusCode ?? 0, text, retryAfter: response.headers['retry-after'] ?? '' });
        });
      });
      request.on('error', (error) => {
        reject(signal.aborted ? new Error(`http error: no answer from ${url.href} in ${timeoutMs} ms`) : error);
      });
      request.end(body);
    });
  }
}

async function valueOf(
  client: RestClient,
  ref: KeyReference | undefined,
  defaultKey: string,
): Promise<string | undefined> {
  if (!ref) {
    return undefined;
  }
  const secret = await client.send('GET', `/api/v1/namespaces/${ref.namespace}/secrets/${ref.name}`);
  const value = (secret.data as Record<string, string> | undefined)?.[ref.key ?? defaultKey];
  if (value === undefined) {
    throw new Error(`secret ${ref.namespace}/${ref.name} does not contain key "${ref.key ?? defaultKey}"`);
  }
  return Buffer.from(value, 'base64').toString('utf8');
}

/** Seconds, or a date; anything else is no time at all. */
function secondsOf(retryAfter: string): number {
  const date = Date.parse(retryAfter);
  if (/^\d+$/.test(retryAfter) || Number.isNaN(date)) {
    return Number.parseInt(retryAfter, 10) || 0;
  }
  return Math.max(0, Math.ceil((date - Date.now()) / 1_000));
}

/** What each field may hold. An object of the API is not looked into: only Metacontroller's own fields are strict. */
type Fields = Readonly<Record<string, (value: unknown) => boolean>>;

const isString = (value: unknown): boolean => typeof value === 'string';
const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const isList =
  (of: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(of);

const SYNC: Fields = {
  status: isMap,
  children: isList((child) => isMap(child) && Boolean((child as KubernetesObject).kind)),
  resyncAfterSeconds: (value) => typeof value === 'number',
  finalized: (value) => typeof value === 'boolean',
};
const CUSTOMIZE: Fields = { relatedResources: isList(isMap) };
const RULE: Fields = {
  apiVersion: isString,
  resource: isString,
  labelSelector: isMap,
  namespaceSelector: isMap,
  namespace: isString,
  names: isList(isString),
};
const SELECTOR: Fields = { matchLabels: isMap, matchExpressions: isList(isMap) };

function wrongInSync(answer: unknown, strict: boolean): string[] {
  return wrongIn(answer, SYNC, strict, '');
}

function wrongInCustomize(answer: unknown, strict: boolean): string[] {
  const wrong = wrongIn(answer, CUSTOMIZE, strict, '');
  const rules = wrong.length > 0 ? [] : ((answer as CustomizeResponse).relatedResources ?? []);
  return [
    ...wrong,
    ...rules.flatMap((rule, index) => {
      const at = `relatedResources[${index}].`;
      const selectors = [rule.labelSelector, rule.namespaceSelector].filter(isMap);
      return [...wrongIn(rule, RULE, strict, at), ...selectors.flatMap((each) => wrongIn(each, SELECTOR, strict, at))];
    }),
  ];
}

function wrongIn(value: unknown, fields: Fields, strict: boolean, at: string): string[] {
  if (!isMap(value)) {
    return [`${at || 'it'} is no object`];
  }
  return Object.entries(value as Record<string, unknown>).flatMap(([name, given]) => {
    if (!(name in fields)) {
      return strict ? [`unknown field "${at}${name}"`] : [];
    }
    // As in Go, null is the same as nothing.
    return given === null || fields[name](given) ? [] : [`"${at}${name}" has the wrong type`];
  });
}
