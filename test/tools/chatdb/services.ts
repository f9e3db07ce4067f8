import { ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';

import { until } from '../../support/waiting';
import { freePort } from '../postgres';
import { dns, environmentOf, here, Places, PORTS, Secrets } from './environment';

const SOURCE = path.resolve(__dirname, '../../../examples/chatdb/services/src');
/** Where Kubernetes asks; the others have those of the first. */
const PATHS: Readonly<Record<string, readonly [live: string, ready: string]>> = {
  default: ['/health', '/health/ready'],
  'db-connector': ['/actuator/health', '/actuator/health/readiness'],
  'test-service': ['/', '/health/ready'],
};

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
}

/** The services as processes, each on a port of its own. */
export class ServiceProcesses {
  /** All that any of them has logged. */
  public log = '';
  private readonly ports = new Map<string, number>();
  private readonly running = new Map<string, Running>();

  private constructor(
    private readonly python: string,
    private readonly secrets: Secrets,
    private readonly places: Map<string, string>,
    private readonly more: Readonly<Record<string, string>>,
  ) {}

  /**
   * @param places where what they depend on is
   * @param more variables that a pod has from Kubernetes
   */
  public static async of(
    python: string,
    secrets: Secrets,
    places: Places,
    more: Readonly<Record<string, string>>,
  ): Promise<ServiceProcesses> {
    const all = new Map(places);
    const services = new ServiceProcesses(python, secrets, all, more);
    for (const [service, { servicePort }] of Object.entries(PORTS)) {
      const port = await freePort();
      services.ports.set(service, port);
      all.set(`${dns(service, 'chatdb-services')}:${servicePort}`, `127.0.0.1:${port}`);
    }
    return services;
  }

  public url(service: string): string {
    return `http://127.0.0.1:${this.ports.get(service)}`;
  }

  /** Starts one, which need not be ready when this returns. */
  public start(service: string): void {
    const port = String(this.ports.get(service));
    const child = this.spawn(service, { PORT: port, HOST: '127.0.0.1', DRAIN_SECONDS: '0.2' });
    const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    this.running.set(service, { child, exit });
  }

  /** Starts the program of a Job. */
  public spawn(program: string, more: Readonly<Record<string, string>> = {}): ChildProcess {
    const { PATH = '', HOME = '' } = process.env;
    const python = { PATH, HOME, PYTHONPATH: SOURCE, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' };
    const given = here(environmentOf(program, this.secrets), this.places);
    const child = spawn(this.python, ['-m', 'chatdb', program], {
      env: { ...python, ...this.more, ...given, ...more },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    }
    return child;
  }

  /** Ends one; says with what code. */
  public async end(service: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const one = this.running.get(service);
    if (one === undefined) throw new Error(`${service} does not run`);
    one.child.kill(signal);
    this.running.delete(service);
    return one.exit;
  }

  public async stop(): Promise<void> {
    await Promise.all([...this.running.keys()].map((service) => this.end(service, 'SIGKILL')));
  }

  public isLive(service: string): Promise<boolean> {
    return this.isWell(service, 0);
  }

  public isReady(service: string): Promise<boolean> {
    return this.isWell(service, 1);
  }

  /** Waits until one is ready, or is not. */
  public async untilReady(service: string, ready = true): Promise<void> {
    await until(`${service} ${ready ? 'to be' : 'not to be'} ready`, 30_000, async () => {
      if (!this.running.has(service)) throw new Error(`${service} does not run`);
      return (await this.isReady(service)) === ready;
    }).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}:\n${this.log.slice(-4000)}`);
    });
  }

  private async isWell(service: string, which: 0 | 1): Promise<boolean> {
    const at = (PATHS[service] ?? PATHS.default)[which];
    // the limit of the probes
    const signal = AbortSignal.timeout(which === 0 ? 5000 : 3000);
    return fetch(`${this.url(service)}${at}`, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
