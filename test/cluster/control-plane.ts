import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Patience } from '../support/waiting';
import { binaries, type Binaries } from './build';
import { type Connection, RestClient } from './client';
import { addUser, writeKubeconfig, writeServiceAccountKeys } from './credentials';
import { freePorts, ProcessGroup } from './processes';

const START_TIMEOUT_MS = 120_000;
const ATTEMPTS = 3;

/** A running control plane. */
export interface ControlPlane {
  readonly processes: ProcessGroup;
  readonly connection: Connection;
}

/**
 * Starts etcd, the API server, the controller manager, the scheduler and kwok. Guaranteed when it is done: the API
 * server is ready (`/readyz`), the others are started.
 *
 * @param prepare done before the others are started: the garbage collector knows at once the CRDs that it finds, and of
 *   later ones only after up to 30 seconds
 */
export async function startControlPlane(prepare: (connection: Connection) => Promise<void>): Promise<ControlPlane> {
  const programs = await binaries();
  for (let attempt = 1; ; attempt++) {
    const processes = ProcessGroup.create();
    try {
      return { processes, connection: await startIn(processes, programs, prepare) };
    } catch (error) {
      await processes.stop();
      // Between finding a free port and using it, another program may have taken it.
      if (attempt === ATTEMPTS || !(error as Error).message.includes('address already in use')) {
        throw error;
      }
    }
  }
}

async function startIn(
  processes: ProcessGroup,
  programs: Binaries,
  prepare: (connection: Connection) => Promise<void>,
): Promise<Connection> {
  const folder = processes.folder;
  const file = (name: string): string => path.join(folder, name);
  const [etcdPort, peerPort, apiPort] = await freePorts(3);
  const etcd = `http://127.0.0.1:${etcdPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const server = `https://127.0.0.1:${apiPort}`;

  // Each component has the identity that it has in a real cluster, because admission policies look at it.
  const admin = addUser(file('tokens.csv'), 'admin', 'system:masters');
  const controllers = addUser(file('tokens.csv'), 'system:kube-controller-manager');
  const scheduler = addUser(file('tokens.csv'), 'system:kube-scheduler');
  const kubelets = addUser(file('tokens.csv'), 'kwok', 'system:masters');
  writeServiceAccountKeys(file('sa.key'), file('sa.pub'));

  processes.start('etcd', programs.etcd, [
    `--data-dir=${file('etcd')}`,
    `--listen-client-urls=${etcd}`,
    `--advertise-client-urls=${etcd}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]);
  processes.start('kube-apiserver', programs.kubeApiserver, [
    `--etcd-servers=${etcd}`,
    `--cert-dir=${file('certificates')}`,
    `--secure-port=${apiPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    `--token-auth-file=${file('tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${file('sa.key')}`,
    `--service-account-key-file=${file('sa.pub')}`,
    '--profiling=false',
  ]);

  const ca = await certificateOf(file('certificates/apiserver.crt'), processes);
  const kubeconfig = writeKubeconfig(file('kubeconfig'), server, ca, admin);
  const connection = { server, ca, token: admin, kubeconfig, folder, binaries: programs };
  await untilReady(connection, processes);
  await prepare(connection);

  processes.start('kube-controller-manager', programs.kubeControllerManager, [
    `--kubeconfig=${writeKubeconfig(file('controllers.kubeconfig'), server, ca, controllers)}`,
    // on a busy machine kwok's heartbeat comes late; the Pods of a node that counts as lost become unready, and kwok leaves them so
    '--node-monitor-grace-period=24h',
    `--service-account-private-key-file=${file('sa.key')}`,
    `--root-ca-file=${file('certificates/apiserver.crt')}`,
    '--use-service-account-credentials=true',
    // It makes this folder where it is not there, by default one of the machine.
    `--flex-volume-plugin-dir=${file('volume-plugins')}`,
    '--leader-elect=false',
    '--secure-port=0',
    // The defaults hold a controller back to 20 requests per second, which is what a test would then wait for.
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
  ]);
  processes.start('kube-scheduler', programs.kubeScheduler, [
    `--kubeconfig=${writeKubeconfig(file('scheduler.kubeconfig'), server, ca, scheduler)}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
  ]);
  const volumes = fs.readFileSync(path.join(__dirname, 'stages/volumes.yaml'), 'utf8');
  fs.writeFileSync(
    file('stages.yaml'),
    `${execFileSync(programs.kwok, ['stages'], { encoding: 'utf8' })}---\n${volumes}`,
  );
  processes.start('kwok', programs.kwok, [
    `--kubeconfig=${writeKubeconfig(file('kwok.kubeconfig'), server, ca, kubelets)}`,
    `--config=${file('stages.yaml')}`,
    // the nodes of addNodes; others have a kubelet of their own
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    // One range for the Pods of all nodes.
    '--cidr=10.244.0.1/16',
  ]);
  return connection;
}

/** Done when the API server says that it is ready. */
export async function untilReady(connection: Connection, processes: ProcessGroup): Promise<void> {
  const client = new RestClient(connection);
  const patience = new Patience(START_TIMEOUT_MS);
  for (;;) {
    processes.checkAlive();
    let last: string;
    try {
      const answer = await client.request('GET', '/readyz');
      if (answer.code === 200) {
        return client.close();
      }
      last = String(answer.body);
    } catch (error) {
      last = (error as Error).message;
    }
    if (patience.isOver) {
      throw new Error(`the API server is not ready: ${last}\n${processes.logTail('kube-apiserver')}`);
    }
    await sleep(50);
  }
}

/** The certificate that the API server makes for itself; it is there before it listens. */
export async function certificateOf(file: string, processes: ProcessGroup): Promise<string> {
  const patience = new Patience(START_TIMEOUT_MS);
  while (!fs.existsSync(file) || !fs.readFileSync(file, 'utf8').includes('END CERTIFICATE')) {
    processes.checkAlive();
    if (patience.isOver) {
      throw new Error(`the API server made no certificate:\n${processes.logTail('kube-apiserver')}`);
    }
    await sleep(50);
  }
  return fs.readFileSync(file, 'utf8');
}
