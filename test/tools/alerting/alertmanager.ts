import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { until } from '../../support/waiting';
import { goTool, GoTool, whyNoGo } from '../go-tool';
import { freePort } from '../postgres';

/** Version of Alertmanager that kube-prometheus-stack runs, which go.mod has too. */
const VERSION = '0.34.0';

const ALERTMANAGER: GoTool = {
  name: 'alertmanager',
  package: 'github.com/prometheus/alertmanager/cmd/alertmanager',
  folder: __dirname,
  minutes: 3,
  // its web interface is compiled before a release
  lacks: { module: 'github.com/prometheus/alertmanager', files: { 'ui/app/dist/index.html': '' } },
};

const AMTOOL: GoTool = {
  name: 'amtool',
  package: 'github.com/prometheus/alertmanager/cmd/amtool',
  folder: __dirname,
  minutes: 1,
};

/** What prometheus-operator makes of AlertmanagerConfigs. */
const CONFIG: GoTool = { name: 'alertmanager-config', package: './alertmanager-config', folder: __dirname, minutes: 3 };

/** The programs that are built from Go modules. */
export const ALERTING_TOOLS: readonly GoTool[] = [ALERTMANAGER, AMTOOL, CONFIG];

/** Why Alertmanager is not available on this machine, or undefined where it is. Builds nothing. */
export function whyNoAlertmanager(): string | undefined {
  if (spawnSync('openssl', ['version']).status !== 0) return 'there is no openssl';
  return whyNoGo();
}

/** A Kubernetes object. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [key: string]: unknown;
}

/** What the configuration of Alertmanager is made of. */
export interface ConfigInput {
  /** The values of kube-prometheus-stack below `alertmanager.config`. */
  readonly base: object;
  /** The spec of the Alertmanager: values below `alertmanager.alertmanagerSpec`. */
  readonly spec: object;
  readonly configs: readonly Manifest[];
  readonly secrets: readonly Manifest[];
}

/**
 * The configuration that prometheus-operator gives to Alertmanager.
 *
 * @throws what it says where it refuses an AlertmanagerConfig
 */
export async function configurationOf({ base, spec, configs, secrets }: ConfigInput): Promise<string> {
  const alertmanager = { metadata: { name: 'kube-prometheus-stack-alertmanager', namespace: NAMESPACE }, spec };
  const { status, stdout, stderr } = spawnSync(await goTool(CONFIG), [], {
    encoding: 'utf8',
    input: JSON.stringify({ version: VERSION, alertmanager, base, configs, secrets }),
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const NAMESPACE = 'data-platform-monitoring';

/** Runs amtool over a configuration. */
export async function amtool(configuration: string, ...args: string[]): Promise<{ passed: boolean; output: string }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'amtool-'));
  const file = path.join(folder, 'alertmanager.yml');
  fs.writeFileSync(file, configuration);
  try {
    const { status, stdout, stderr } = spawnSync(
      await goTool(AMTOOL),
      args.map((arg) => arg.replace(FILE, file)),
      { encoding: 'utf8' },
    );
    return { passed: status === 0, output: `${stdout}${stderr}` };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Stands for the file of the configuration. */
export const FILE = '<file>';

/** Alertmanager, as the program that runs in the cluster. */
export interface Alertmanager {
  /** Sends it alerts, as Prometheus does. */
  post(alerts: readonly object[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts Alertmanager.
 *
 * @param certificate file of the authority that it trusts
 */
export async function startAlertmanager(configuration: string, certificate: string): Promise<Alertmanager> {
  const program = await goTool(ALERTMANAGER);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'alertmanager-'));
  const file = path.join(folder, 'alertmanager.yml');
  fs.writeFileSync(file, configuration);
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(
    program,
    [
      `--config.file=${file}`,
      `--storage.path=${path.join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      // alone
      '--cluster.listen-address=',
    ],
    { cwd: folder, env: { ...process.env, SSL_CERT_FILE: certificate }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-16_384)));
  }
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    await ended;
    fs.rmSync(folder, { recursive: true, force: true });
  };
  const isReady = async (): Promise<boolean> => {
    if (server.exitCode !== null) throw new Error('Alertmanager ended');
    return fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await until('Alertmanager to start', 60_000, isReady).catch(async (error: unknown) => {
    await stop();
    throw new Error(`${(error as Error).message}:\n${log}`);
  });
  return {
    stop,
    post: async (alerts) => {
      const answer = await fetch(`http://${address}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
      });
      if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    },
  };
}
