import { createServer } from 'node:https';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Fastify, { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, LogController, LogLevel } from 'fastify';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { hookPath } from '../../../src/kinds/operators/metacontroller';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { Hooks } from '../runtime/hooks';
import { OperatorError } from '../runtime/operator-error';
import { SyncRequest } from '../runtime/protocol';
import { redacted } from '../runtime/redaction';
import { certificateCheck, TlsFiles, tokenCheck } from './authorization';

/** Options of a hook server. */
export interface HookServerOptions {
  /** The operators that it answers for. */
  readonly operators: readonly Hooks[];
  readonly settings: OperatorSettings;
  /** Certificate and key. @default - plain HTTP, for tests on one machine */
  readonly tls?: TlsFiles;
  /** File with the bearer token that callers must have; it is read again when it changes. @default - none is asked for */
  readonly tokenFile?: string;
  /** Greatest size of a request in bytes. @default 32 MiB: a zone sees every model */
  readonly bodyLimit?: number;
  /** @default 'info' */
  readonly logLevel?: LogLevel;
  /** Where log lines go. @default - standard output */
  readonly logTo?: { write(line: string): void };
}

const MIB = 1024 * 1024;

/**
 * Milliseconds that an idle connection is kept. Metacontroller gives one up after 90 seconds; a server that did so before it
 * would at times close one on which a call is just being sent, and such a call fails.
 */
const KEPT_FOR = 120_000;

const JSON_TYPE = 'application/json; charset=utf-8';

/** Milliseconds in which a request must have arrived; Metacontroller waits 10 seconds for an answer. */
const REQUEST_TIMEOUT = 30_000;

/** One of the hooks of an operator. */
interface Call {
  readonly hook: 'sync' | 'customize' | 'finalize';
  /** Why a body is no request of this hook. */
  readonly problem: (body: unknown) => string | undefined;
  readonly work: (body: SyncRequest) => unknown;
}

/**
 * The HTTP server that Metacontroller calls.
 *
 * | path | answer |
 * | --- | --- |
 * | `POST /hooks/<operator>/{sync,customize,finalize}` | what the operator says |
 * | `GET /healthz` | 200 while the process works |
 * | `GET /readyz` | 200 while it takes requests, 503 from the moment it is told to stop |
 * | `GET /metrics` | metrics for Prometheus |
 *
 * A request that is no hook request gets 400 with the reason, one without the token or certificate that is asked for 401, an unknown
 * path 404, a body over the limit 413. An error in an operator is in the log with the object, and counted; it gets 500, unless the
 * children are known that stay, in which case the status of the object says so. The server goes on in every case.
 */
export class HookServer {
  public readonly metrics = new HookMetrics();
  private readonly app: FastifyInstance;
  private isStopping = false;

  public constructor(private readonly options: HookServerOptions) {
    this.app = Fastify({
      bodyLimit: options.bodyLimit ?? 32 * MIB,
      // connections are kept by Metacontroller; those that are idle are closed when the server stops
      forceCloseConnections: 'idle',
      keepAliveTimeout: KEPT_FOR,
      requestTimeout: REQUEST_TIMEOUT,
      // keys such as __proto__ are legal in what users write, a ConfigMap or the environment of a model: refused here, one user could
      // stop the zone that sees the model; objects are only ever spread, which gives them no meaning
      onProtoPoisoning: 'ignore',
      onConstructorPoisoning: 'ignore',
      logController: new LogController({ disableRequestLogging: true }),
      logger: {
        level: options.logLevel ?? 'info',
        serializers: { err: ({ name, message, stack = '' }: Error) => redacted({ type: name, message, stack }) },
        ...(options.logTo ? { stream: options.logTo } : {}),
      },
      ...(options.tls ? { serverFactory: tlsServer(options.tls) } : {}),
    });
    this.app.setErrorHandler((error: FastifyError, request, reply) => this.refuse(error, request, reply));
    this.app.setNotFoundHandler((request, reply) => reply.code(404).send({ error: `no such path: ${request.url}` }));
    this.app.addHook('onResponse', (request, reply, done) => {
      if (reply.statusCode === 401) this.refused(request);
      done();
    });
    this.addProbes();
    this.addHooks();
  }

  /** Starts to listen; returns the URL. Port 0 takes a free one. */
  public async start(port: number, host = '0.0.0.0'): Promise<string> {
    const url = await this.app.listen({ port, host });
    // Fastify does not know that the server it was given speaks TLS
    return this.options.tls ? url.replace('http://', 'https://') : url;
  }

  /** Says that it is not ready, waits so many milliseconds for callers to notice, ends what is under way, and stops. */
  public async stop(graceMilliseconds = 0): Promise<void> {
    this.isStopping = true;
    if (graceMilliseconds > 0) await new Promise((resolve) => setTimeout(resolve, graceMilliseconds));
    await this.app.close();
  }

  private addProbes(): void {
    this.app.get('/healthz', () => ({ status: 'ok' }));
    this.app.get('/readyz', (_request, reply) =>
      this.isStopping ? reply.code(503).send({ status: 'stopping' }) : { status: 'ready' },
    );
    this.app.get('/metrics', async (_request, reply) => {
      void reply.type(this.metrics.contentType);
      return this.metrics.text();
    });
  }

  private addHooks(): void {
    const onRequest = [
      ...(this.options.tls?.asksForCertificates ? [certificateCheck] : []),
      ...(this.options.tokenFile === undefined ? [] : [tokenCheck(this.options.tokenFile)]),
    ];
    for (const hooks of this.options.operators) {
      const { name } = hooks.definition;
      const { settings } = this.options;
      const calls: readonly Call[] = [
        { hook: 'sync', problem: syncRequestProblem, work: (body) => hooks.sync(body, settings) },
        { hook: 'finalize', problem: syncRequestProblem, work: (body) => hooks.sync(body, settings) },
        { hook: 'customize', problem: customizeRequestProblem, work: (body) => hooks.customize(body, settings) },
      ];
      for (const call of calls) {
        this.metrics.declare(name, call.hook);
        this.app.post(hookPath(name, call.hook), { onRequest }, (request, reply) =>
          this.answer(name, call, request, reply),
        );
      }
    }
  }

  private async answer(
    operator: string,
    { hook, problem, work }: Call,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown> {
    const wrong = problem(request.body);
    if (wrong !== undefined) {
      this.metrics.observe(operator, hook, 'invalid', 0);
      return reply.code(400).send({ error: wrong });
    }
    const body = request.body as SyncRequest;
    const { namespace, name, generation } = body.parent.metadata;
    const object = { operator, hook, kind: body.parent.kind, namespace, name, generation };
    const start = process.hrtime.bigint();
    const seconds = (): number => Number(process.hrtime.bigint() - start) / 1e9;
    try {
      // here, so that an answer that cannot be written is an error of the operator, too
      const answer = JSON.stringify(work(body));
      this.metrics.observe(operator, hook, 'ok', seconds());
      this.app.log.debug(object, 'answered');
      // between two calls of operators, probes get their turn
      await nextTurn();
      return await reply.type(JSON_TYPE).send(answer);
    } catch (error) {
      this.metrics.observe(operator, hook, 'error', seconds());
      const { cause, response } = error instanceof OperatorError ? error : { cause: error, response: undefined };
      this.app.log.error({ ...object, err: cause }, 'the operator failed');
      if (response) return response;
      return reply.code(500).send({ error: `${hook} of ${operator} failed; the log of the hook server says why` });
    }
  }

  private refused(request: FastifyRequest): void {
    this.metrics.refuse();
    this.app.log.warn({ url: request.url, address: request.ip }, 'refused: no certificate or token that is known');
  }

  private refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const code = error.statusCode ?? 500;
    if (code >= 500) this.app.log.error({ err: error, url: request.url }, 'a request failed');
    else this.app.log.warn({ url: request.url, code, reason: error.message }, 'a request was refused');
    return reply.code(code).send({ error: code >= 500 ? 'internal error' : error.message });
  }
}

function tlsServer(tls: TlsFiles) {
  return (handler: Parameters<typeof createServer>[1]) => {
    // Fastify sets these for servers of its own only
    const timeouts = { keepAliveTimeout: KEPT_FOR, requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT };
    const server = createServer({ ...tls.serverOptions(), ...timeouts }, handler);
    tls.onChange((options) => {
      server.setSecureContext(options);
    });
    server.on('close', () => tls.close());
    return server;
  };
}

const OUTCOMES = ['ok', 'invalid', 'error'] as const;

/** How a call ended. */
type Outcome = (typeof OUTCOMES)[number];

/** Metrics of the hooks, for Prometheus. */
class HookMetrics {
  private readonly registry = new Registry();
  private readonly calls = new Counter({
    name: 'nstarx_hook_requests_total',
    help: 'Calls of a hook, by how they ended.',
    labelNames: ['operator', 'hook', 'outcome'],
    registers: [this.registry],
  });
  private readonly duration = new Histogram({
    name: 'nstarx_hook_duration_seconds',
    help: 'Time that an operator took for an answer.',
    labelNames: ['operator', 'hook'],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers: [this.registry],
  });

  private readonly unauthorized = new Counter({
    name: 'nstarx_hook_unauthorized_total',
    help: 'Calls of hooks without the certificate or token that is asked for.',
    registers: [this.registry],
  });

  public constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Has the counters of a hook begin at zero, so that one that was never called is told from one that is not there. */
  public declare(operator: string, hook: string): void {
    for (const outcome of OUTCOMES) this.calls.inc({ operator, hook, outcome }, 0);
  }

  public observe(operator: string, hook: string, outcome: Outcome, seconds: number): void {
    this.calls.inc({ operator, hook, outcome });
    if (outcome !== 'invalid') this.duration.observe({ operator, hook }, seconds);
  }

  /** Counts a call that was refused because it could have been anybody's. */
  public refuse(): void {
    this.unauthorized.inc();
  }

  public get contentType(): string {
    return this.registry.contentType;
  }

  public text(): Promise<string> {
    return this.registry.metrics();
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Why a body is no request of `customize`, or undefined when it is one. */
function customizeRequestProblem(body: unknown): string | undefined {
  if (!isFields(body)) return 'the body must be a JSON object';
  return objectProblem('parent', body.parent);
}

/** Why a body is no request of `sync` or `finalize`, or undefined when it is one. */
function syncRequestProblem(body: unknown): string | undefined {
  const wrong = customizeRequestProblem(body);
  if (wrong !== undefined) return wrong;
  const { children, related, finalizing } = body as Fields;
  if (finalizing !== undefined && typeof finalizing !== 'boolean') return 'finalizing must be true or false';
  // Metacontroller leaves `related` empty for controllers without customize
  return mapProblem('children', children) ?? mapProblem('related', related ?? {});
}

function mapProblem(field: string, map: unknown): string | undefined {
  if (!isFields(map)) return `${field} must be objects by kind and name`;
  for (const [kind, objects] of Object.entries(map)) {
    if (!isFields(objects)) return `${field}["${kind}"] must be objects by name`;
    for (const [name, object] of Object.entries(objects)) {
      const wrong = objectProblem(`${field}["${kind}"]["${name}"]`, object);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

function objectProblem(field: string, object: unknown): string | undefined {
  if (!isFields(object)) return `${field} must be a Kubernetes object`;
  for (const key of ['apiVersion', 'kind'] as const) {
    if (typeof object[key] !== 'string') return `${field}.${key} must be a string`;
  }
  const { metadata } = object;
  if (!isFields(metadata) || typeof metadata.name !== 'string') return `${field}.metadata.name must be a string`;
  for (const key of ['spec', 'status'] as const) {
    if (object[key] !== undefined && object[key] !== null && !isFields(object[key]))
      return `${field}.${key} must be an object`;
  }
  return undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
