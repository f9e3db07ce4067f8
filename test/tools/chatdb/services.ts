import { ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';

import { parse } from 'yaml';

import { until } from '../../support/waiting';
import { Certificate, certificateFor } from '../api-gateway/certificates';
import { ListenerName, RunningGateway, startGateway } from '../api-gateway/gateway';
import { freePort } from '../postgres';
import { Gateway } from './clients';
import { here, Places } from './environment';
import { environmentOfJob, JobSpec, Manifests, Secrets } from './manifests';

const SOURCE = path.resolve(__dirname, '../../../examples/chatdb/services/src');
const GATEWAY = 'api-gateway';

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
}

/** The services as processes, each on a port of its own; the gateway is Envoy. */
export class ServiceProcesses {
  /** All that any of them has logged. */
  public log = '';
  private readonly certificate: Certificate;
  private readonly ports = new Map<string, number>();
  private readonly running = new Map<string, Running>();
  private readonly places: Map<string, string>;
  private envoy?: RunningGateway;

  /**
   * @param places where what they depend on is
   * @param more variables that a pod has from Kubernetes
   */
  public constructor(
    private readonly python: string,
    private readonly manifests: Manifests,
    private readonly secrets: Secrets,
    places: Places,
    private readonly more: Readonly<Record<string, string>>,
  ) {
    this.places = new Map(places);
    this.certificate = certificateFor(this.host);
  }

  private get host(): string {
    return this.manifests.certificateNames(GATEWAY)[0];
  }

  /** Where users reach the gateway. */
  public get gateway(): Gateway {
    if (this.envoy === undefined) throw new Error('the gateway does not run');
    return { port: this.envoy.ports.https, host: this.host, certificate: this.certificate.cert };
  }

  public url(service: string): string {
    return `http://127.0.0.1:${this.ports.get(service)}`;
  }

  /** Starts one, which need not be ready when this returns. */
  public async start(service: string): Promise<void> {
    if (service === GATEWAY) return this.startEnvoy();
    const port = this.ports.get(service) ?? (await freePort());
    this.ports.set(service, port);
    this.places.set(this.manifests.address(service), `127.0.0.1:${port}`);
    const env = this.manifests.environmentOf(service, this.secrets);
    const child = this.run({ ...env, PORT: String(port), HOST: '127.0.0.1', DRAIN_SECONDS: '0.2' });
    const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    this.running.set(service, { child, exit });
  }

  /** Starts a Job that is always there. */
  public job(name: string): ChildProcess {
    return this.run(this.manifests.environmentOf(name, this.secrets));
  }

  /** Starts a Job that is made of a template. */
  public jobOf(name: string, job: JobSpec): ChildProcess {
    return this.run(environmentOfJob(name, job, this.secrets));
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
    await this.envoy?.stop();
  }

  public isLive(service: string): Promise<boolean> {
    return this.isWell(service, 'livenessProbe');
  }

  public isReady(service: string): Promise<boolean> {
    return this.isWell(service, 'readinessProbe');
  }

  /** Waits until one is ready, or is not. */
  public async untilReady(service: string, ready = true): Promise<void> {
    await until(`${service} ${ready ? 'to be' : 'not to be'} ready`, 30_000, async () => {
      if (service !== GATEWAY && !this.running.has(service)) throw new Error(`${service} does not run`);
      return (await this.isReady(service)) === ready;
    }).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}:\n${this.log.slice(-4000)}`);
    });
  }

  /** Any of them finds out by SERVICE_NAME which it is. */
  private run(environment: Readonly<Record<string, string>>): ChildProcess {
    const { PATH = '', HOME = '' } = process.env;
    const python = { PATH, HOME, PYTHONPATH: SOURCE, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' };
    const env = { ...python, ...this.more, ...here(environment, this.places) };
    const child = spawn(this.python, ['-m', 'chatdb'], { env });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    }
    return child;
  }

  private async startEnvoy(): Promise<void> {
    const [name] = this.manifests.address(GATEWAY).split(':');
    const files = Object.entries(this.manifests.files(GATEWAY)).map(([file, text]) => [
      file,
      // the name that the services call it by
      text.replaceAll(name, '127.0.0.1'),
    ]);
    const ports = [...this.ports].map(([service, port]) => [`chatdb-services_${service}`, port]);
    this.envoy = await startGateway(
      { files: Object.fromEntries(files) as Record<string, string>, args: this.manifests.args(GATEWAY) },
      { ports: Object.fromEntries(ports) as Record<string, number>, tls: this.certificate },
    );
    this.places.set(this.manifests.address(GATEWAY), `127.0.0.1:${this.envoy.ports.http}`);
  }

  /** Where Envoy listens here for what it listens for at a port of its pod. */
  private portOfGateway(port: number): number | undefined {
    const config = parse(this.manifests.files(GATEWAY)['envoy.yaml']) as {
      readonly static_resources: {
        readonly listeners: {
          readonly name: ListenerName;
          readonly address: { readonly socket_address: { readonly port_value: number } };
        }[];
      };
    };
    const listener = config.static_resources.listeners.find(
      ({ address }) => address.socket_address.port_value === port,
    );
    return listener && this.envoy?.ports[listener.name];
  }

  private async isWell(service: string, kind: 'livenessProbe' | 'readinessProbe'): Promise<boolean> {
    const probe = this.manifests.probe(service, kind);
    const port = service === GATEWAY ? this.portOfGateway(probe.port) : this.ports.get(service);
    // the limits of the probes
    const signal = AbortSignal.timeout(kind === 'livenessProbe' ? 5000 : 3000);
    return fetch(`http://127.0.0.1:${port}${probe.path}`, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
