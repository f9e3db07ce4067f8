import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as http from 'node:http';
import { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { Cluster } from '../cluster';
import { addressOf } from './process-kubelet';

const run = promisify(execFile);

/**
 * Applies an overlay of a branch whenever the branch changes, as an Application of Argo CD does: `kubectl apply --server-side -k`. It prunes nothing.
 */
export class OverlaySync {
  /** Commits that were applied, oldest first. */
  public readonly applied: string[] = [];
  /** What the API server refused. */
  public readonly refused: string[] = [];
  private isOver = false;
  private looking?: Promise<void>;

  public constructor(
    private readonly cluster: Cluster,
    private readonly origin: string,
    private readonly overlay: string,
    private readonly folder: string,
  ) {}

  /** Begins. */
  public start(): void {
    this.looking = this.look();
  }

  /** Ends. */
  public async stop(): Promise<void> {
    this.isOver = true;
    await this.looking;
  }

  private async look(): Promise<void> {
    while (!this.isOver) {
      const commit = await this.newest();
      if (commit !== undefined && commit !== this.applied.at(-1)) {
        await this.apply(commit).catch((error: unknown) => this.refused.push(String(error)));
        this.applied.push(commit);
      }
      await sleep(500);
    }
  }

  private async newest(): Promise<string | undefined> {
    const { stdout } = await run('git', [
      '-C',
      this.origin,
      'for-each-ref',
      '--format=%(objectname)',
      'refs/heads/deploy',
    ]);
    return stdout.trim() || undefined;
  }

  private async apply(commit: string): Promise<void> {
    const into = path.join(this.folder, commit);
    fs.mkdirSync(into, { recursive: true });
    const archive = execFileSync('git', ['-C', this.origin, 'archive', commit]);
    execFileSync('tar', ['--extract', '--directory', into], { input: archive });
    const how = ['--server-side', '--force-conflicts', '--field-manager=argocd-controller'];
    await this.cluster.kubectl(['apply', ...how, '--kustomize', path.join(into, this.overlay)]);
  }
}

/** How an answer of a model came about. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * The way from outside to a model, in place of the Gateway and of kube-proxy: `/<name>/<path>` is asked of a ready endpoint of the Service
 * `<name>-deployment`, as the EndpointSlices of the cluster have them.
 */
export class Entrance {
  private readonly server = http.createServer((request, response) => {
    void this.forward(request, response);
  });
  private turn = 0;

  public constructor(
    private readonly cluster: Cluster,
    private readonly namespace: string,
  ) {}

  /** Begins. */
  public async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  /** Where it is. */
  public get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Ends. */
  public stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Asks a model. */
  public async ask(model: string, asked: string, body?: string): Promise<Answer> {
    const more = body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': 'application/json' } };
    const answer = await fetch(`${this.url}/${model}${asked}`, more);
    return { status: answer.status, body: await answer.text() };
  }

  /** Where the ready pods of a model are. */
  public async endpoints(model: string): Promise<readonly string[]> {
    const slices = await this.cluster.list(
      { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
      { namespace: this.namespace, labelSelector: `kubernetes.io/service-name=${model}-deployment` },
    );
    return slices.flatMap((slice) => {
      const { endpoints, ports } = slice as unknown as Slice;
      const port = ports?.[0]?.port;
      return (endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready === true)
        .flatMap(({ addresses }) => addresses.map((address) => `${addressOf(address)}:${port}`));
    });
  }

  private async forward(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const [, model = '', ...rest] = (request.url ?? '').split('/');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const all = await this.endpoints(model);
    const target = all[this.turn++ % Math.max(1, all.length)];
    if (target === undefined) {
      response.writeHead(503).end('there is no endpoint');
      return;
    }
    const [host, port] = target.split(':');
    const { method, headers } = request;
    const onward = http.request({ host, port, method, headers, path: `/${rest.join('/')}` }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', (error) => response.writeHead(502).end(String(error)));
    onward.end(Buffer.concat(chunks));
  }
}

interface Slice {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
  readonly ports?: readonly { readonly port?: number }[];
}
