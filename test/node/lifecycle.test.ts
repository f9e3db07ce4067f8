import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { until } from '../support/waiting';
import { describeNode } from './connect';
import { controlGroups } from './programs';
import { RealNode } from './real-node';

const ROOT = path.resolve(__dirname, '../..');

/** What a node could leave on the machine. */
function traces(): Record<string, readonly string[]> {
  const lines = (program: string, ...args: string[]): string[] =>
    execFileSync(program, args, { encoding: 'utf8' }).split('\n').filter(Boolean).sort();
  const folders = ['/var/lib', '/var/log', '/run', '/run/netns', '/opt', '/etc/cni', '/etc/kubernetes'];
  return {
    mounts: lines('cat', '/proc/self/mounts'),
    interfaces: lines('ip', '-brief', 'link').map((line) => line.split(/\s+/)[0]),
    routes: lines('ip', 'route'),
    rules: lines('nft', 'list', 'ruleset'),
    groups: controlGroups().flatMap(({ folder }) =>
      // those of this test alone: others may come and go
      fs.readdirSync(folder).filter((name) => name.startsWith('kubepods') || name === 'k8s.io'),
    ),
    files: folders.flatMap((folder) =>
      fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : [],
    ),
    settings: lines('sysctl', 'vm.overcommit_memory', 'kernel.panic', 'kernel.panic_on_oops', 'net.ipv4.ip_forward'),
  };
}

/** Processes, control groups and files that name a folder. */
function remainsOf(folder: string): string[] {
  const name = path.basename(folder);
  const processes = fs
    .readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0/g, ' ');
        return command.includes(name) ? [command] : [];
      } catch {
        return [];
      }
    });
  const groups = controlGroups().map((group) => path.join(group.folder, name));
  return [...processes, ...[folder, ...groups].filter((one) => fs.existsSync(one))];
}

describeNode('the node leaves nothing on the machine', () => {
  test('when it is stopped', async () => {
    const before = traces();
    const node = await RealNode.start();
    const { folder } = node.connection;
    expect(traces()).toEqual(before);
    expect(remainsOf(folder).length).toBeGreaterThan(10);
    await node.stop();
    expect(remainsOf(folder)).toEqual([]);
    expect(traces()).toEqual(before);
  });

  test('when the process that started it is killed', async () => {
    const before = traces();
    const script = "require('./test/node/real-node').RealNode.start().then((n) => console.log(n.connection.folder))";
    // node itself and not a wrapper: it is this process that is killed
    const child = spawn(process.execPath, ['--import', 'tsx', '-e', `${script}; setInterval(() => undefined, 1e6)`], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const folder = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()));
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    });
    expect(remainsOf(folder).length).toBeGreaterThan(10);
    child.kill('SIGKILL');
    await until('nothing to be left', 30_000, async () => remainsOf(folder).length === 0).catch(() => undefined);
    expect(remainsOf(folder)).toEqual([]);
    expect(traces()).toEqual(before);
  });
});
