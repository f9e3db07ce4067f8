import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';

import { machineTemporaryFolder } from '../temporary-folder';
import { isAlive } from './lock';

const FOLDER_PREFIX = 'ml-platform-test-cluster-';

/**
 * Kills what a run started and removes its folder once standard input ends. The run's process holds the other end
 * open, so this happens however that process ends: by itself, by a signal, or by kill -9.
 */
const WATCHDOG = `
cat > /dev/null
for i in 1 2 3 4 5; do
  for pid in $(cat "$1"/*.pid 2> /dev/null); do kill -9 "$pid" 2> /dev/null; done
  sleep 0.2
  [ ! -f "$1/cleanup" ] || /bin/sh "$1/cleanup"
  rm -rf "$1" && exit 0
done`;

/** Name of a script in the folder that removes what else the processes have left. */
const CLEANUP = 'cleanup';

/**
 * The processes of one run and its folder. Guaranteed: none of them outlives the process that made this object, not
 * even where that is killed. Where the watchdog that does so is killed too, the next `create` cleans up.
 */
export class ProcessGroup {
  /** Makes the folder of a new run, after removing what crashed runs left behind. */
  static create(): ProcessGroup {
    ProcessGroup.removeStale();
    return new ProcessGroup(fs.mkdtempSync(path.join(machineTemporaryFolder(), FOLDER_PREFIX)));
  }

  /** Kills the processes and removes the folders of runs whose own process is gone. */
  static removeStale(): void {
    for (const name of fs.readdirSync(machineTemporaryFolder()).filter((entry) => entry.startsWith(FOLDER_PREFIX))) {
      const folder = path.join(machineTemporaryFolder(), name);
      // A folder without an owner is one that is being made right now, or whose maker died within that moment.
      const owner = readPid(path.join(folder, 'owner'));
      if (owner === undefined ? ageOf(folder) < 60_000 : isAlive(owner)) {
        continue;
      }
      for (const pid of pidsIn(folder).filter((candidate) => mentions(candidate, folder))) {
        kill(pid);
      }
      cleanUp(folder);
      removeFolder(folder);
    }
  }

  private readonly children = new Map<string, ChildProcess>();
  private readonly watchdog: ChildProcess;
  private stopping = false;

  private constructor(readonly folder: string) {
    fs.writeFileSync(path.join(folder, 'owner'), String(process.pid));
    this.watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Neither the watchdog nor its pipe may keep the test run from ending.
    this.watchdog.unref();
    (this.watchdog.stdin as net.Socket | null)?.unref();
  }

  /** Process ids of the running processes, the watchdog's first. */
  get pids(): number[] {
    return [this.watchdog, ...this.children.values()].flatMap((child) => child.pid ?? []);
  }

  /** Starts a program. Its output goes to `<name>.log` in the run's folder. */
  start(name: string, program: string, args: readonly string[]): void {
    const log = fs.openSync(this.logFile(name), 'w');
    // In a group of its own, so that Ctrl-C in a terminal does not take the servers away from running tests.
    const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], cwd: this.folder });
    fs.closeSync(log);
    this.children.set(name, child);
    child.on('error', (error) => fs.appendFileSync(this.logFile(name), `${error.message}\n`));
    child.unref();
    if (child.pid) {
      fs.writeFileSync(path.join(this.folder, `${name}.pid`), `${child.pid}\n`);
    }
  }

  /** Process id of one of them. @throws where it was not started */
  pidOf(name: string): number {
    const pid = this.children.get(name)?.pid;
    if (pid === undefined) throw new Error(`${name} was not started:\n${this.logTail(name)}`);
    return pid;
  }

  /**
   * Has a script run once all processes are gone, however they end, for what they leave beside the folder. It may run more than
   * once, and too early for what is still in use.
   */
  cleanUpBy(script: string): void {
    fs.writeFileSync(path.join(this.folder, CLEANUP), script);
  }

  /** @throws where a started process has ended, with the end of its log. */
  checkAlive(): void {
    for (const [name, child] of this.children) {
      if (!this.stopping && (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)) {
        throw new Error(`${name} ended (${child.exitCode ?? child.signalCode}):\n${this.logTail(name)}`);
      }
    }
  }

  /** Last lines of a process's log. */
  logTail(name: string, lines = 15): string {
    const log = fs.existsSync(this.logFile(name)) ? fs.readFileSync(this.logFile(name), 'utf8') : '';
    return log.trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** Ends all processes and removes the folder. Done when both are gone. Safe to call twice. */
  async stop(): Promise<void> {
    this.stopping = true;
    // Nothing here is worth saving, so there is nothing to wait for in an orderly shutdown.
    await Promise.all([...this.children.values()].map(killAndWait));
    cleanUp(this.folder);
    removeFolder(this.folder);
    await killAndWait(this.watchdog);
  }

  private logFile(name: string): string {
    return path.join(this.folder, `${name}.log`);
  }
}

/** TCP ports of the loopback interface that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function cleanUp(folder: string): void {
  const script = path.join(folder, CLEANUP);
  if (fs.existsSync(script)) spawnSync('/bin/sh', [script], { stdio: 'ignore' });
}

function pidsIn(folder: string): number[] {
  // Another process may be removing the folder at this moment.
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const files = names.filter((name) => name.endsWith('.pid'));
  return files.flatMap((name) => readPid(path.join(folder, name)) ?? []);
}

function readPid(file: string): number | undefined {
  try {
    return Number(fs.readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** Process ids are used again, so only one whose arguments name the folder is ours. */
function mentions(pid: number, folder: string): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
  } catch {
    return false;
  }
}

function ageOf(folder: string): number {
  return Date.now() - (fs.statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

async function killAndWait(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.ref();
  child.kill('SIGKILL');
  await ended;
}

/** A process that is just being killed may still make a file, so that a first removal can fail. */
function removeFolder(folder: string): void {
  try {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  } catch (error) {
    // Another user's folder, or another process is removing it.
    if (!['EPERM', 'EACCES', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw error;
    }
  }
}
