/** What a node runs, and why it cannot be had here. */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { ensureBuilt, type GoPrograms, isBuilt } from '../cluster/go-programs';
import { whyUnavailable as whyNoControlPlane } from '../cluster/build';

const MODULE = path.join(__dirname, 'go');
const CONTAINERD = 'github.com/containerd/containerd/v2/cmd';

/** One module and one build: what these programs have in common, which is most of them, is compiled once. */
const NODE: GoPrograms = {
  name: 'node',
  module: MODULE,
  packages: {
    'kubernetes-node': './node',
    coredns: './dns',
    containerd: `${CONTAINERD}/containerd`,
    'containerd-shim-runc-v2': `${CONTAINERD}/containerd-shim-runc-v2`,
    ctr: `${CONTAINERD}/ctr`,
  },
  links: { 'kubernetes-node': ['kubelet', 'kube-proxy', 'network-policies'] },
  // file systems and tracing that need no compiling; `no_grpc` would leave out what containerd itself needs
  tags: ['no_btrfs', 'no_devmapper', 'no_zfs', 'no_tracing', 'no_systemd', 'grpcnotrace'],
  minutes: 'about 6 minutes',
};
const TOOL: GoPrograms = { name: 'node-tool', module: MODULE, packages: { tool: './tool' }, minutes: 'seconds' };

/** Programs of Debian by the package that has them. */
const DEBIAN: Readonly<Record<string, readonly string[]>> = {
  runc: ['/usr/sbin/runc'],
  nftables: ['/usr/sbin/nft'],
  iptables: ['/usr/sbin/iptables'],
  conntrack: ['/usr/sbin/conntrack'],
  'containernetworking-plugins': ['/usr/lib/cni/ptp', '/usr/lib/cni/host-local'],
  'busybox-static': ['/bin/busybox'],
  'util-linux': ['/usr/bin/unshare', '/usr/bin/nsenter'],
  iproute2: ['/bin/ip'],
  procps: ['/sbin/sysctl'],
  // that of the check of a model's location
  rclone: ['/usr/bin/rclone'],
};

/** Controllers of the first version of control groups that runc and the kubelet need. */
const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'pids'];

/** Folders of the programs of a node. */
export interface NodePrograms {
  /** That of kubelet, kube-proxy, network-policies, containerd and its shim, ctr and coredns. */
  readonly folder: string;
  /** The program `tool` of the tests. */
  readonly tool: string;
}

/** Why no node can run on this machine, or undefined where one can. Builds and installs nothing. */
export function whyUnavailable(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`;
  if (process.getuid?.() !== 0) return 'the user is not root';
  const groups = new Set(controlGroups().flatMap(({ controllers }) => controllers));
  const missing = CONTROLLERS.filter((controller) => !groups.has(controller));
  if (missing.length > 0) return `control groups of version 1 have no ${missing.join(', ')}`;
  if (missingPackages().length > 0 && !has('apt-get')) {
    return `Debian's ${missingPackages().join(', ')} are not installed, and there is no apt-get`;
  }
  return whyNoControlPlane();
}

/** The names of what a first run builds. */
export function unbuiltPrograms(): string[] {
  return [NODE, TOOL].filter((programs) => !isBuilt(programs)).map(({ name }) => name);
}

/** Packages of Debian that a first run installs. */
export function missingPackages(): string[] {
  return Object.keys(DEBIAN).filter((name) => DEBIAN[name].some((file) => !fs.existsSync(file)));
}

/**
 * Installs what is missing of Debian.
 *
 * @returns why it cannot be had, or undefined where all of it is there
 */
export function installPackages(): string | undefined {
  const missing = missingPackages();
  if (missing.length === 0) return undefined;
  process.stderr.write(`test node: installing Debian's ${missing.join(', ')}\n`);
  const install = (): string => {
    const args = ['install', '--yes', '--no-install-recommends', ...missing];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const { status, stderr, error } = spawnSync('apt-get', args, { encoding: 'utf8', env });
    return status === 0 ? '' : (error?.message ?? stderr).trim();
  };
  let problem = install();
  if (problem !== '') {
    // lists of packages that are old, or not there
    spawnSync('apt-get', ['update']);
    problem = install();
  }
  return problem === '' ? undefined : `apt-get install ${missing.join(' ')}: ${problem.split('\n').at(-1)}`;
}

/** The programs of a node, built where the cache does not have them. @throws where one cannot be built */
export async function nodePrograms(): Promise<NodePrograms> {
  return { folder: await ensureBuilt(NODE), tool: path.join(await ensureBuilt(TOOL), 'tool') };
}

/** A hierarchy of control groups that this process is in. */
export interface ControlGroup {
  readonly controllers: readonly string[];
  /** Folder of the group of this process. */
  readonly folder: string;
}

/** The groups of this process in the hierarchies of the first version, with those that have a name and no controller. */
export function controlGroups(): ControlGroup[] {
  return fs
    .readFileSync('/proc/self/cgroup', 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, list = '', group = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const folder = path.join('/sys/fs/cgroup', list.replace(/^name=/, ''), group);
      return list !== '' && fs.existsSync(folder) ? [{ controllers: list.split(','), folder }] : [];
    });
}

function has(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
