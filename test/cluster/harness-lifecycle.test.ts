import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { until } from '../support/waiting';
import { describeCluster } from './connect';
import { isAlive } from './lock';
import { TestCluster } from './test-cluster';

describeCluster('a test cluster leaves nothing behind', () => {
  test('stop ends every process and removes the folder', async () => {
    const own = await TestCluster.start({ nodes: [] });
    const { pids } = own;
    expect(pids).toHaveLength(6);
    expect(pids.every(isAlive)).toBe(true);

    await own.stop();

    expect(pids.filter(isAlive)).toEqual([]);
    expect(fs.existsSync(own.connection.folder)).toBe(false);
  });

  test('a run that was killed is cleaned up at once', async () => {
    const run = await startRun();

    run.process.kill('SIGKILL');

    await until('the killed run to be gone', 10_000, async () => !run.pids.some(isAlive) && !fs.existsSync(run.folder));
  });

  test('a run whose watchdog was killed too is cleaned up by the next start', async () => {
    const run = await startRun();
    const [watchdog, ...servers] = run.pids;
    process.kill(watchdog, 'SIGKILL');
    run.process.kill('SIGKILL');
    await until('both to be gone', 10_000, async () => !isAlive(watchdog) && !isAlive(run.process.pid ?? 0));
    expect(servers.every(isAlive)).toBe(true);

    const next = await TestCluster.start({ nodes: [] });
    await next.stop();

    await until('the servers to be gone', 10_000, async () => !servers.some(isAlive));
    expect(fs.existsSync(run.folder)).toBe(false);
  });
});

interface Run {
  readonly process: ChildProcess;
  readonly folder: string;
  readonly pids: readonly number[];
}

/** A cluster that belongs to another process. */
async function startRun(): Promise<Run> {
  const script = path.join(__dirname, 'serve.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until('a cluster in another process', 60_000, async () => output.includes('pids: '));
  const folder = path.dirname(/^KUBECONFIG=(.*)$/m.exec(output)?.[1] ?? '');
  const pids = (/^pids: (.*)$/m.exec(output)?.[1] ?? '').split(' ').map(Number);
  return { process: child, folder, pids };
}
