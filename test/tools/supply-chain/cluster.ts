import { execFileSync } from 'node:child_process';
import * as http from 'node:http';
import { AddressInfo } from 'node:net';
import { parse } from 'yaml';

interface Deployed {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly model: { readonly name: string; readonly version: string };
    readonly serving: { readonly image: string };
  };
}

/**
 * What a delivery sees of an environment: models answer as the overlay on the branch says, as after Argo CD and the operator, at `/models/<name>`; and whoever is
 * told of deliveries listens at `/told`. It stands in for the cluster, whose parts have tests of their own.
 */
export class ServingEnvironment {
  /** What was told, oldest first. */
  public readonly told: unknown[] = [];
  /** Versions that never become ready. */
  public readonly broken = new Set<string>();
  private readonly server = http.createServer((request, response) => {
    this.answer(request, response);
  });

  private constructor(
    private readonly origin: string,
    private readonly overlay: string,
  ) {}

  /** Starts it for an overlay in a repository. */
  public static async start(origin: string, overlay: string): Promise<ServingEnvironment> {
    const environment = new ServingEnvironment(origin, overlay);
    await new Promise<void>((resolve) => environment.server.listen(0, '127.0.0.1', resolve));
    return environment;
  }

  /** Where it is. */
  public get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Stops it. */
  public stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** The files of the overlay as they are on its branch. */
  public files(): { [file: string]: string } {
    const list = this.git('ls-tree', '--name-only', 'deploy:' + this.overlay);
    const names = list.split('\n').filter((name) => name !== '');
    return Object.fromEntries(names.map((name) => [name, this.git('show', `deploy:${this.overlay}/${name}`)]));
  }

  /** The commits on that branch, newest first. */
  public commits(): string[] {
    return this.git('log', '--format=%s', 'deploy')
      .split('\n')
      .filter((line) => line !== '');
  }

  /** What is deployed, by the name of the object. */
  public deployed(): Map<string, Deployed> {
    const objects = Object.entries(this.files())
      .filter(([file]) => file !== 'kustomization.yaml')
      .map(([, text]) => parse(text) as Deployed);
    return new Map(objects.map((one) => [one.metadata.name, one]));
  }

  private git(...args: string[]): string {
    try {
      return execFileSync('git', ['-C', this.origin, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch {
      // there is no such branch or folder yet
      return '';
    }
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      const [, area, name, ...path] = (request.url ?? '').split('/');
      if (area === 'told') {
        this.told.push(JSON.parse(body));
        response.end('ok');
        return;
      }
      const model = this.deployed().get(name)?.spec.model;
      const status = model === undefined ? 404 : this.broken.has(model.version) ? 503 : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(this.content(path.join('/'), model, body)));
    });
  }

  private content(path: string, model: Deployed['spec']['model'] | undefined, body: string): object {
    if (path === 'predict')
      return { predictions: (JSON.parse(body) as { instances: unknown[] }).instances.map(() => 0) };
    return path === 'model/info' ? { ...model } : { status: 'ready' };
  }
}
