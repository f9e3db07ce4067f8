import { execFile, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { until } from '../support/waiting';
import { withLock } from '../cluster/lock';
import { freePort } from './postgres';
import { cacheFolder } from './python';

const run = promisify(execFile);

/** A server with the protocol and the access control lists of Valkey, on 127.0.0.1. */
export interface Redis {
  /** Its port. */
  readonly port: number;
  /** Its ACL file. */
  readonly aclFile: string;
  /** Command of its client, and the environment that it needs. */
  readonly client: { readonly program: string; readonly env: NodeJS.ProcessEnv };
  /** What it answers to commands of a user, one a line. */
  as(user: { name: string; password: string } | undefined, ...commands: string[][]): Promise<string[]>;
  /** Stops it. */
  stop(): Promise<void>;
}

/** Why no server is available on this machine, or undefined where one is. Installs nothing. */
export function whyNoRedis(): string | undefined {
  if (installed() !== undefined) return undefined;
  const tools = ['apt-get', 'dpkg'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  return tools.length === 0 ? undefined : 'there is no Valkey or Redis, and no apt to have it from';
}

/**
 * Starts a server with an ACL file, without data. The program is that of this machine, or of a Debian package that is unpacked into a
 * folder that outlives the run.
 *
 * @param acl lines of the ACL file
 */
export async function startRedis(acl: string[]): Promise<Redis> {
  const { program, libraries } = await redisProgram();
  const env = libraries === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'redis-'));
  const aclFile = path.join(folder, 'users.acl');
  fs.writeFileSync(aclFile, acl.map((line) => `${line}\n`).join(''));
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn(program, [...options, '--aclfile', aclFile], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-8192)));
  }
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill('SIGINT');
    await ended;
    fs.rmSync(folder, { recursive: true, force: true });
  };
  await until('Redis to start', 60_000, async () => {
    if (server.exitCode !== null) throw new Error('Redis did not start');
    return log.includes('Ready to accept connections');
  }).catch(async (error: unknown) => {
    await stop();
    throw new Error(`${(error as Error).message}:\n${log}`);
  });
  const client = { program: program.replace(/-server$/, '-cli'), env };
  return {
    port,
    aclFile,
    client,
    stop,
    as: (user, ...commands) =>
      answers(port, [...(user === undefined ? [] : [['AUTH', user.name, user.password]]), ...commands]),
  };
}

/** Sends commands and reads as many answers of one line as there are commands; of bulk texts, the text. */
async function answers(port: number, commands: string[][]): Promise<string[]> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(commands.map((words) => `${words.map((word) => JSON.stringify(word)).join(' ')}\r\n`).join(''));
  let text = '';
  const replies = (): string[] => {
    const lines = text.split('\r\n').slice(0, -1);
    return lines.filter((line) => !/^\$\d+$/.test(line));
  };
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (replies().length >= commands.length) resolve();
      });
    });
  } finally {
    socket.destroy();
  }
  return replies();
}

/** A server's program. */
interface Program {
  readonly program: string;
  /** Folder of the libraries that the machine lacks. @default - it has all */
  readonly libraries?: string;
}

/** The program of this machine, or of a Debian package that is unpacked into a folder that outlives the run. */
export async function redisProgram(): Promise<Program> {
  return installed() ?? (await redisOfDebian());
}

function installed(): Program | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const found = ['valkey-server', 'redis-server']
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .find((file) => fs.existsSync(file));
  return found === undefined ? undefined : { program: found };
}

/** Unpacks Debian's package of the server and of the libraries that the machine lacks. Needs no root. */
async function redisOfDebian(): Promise<Program> {
  const root = cacheFolder('redis');
  const files = path.join(root, 'files');
  const complete = path.join(root, '.complete');
  await withLock(`${root}.lock`, async () => {
    if (fs.existsSync(complete)) return;
    fs.rmSync(root, { recursive: true, force: true });
    for (const folder of ['archives/partial', 'lists/partial', 'files']) {
      fs.mkdirSync(path.join(root, folder), { recursive: true });
    }
    process.stderr.write('\nUnpacking Redis from packages (once)\n');
    const folders = [`Dir::Cache::archives=${root}/archives`, `Dir::State::lists=${root}/lists`];
    const options = [...folders, 'Dir::Cache::pkgcache=', 'Dir::Cache::srcpkgcache=', 'Debug::NoLocking=1'];
    if (process.getuid?.() === 0) options.push('APT::Sandbox::User=root');
    const apt = options.flatMap((option) => ['-o', option]);
    await run('apt-get', [...apt, 'update', '-q']);
    const install = ['install', '--reinstall', '--download-only', '-y', '-q', '--no-install-recommends'];
    await run('apt-get', [...apt, ...install, 'redis-server'], { maxBuffer: 16 * 1024 * 1024 });
    for (const name of fs.readdirSync(path.join(root, 'archives')).filter((entry) => entry.endsWith('.deb'))) {
      await run('dpkg', ['-x', path.join(root, 'archives', name), files]);
    }
    fs.writeFileSync(complete, '');
  });
  const folders = path.join(files, 'usr/lib');
  const [triplet] = fs.readdirSync(folders).filter((name) => name.includes('-linux-'));
  return { program: path.join(files, 'usr/bin/redis-server'), libraries: path.join(folders, triplet) };
}
