import { execFile, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { withLock } from '../../cluster/lock';
import { until } from '../../support/waiting';
import { whyNoJava } from '../java';
import { freePort } from '../postgres';
import { cacheFolder } from '../python';

const run = promisify(execFile);

/**
 * S3Proxy: a maintained server of the protocol that checks the signature of each request, as S3 does, and keeps objects in a folder. It is one
 * file of 55 MB in the registry of Maven. (SeaweedFS, which clusters run, takes many minutes to compile; moto lets everybody in.)
 */
const S3_PROXY = {
  artifact: 'org.gaul:s3proxy:4.1.0:jar:jar-with-dependencies',
  file: 's3proxy-4.1.0-jar-with-dependencies.jar',
};

/** A server of S3's protocol on 127.0.0.1, with one key. */
export interface S3Server {
  readonly port: number;
  /** The keys of the objects of a bucket. */
  objects(bucket: string): string[];
  stop(): Promise<void>;
}

/** Why there can be none on this machine, or undefined where there can. */
export function whyNoS3(): string | undefined {
  return whyNoJava() ?? (spawnSync('mvn', ['--version']).status === 0 ? undefined : 'there is no mvn');
}

/** Starts one with these buckets, which are empty. */
export async function startS3(buckets: readonly string[], key: string, secret: string): Promise<S3Server> {
  const jar = await s3Proxy();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 's3-'));
  const data = path.join(folder, 'data');
  buckets.forEach((bucket) => fs.mkdirSync(path.join(data, bucket), { recursive: true }));
  const port = await freePort();
  const settings = {
    's3proxy.endpoint': `http://127.0.0.1:${port}`,
    's3proxy.authorization': 'aws-v4',
    's3proxy.identity': key,
    's3proxy.credential': secret,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.filesystem.basedir': data,
  };
  const file = path.join(folder, 's3proxy.conf');
  fs.writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const server = spawn('java', ['-Xmx128m', '-jar', jar, '--properties', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  server.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4096)));
  const exit = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL');
    await exit;
    fs.rmSync(folder, { recursive: true, force: true });
  };
  await until('S3Proxy', 60_000, async () => {
    if (server.exitCode !== null) throw new Error('S3Proxy did not start');
    // who is nobody is refused
    return fetch(`http://127.0.0.1:${port}/`).then(
      ({ status }) => status === 403,
      () => false,
    );
  }).catch(async (error: unknown) => {
    await stop();
    throw new Error(`${(error as Error).message}:\n${log}`);
  });
  const objects = (bucket: string): string[] =>
    fs
      .readdirSync(path.join(data, bucket), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(path.join(data, bucket), path.join(entry.parentPath, entry.name)));
  return { port, objects, stop };
}

async function s3Proxy(): Promise<string> {
  const folder = cacheFolder('s3proxy');
  const jar = path.join(folder, S3_PROXY.file);
  await withLock(`${folder}.lock`, async () => {
    if (fs.existsSync(jar)) return;
    process.stderr.write('\nFetching S3Proxy (once)\n');
    const repository = path.join(folder, 'repository');
    const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
    const given = [
      `-Dartifact=${S3_PROXY.artifact}`,
      `-DoutputDirectory=${folder}`,
      `-Dmaven.repo.local=${repository}`,
    ];
    await run('mvn', ['--batch-mode', '--quiet', plugin, ...given], { cwd: folder, timeout: 600_000 });
    fs.rmSync(repository, { recursive: true, force: true });
  });
  return jar;
}
