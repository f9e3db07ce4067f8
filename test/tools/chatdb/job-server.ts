import { ChildProcess, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';

import { CronJob, JobSpec } from './manifests';

interface Job {
  readonly metadata: { readonly name: string; readonly ownerReferences?: readonly { readonly uid: string }[] };
  readonly spec: JobSpec;
  status: { conditions: { type: string; status: string }[] };
}

/** What plays the API server and the controller of Jobs. */
export interface JobServer {
  readonly port: number;
  /** A folder as a pod has it: token, CA and namespace of its account. */
  readonly account: string;
  /** Names of the Jobs, in the order in which they were made. */
  names(): string[];
  /** What their programs have logged. */
  log(): string;
  stop(): Promise<void>;
}

const UID = '0b1a6f2e-5a1c-4f0e-9d9e-6f6a3c1f2b3d';

/**
 * A stand-in, not the API server: it answers the three requests of the ML engine (the template, a new Job, a Job) by TLS to who has the token, and runs
 * the program of each Job once, as a process. What the real one accepts is asked of the real one by `test/cluster/platform/chatdb-training.test.ts`.
 *
 * @param template the CronJob
 * @param program starts the program of a Job
 */
export async function startJobServer(
  template: CronJob,
  program: (name: string, job: JobSpec) => ChildProcess,
): Promise<JobServer> {
  const { name: cronJob, namespace } = template.metadata;
  const stored = { ...template, metadata: { ...template.metadata, uid: UID } };
  const account = fs.mkdtempSync(path.join(os.tmpdir(), 'account-'));
  const token = 'token-of-the-ml-engine';
  fs.writeFileSync(path.join(account, 'token'), token);
  const subject = ['-subj', '/CN=kubernetes', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, '-keyout', 'key', '-out', 'ca.crt'];
  execFileSync('openssl', key, { cwd: account, stdio: 'ignore' });
  const jobs = new Map<string, Job>();
  const running = new Set<ChildProcess>();
  let log = '';

  const begin = (job: Job): void => {
    const child = program(job.metadata.name, job.spec);
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (log += chunk.toString()));
    child.once('exit', (code) => {
      running.delete(child);
      job.status = { conditions: [{ type: code === 0 ? 'Complete' : 'Failed', status: 'True' }] };
    });
  };

  const answer = (method: string, path_: string, body: string): [number, object] => {
    if (method === 'GET' && path_ === `/cronjobs/${cronJob}`) return [200, stored];
    const name = /^\/jobs\/(.+)$/.exec(path_)?.[1];
    if (method === 'GET' && name !== undefined) return jobs.has(name) ? [200, jobs.get(name)!] : [404, {}];
    if (method !== 'POST' || path_ !== '/jobs') return [405, {}];
    const job = { ...(JSON.parse(body) as Job), status: { conditions: [] } };
    if (job.metadata.ownerReferences?.[0]?.uid !== UID) return [403, {}];
    if (jobs.has(job.metadata.name)) return [409, {}];
    jobs.set(job.metadata.name, job);
    begin(job);
    return [201, job];
  };

  const respond: http.RequestListener = (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const base = `/apis/batch/v1/namespaces/${namespace}`;
      const isKnown = request.headers.authorization === `Bearer ${token}` && request.url?.startsWith(base);
      const [status, found] = isKnown ? answer(request.method ?? '', request.url!.slice(base.length), body) : [401, {}];
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(found));
    });
  };
  const tls = { key: fs.readFileSync(path.join(account, 'key')), cert: fs.readFileSync(path.join(account, 'ca.crt')) };
  const server = https.createServer(tls, respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    account,
    names: () => [...jobs.keys()],
    log: () => log,
    stop: async () => {
      running.forEach((child) => child.kill('SIGKILL'));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      fs.rmSync(account, { recursive: true, force: true });
    },
  };
}
