import * as fs from 'node:fs';
import * as path from 'node:path';

import { parseAllDocuments } from 'yaml';

import { refusals, untilNamespaceReady } from '../cluster/apply';
import { binaries, type Binaries } from '../cluster/build';
import type { Connection } from '../cluster/client';
import { Cluster } from '../cluster/cluster';
import { certificateOf, untilReady } from '../cluster/control-plane';
import { addUser, writeKubeconfig, writeServiceAccountKeys } from '../cluster/credentials';
import { freePorts, ProcessGroup } from '../cluster/processes';
import { conditionOf, type KubernetesObject } from '../cluster/types';
import { until } from '../support/waiting';
import { controlGroups, nodePrograms, type NodePrograms } from './programs';
import { addImage, containerdAnswers, systemImages } from './containerd';
import type { Image } from './images';
import {
  API_PORT,
  containerdConfig,
  kubeletConfig,
  NODE_ADDRESS,
  NODE_NAME,
  podNetwork,
  PODS,
  proxyConfig,
  SERVICES,
} from './node-config';

const START_TIMEOUT_MS = 120_000;

/** What the node keeps in its folder and others find there. */
export interface NodeConnection extends Connection {
  /** Program that runs another one in the namespaces and control groups of the node. */
  readonly enter: string;
  readonly programs: NodePrograms;
}

/** A cluster of one node that runs pods. Requests are made as an administrator unless they name another user. */
export class NodeCluster extends Cluster {
  constructor(override readonly connection: NodeConnection) {
    super(connection);
  }

  /** Makes images, and lets pods run them. Names that are there already get the new content. */
  async addImages(images: readonly Image[]): Promise<void> {
    for (const image of images) await addImage(this.connection, image);
  }

  /** Runs a program of a pod's first container, or of the one that is named; returns what it prints. @throws where it fails */
  exec(namespace: string, pod: string, command: readonly string[], container?: string): Promise<string> {
    const where = container === undefined ? [] : ['-c', container];
    return this.kubectl(['-n', namespace, 'exec', pod, ...where, '--', ...command]);
  }
}

/**
 * A control plane and one node with a real kubelet, containerd, kube-proxy, DNS and enforced network policies, in namespaces of
 * its own. Everything is in one temporary folder and ends with this process; nothing of it is seen in the machine's network,
 * packet filter, mounts or /var.
 */
export class RealNode extends NodeCluster {
  /**
   * Starts a node; the first time on a machine, builds its programs. Guaranteed when it is done: pods run, find each other by
   * name, and are held to their network policies.
   *
   * @param install done before the controllers are started, for CRDs
   */
  static async start(install?: (cluster: Cluster) => Promise<void>): Promise<RealNode> {
    const controlPlane = await binaries();
    const programs = await nodePrograms();
    const processes = ProcessGroup.create();
    try {
      const node = new RealNode(await new Start(processes, controlPlane, programs, install).run(), processes);
      await node.untilReady();
      return node;
    } catch (error) {
      const logs = ['machine', 'containerd', 'kubelet', 'kube-proxy', 'network-policies']
        .map((name) => `${name}:\n${processes.logTail(name, 5)}`)
        .join('\n');
      await processes.stop();
      throw new Error(`${(error as Error).message}\n${logs}`, { cause: error });
    }
  }

  private constructor(
    connection: NodeConnection,
    private readonly processes: ProcessGroup,
  ) {
    super(connection);
  }

  /** Process ids of everything that was started from here. */
  get pids(): number[] {
    return this.processes.pids;
  }

  /** Ends the node. Done when its processes, its folder and its control groups are gone. */
  async stop(): Promise<void> {
    this.rest.close();
    await this.processes.stop();
  }

  private async untilReady(): Promise<void> {
    const dns = parseAllDocuments(fs.readFileSync(path.join(__dirname, 'dns.yaml'), 'utf8'));
    const proxier = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'node-proxier' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:node-proxier' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:kube-proxy' }],
    };
    const objects = [proxier, ...dns.map((document) => document.toJS() as KubernetesObject)];
    const refused = refusals(await this.apply(objects));
    if (refused.length > 0) throw new Error(refused.join('\n'));
    await until(`node ${NODE_NAME} to be ready`, START_TIMEOUT_MS, async () => {
      this.processes.checkAlive();
      const node = await this.find({ apiVersion: 'v1', kind: 'Node', name: NODE_NAME });
      return node !== undefined && conditionOf(node, 'Ready')?.status === 'True';
    });
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'coredns', namespace: 'kube-system' };
    await this.waitFor(deployment, (object) => object.status?.availableReplicas === 1, START_TIMEOUT_MS);
    await untilNamespaceReady(this.rest, 'default');
  }
}

/** The start of a node, step by step. */
class Start {
  private readonly groups: readonly string[];

  constructor(
    private readonly processes: ProcessGroup,
    private readonly controlPlane: Binaries,
    private readonly programs: NodePrograms,
    private readonly install?: (cluster: Cluster) => Promise<void>,
  ) {
    const name = path.basename(processes.folder);
    this.groups = controlGroups().map(({ folder }) => path.join(folder, name));
  }

  async run(): Promise<NodeConnection> {
    this.makeControlGroups();
    const init = await this.startMachine();
    const enter = this.writeEnter(init);
    const connection = await this.startControlPlane(init, enter);
    await this.startNode(connection);
    return connection;
  }

  private file(name: string): string {
    return path.join(this.processes.folder, name);
  }

  private write(name: string, content: string | object): string {
    // JSON is YAML
    fs.writeFileSync(this.file(name), typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
    return this.file(name);
  }

  /** Groups of the node's own: those of its pods are below them, and all of them go together. */
  private makeControlGroups(): void {
    const groups = this.groups.map((group) => `'${group}'`).join(' ');
    // a group can be removed once the last of its processes has ended, which takes a moment
    this.processes.cleanUpBy(`
for try in $(seq 100); do
  find ${groups} -depth -type d -exec rmdir {} + 2> /dev/null && exit
  ls -d ${groups} 2> /dev/null | grep -q . || exit
  sleep 0.1
done`);
    for (const group of this.groups) {
      fs.mkdirSync(group, { recursive: true });
      for (const setting of ['cpuset.cpus', 'cpuset.mems']) {
        const file = path.join(group, setting);
        // empty in a new group, which then takes no process
        if (fs.existsSync(file)) fs.writeFileSync(file, fs.readFileSync(path.join(path.dirname(group), setting)));
      }
    }
  }

  /** Starts the first process of the node. Returns its id, as it is seen from here. */
  private async startMachine(): Promise<number> {
    const join = this.groups.map((group) => `echo $$ > '${group}/cgroup.procs'`).join(' && ');
    // when `unshare` ends, the first process of the pid namespace is killed, and with it every process of the node
    const unshare = 'unshare --mount --net --pid --fork --kill-child --cgroup --ipc --uts';
    const machine = `/bin/sh '${path.join(__dirname, 'namespaces.sh')}'`;
    const args = [this.processes.folder, this.programs.tool, NODE_NAME, NODE_ADDRESS, PODS];
    this.processes.start('machine', '/bin/sh', [
      '-c',
      `${join} && exec ${unshare} ${machine} "$@"`,
      'machine',
      ...args,
    ]);
    await until('the namespaces of the node', START_TIMEOUT_MS, async () => {
      this.processes.checkAlive();
      return fs.existsSync(this.file('made'));
    });
    const unshared = this.processes.pidOf('machine');
    const children = fs.readFileSync(`/proc/${unshared}/task/${unshared}/children`, 'utf8').trim();
    return Number(children);
  }

  private writeEnter(init: number): string {
    const join = this.groups.map((group) => `echo $$ > '${group}/cgroup.procs'\n`).join('');
    const search = `${this.programs.folder}:/usr/sbin:/usr/bin:/sbin:/bin`;
    const enter = this.write(
      'enter',
      `#!/bin/sh\nset -e\n${join}export PATH=${search}\nexec nsenter -t ${init} -m -n -p -C -i -u --wd="$PWD" -- "$@"\n`,
    );
    fs.chmodSync(enter, 0o755);
    return enter;
  }

  private start(enter: string, name: string, program: string, args: readonly string[]): void {
    this.processes.start(name, enter, [program, ...args]);
  }

  private async startControlPlane(init: number, enter: string): Promise<NodeConnection> {
    const { folder } = this.processes;
    const server = `https://${NODE_ADDRESS}:${API_PORT}`;
    const admin = addUser(this.file('tokens.csv'), 'admin', 'system:masters');
    const controllers = addUser(this.file('tokens.csv'), 'system:kube-controller-manager');
    const scheduler = addUser(this.file('tokens.csv'), 'system:kube-scheduler');
    writeServiceAccountKeys(this.file('sa.key'), this.file('sa.pub'));
    // the users of the node have to be there when the API server reads the file
    const users = {
      kubelet: addUser(this.file('tokens.csv'), `system:node:${NODE_NAME}`, 'system:nodes'),
      'kube-proxy': addUser(this.file('tokens.csv'), 'system:kube-proxy'),
      'network-policies': addUser(this.file('tokens.csv'), 'network-policies', 'system:masters'),
    };
    this.start(enter, 'etcd', this.controlPlane.etcd, [
      `--data-dir=${this.file('etcd')}`,
      '--listen-client-urls=http://127.0.0.1:2379',
      '--advertise-client-urls=http://127.0.0.1:2379',
      '--listen-peer-urls=http://127.0.0.1:2380',
      '--unsafe-no-fsync',
      '--log-level=warn',
    ]);
    this.start(enter, 'kube-apiserver', this.controlPlane.kubeApiserver, [
      '--etcd-servers=http://127.0.0.1:2379',
      `--cert-dir=${this.file('certificates')}`,
      '--bind-address=0.0.0.0',
      `--advertise-address=${NODE_ADDRESS}`,
      `--secure-port=${API_PORT}`,
      `--service-cluster-ip-range=${SERVICES}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      `--token-auth-file=${this.file('tokens.csv')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-signing-key-file=${this.file('sa.key')}`,
      `--service-account-key-file=${this.file('sa.pub')}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--profiling=false',
    ]);
    // the tests are outside of the node's network
    const [port] = await freePorts(1);
    const forward = ['forward', `127.0.0.1:${port}`, String(init), `${NODE_ADDRESS}:${API_PORT}`];
    this.processes.start('forward', this.programs.tool, forward);

    const ca = await certificateOf(this.file('certificates/apiserver.crt'), this.processes);
    const outside = `https://localhost:${port}`;
    const kubeconfig = writeKubeconfig(this.file('kubeconfig'), outside, ca, admin);
    for (const [name, token] of Object.entries(users)) {
      writeKubeconfig(this.file(`${name}.kubeconfig`), server, ca, token);
    }
    const connection: NodeConnection = {
      server: outside,
      ca,
      token: admin,
      kubeconfig,
      folder,
      binaries: this.controlPlane,
      enter,
      programs: this.programs,
    };
    await untilReady(connection, this.processes);
    if (this.install) {
      const cluster = new Cluster(connection);
      await this.install(cluster);
      cluster.rest.close();
    }
    this.start(enter, 'kube-controller-manager', this.controlPlane.kubeControllerManager, [
      `--kubeconfig=${writeKubeconfig(this.file('controllers.kubeconfig'), server, ca, controllers)}`,
      `--service-account-private-key-file=${this.file('sa.key')}`,
      `--root-ca-file=${this.file('certificates/apiserver.crt')}`,
      '--use-service-account-credentials=true',
      // on a busy machine the heartbeat comes late, and pods of a lost node are deleted
      '--node-monitor-grace-period=24h',
      `--flex-volume-plugin-dir=${this.file('volume-plugins')}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--kube-api-qps=1000',
      '--kube-api-burst=2000',
    ]);
    this.start(enter, 'kube-scheduler', this.controlPlane.kubeScheduler, [
      `--kubeconfig=${writeKubeconfig(this.file('scheduler.kubeconfig'), server, ca, scheduler)}`,
      '--leader-elect=false',
      '--secure-port=0',
    ]);
    return connection;
  }

  private async startNode(connection: NodeConnection): Promise<void> {
    const { enter } = connection;
    this.start(enter, 'containerd', path.join(this.programs.folder, 'containerd'), [
      '--config',
      this.write('containerd.toml', containerdConfig(this.processes.folder)),
    ]);
    fs.mkdirSync(this.file('networks'), { recursive: true });
    this.write('networks/10-pods.conflist', podNetwork());
    // the engine learns from containerd which address a pod has, before its status says so
    await until('containerd', START_TIMEOUT_MS, async () => {
      this.processes.checkAlive();
      return containerdAnswers(connection);
    });
    for (const image of systemImages(this.programs)) await addImage(connection, image);
    this.start(enter, 'network-policies', path.join(this.programs.folder, 'network-policies'), [
      `--kubeconfig=${this.file('network-policies.kubeconfig')}`,
      `--hostname-override=${NODE_NAME}`,
      '--nfqueue-id=98',
    ]);
    this.start(enter, 'kubelet', path.join(this.programs.folder, 'kubelet'), [
      `--config=${this.write('kubelet.yaml', kubeletConfig(this.processes.folder))}`,
      `--kubeconfig=${this.file('kubelet.kubeconfig')}`,
      `--root-dir=${this.file('kubelet')}`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${NODE_ADDRESS}`,
    ]);
    this.start(enter, 'kube-proxy', path.join(this.programs.folder, 'kube-proxy'), [
      `--config=${this.write('kube-proxy.yaml', proxyConfig(this.processes.folder))}`,
    ]);
  }
}
