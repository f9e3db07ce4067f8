import { ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as http from 'node:http';
import { AddressInfo, createServer } from 'node:net';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A hook server as the image runs it, in a process of its own. */
export class ServerProcess {
  /** Starts `operators/dist/server.js`. Done when it is ready. */
  public static async start(settings: object, folder: string): Promise<ServerProcess> {
    const file = path.join(folder, 'settings.json');
    fs.writeFileSync(file, JSON.stringify(settings));
    const port = await freePort();
    const started = process.hrtime.bigint();
    const child = spawn(process.execPath, [path.resolve(__dirname, '../../operators/dist/server.js')], {
      env: { ...process.env, SETTINGS_FILE: file, PORT: String(port), LOG_LEVEL: 'error', GRACE_SECONDS: '0' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    while (!(await isReady(port))) {
      if (child.exitCode !== null) throw new Error(`the hook server ended with ${child.exitCode}`);
      await sleep(2);
    }
    return new ServerProcess(child, port, Number(process.hrtime.bigint() - started) / 1e9);
  }

  private constructor(
    private readonly child: ChildProcess,
    public readonly port: number,
    /** Seconds from the start of the process to the first answer that it is ready. */
    public readonly readySeconds: number,
  ) {}

  public get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resident memory now and the greatest so far, in bytes. Linux only; undefined elsewhere. */
  public memory(): { readonly now: number; readonly most: number } | undefined {
    const file = `/proc/${this.child.pid ?? 0}/status`;
    if (!fs.existsSync(file)) return undefined;
    const text = fs.readFileSync(file, 'utf8');
    const bytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024;
    return { now: bytes('VmRSS'), most: bytes('VmHWM') };
  }

  /** Seconds of processor time so far. Linux only; NaN elsewhere. */
  public cpuSeconds(): number {
    const file = `/proc/${this.child.pid ?? 0}/stat`;
    if (!fs.existsSync(file)) return NaN;
    // the name of the program, in brackets, may have spaces; after it, user and system time are the 12th and 13th, in 1/100 s
    const fields = fs
      .readFileSync(file, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** How often a hook has answered. */
  public async calls(hook: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const lines = text
      .split('\n')
      .filter((line) => line.startsWith('nstarx_hook_requests_total{') && line.includes(`hook="${hook}"`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  public async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      })
      .on('error', () => resolve(false));
  });
}
