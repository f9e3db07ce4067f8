import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { ApiGateway, ApiGatewayProps, Microservice, Microservices } from 'ml-platform-constructs';
import { parse, stringify } from 'yaml';

import { containerOf, render, setUp } from '../../constructs/workloads/support';
import { until } from '../../support/waiting';
import { freePort } from '../postgres';
import { pythonEnvironment, whyNoPython } from '../python';
import { ask } from './http';

/** Why there can be no Envoy on this machine, or undefined where there can. */
export function whyNoEnvoy(): string | undefined {
  const openssl = spawnSync('openssl', ['version']).status === 0 ? undefined : 'there is no openssl';
  const platform = process.platform === 'linux' ? undefined : 'the package of Envoy is for Linux';
  return whyNoPython() ?? openssl ?? platform;
}

/** The gateway's listeners. */
export type ListenerName = 'http' | 'https' | 'metrics' | 'kubelet';

/** A gateway that runs: the real Envoy with the configuration that was synthesized. */
export interface RunningGateway {
  readonly ports: { readonly [listener in ListenerName]: number };
  /** What the files of `/etc/envoy-tls` are. */
  readonly tlsFolder: string;
  /** Lines of the access log so far. */
  readonly log: () => string[];
  /** Has it end as the kubelet does when the hook before is over: by TERM. */
  readonly terminate: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What stands on 127.0.0.1 for what the configuration names. */
export interface StandIns {
  /** Ports of the services, and of the server with the keys, by the names of Envoy's clusters. */
  readonly ports: { readonly [cluster: string]: number };
  /** The authority of the server with the keys. */
  readonly ca?: string;
  /** Certificate and key of the gateway. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Seconds that keys are held, in place of minutes. */
  readonly keysHeldSeconds?: number;
  /** Connections of clients at a time, in place of thousands. */
  readonly mostConnections?: number;
}

/** The services of the tests. */
export type Services = { readonly [name in 'models' | 'search']: Microservice };

/** What the pods of a gateway run. */
export interface Synthesized {
  /** The files of its ConfigMap. */
  readonly files: { readonly [file: string]: string };
  /** The arguments of Envoy. */
  readonly args: readonly string[];
  /** The spec of the PrometheusRule of its objectives, where it has any. */
  readonly rules?: unknown;
}

/** A gateway in front of two services, as it is written. */
export function synthesized(props: (services: Services) => ApiGatewayProps): Synthesized {
  const { chart, namespace } = setUp();
  const shop = new Microservices(chart, 'shop', { namespace });
  const service = (name: string) => new Microservice(shop, name, { image: 'registry.example/service:1.0.0' });
  const services = { models: service('models'), search: service('search') };
  const { config, deployment, objectives } = new ApiGateway(shop, 'api-gateway', props(services));
  const { data } = render(config) as unknown as { readonly data: { readonly [file: string]: string } };
  return {
    files: data,
    args: containerOf(render(deployment)).args as string[],
    rules: objectives && render(objectives.rule).spec,
  };
}

/** Runs Envoy with the files of a gateway's ConfigMap; only addresses, ports and folders are others. */
export async function startGateway({ files, args }: Synthesized, standIns: StandIns): Promise<RunningGateway> {
  const python = await pythonEnvironment('envoy', path.join(__dirname, 'requirements.txt'));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gateway-'));
  const tlsFolder = path.join(folder, 'tls');
  for (const name of ['tls', 'jwks-ca']) fs.mkdirSync(path.join(folder, name));
  if (standIns.ca !== undefined) fs.writeFileSync(path.join(folder, 'jwks-ca', 'ca.crt'), standIns.ca);
  if (standIns.tls) mountTls(tlsFolder, standIns.tls);
  const ports = {
    http: await freePort(),
    https: await freePort(),
    metrics: await freePort(),
    kubelet: await freePort(),
  };
  for (const [name, text] of Object.entries(files)) {
    fs.writeFileSync(path.join(folder, name), onThisMachine(text, folder, ports, standIns));
  }
  const local = args.map((one) => one.replace('/etc/envoy', folder));
  const envoy = spawn(path.join(path.dirname(python), 'envoy'), local, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  envoy.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  envoy.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  const ended = new Promise<void>((resolve) => envoy.once('exit', () => resolve()));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    envoy.kill(signal);
    await ended;
  };
  const stop = async (): Promise<void> => {
    await end('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('Envoy', 60_000, () => isUp(envoy, said, ports.http));
  } catch (error) {
    await stop();
    throw error;
  }
  const log = (): string[] => said.out.split('\n').filter((line) => line !== '');
  return { ports, tlsFolder, log, terminate: () => end('SIGTERM'), stop };
}

async function isUp(envoy: ChildProcess, said: { readonly err: string }, port: number): Promise<boolean> {
  if (envoy.exitCode !== null) throw new Error(`Envoy ended: ${said.err}`);
  return ask(port, { path: '/health' }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** Puts files into a folder as the kubelet does with those of a Secret: by a link that is changed at once. */
export function mountTls(folder: string, { cert, key }: { readonly cert: string; readonly key: string }): void {
  const data = fs.mkdtempSync(path.join(folder, '..data_'));
  fs.writeFileSync(path.join(data, 'tls.crt'), cert);
  fs.writeFileSync(path.join(data, 'tls.key'), key);
  const next = path.join(folder, '..data_tmp');
  fs.symlinkSync(path.basename(data), next);
  fs.renameSync(next, path.join(folder, '..data'));
  for (const name of ['tls.crt', 'tls.key']) {
    const link = path.join(folder, name);
    if (!fs.existsSync(link)) fs.symlinkSync(path.join('..data', name), link);
  }
}

interface Named {
  readonly name: string;
  readonly address?: SocketAddress;
  readonly load_assignment?: {
    readonly endpoints: { readonly lb_endpoints: { readonly endpoint: { readonly address: SocketAddress } }[] }[];
  };
}

interface SocketAddress {
  readonly socket_address?: { address: string; port_value: number };
}

function onThisMachine(
  text: string,
  folder: string,
  ports: { readonly [listener in ListenerName]: number },
  { ports: services, keysHeldSeconds, mostConnections }: StandIns,
): string {
  const others = [
    ['cache_duration: 300s', `cache_duration: ${keysHeldSeconds ?? 300}s`],
    ['downstream_connections: 10000', `downstream_connections: ${mostConnections ?? 10_000}`],
    ['/tmp/admin.sock', path.join(folder, 'admin.sock')],
    ['/etc/envoy-tls', path.join(folder, 'tls')],
    ['/etc/envoy-jwks-ca', path.join(folder, 'jwks-ca')],
    ['/etc/envoy/', `${folder}/`],
  ] as const;
  const moved = others.reduce((so, [written, here]) => so.replaceAll(written, here), text);
  const config = parse(moved) as { static_resources?: { listeners: Named[]; clusters: Named[] } };
  if (!config.static_resources) return moved;
  const { listeners, clusters } = config.static_resources;
  for (const { name, address } of listeners) move(address, ports[name as ListenerName]);
  for (const { name, load_assignment: assignment } of clusters) {
    const address = assignment?.endpoints[0].lb_endpoints[0].endpoint.address;
    if (address?.socket_address) move(address, services[name] ?? 1);
  }
  return stringify(config);
}

function move(at: SocketAddress | undefined, port: number): void {
  if (at?.socket_address) Object.assign(at.socket_address, { address: '127.0.0.1', port_value: port });
}
