import { ChildProcess, execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { MlflowServer } from '../../../src/constructs/tracking';
import { Namespace } from '../../../src/constructs/tenancy';
import { manifest, TestDatabase, TestEnvironment, TestStore } from '../../constructs/tenancy/support';
import { until } from '../../support/waiting';
import { Postgres, postgresClients, startPostgres } from '../postgres';

const run = promisify(execFile);

/** What a password may hold, and a URL may not. */
const USER = { name: 'vision.mlflow', password: 'p#a/s?s%w@rd:$(id)' };
const BUCKET = 'acme-backups';

interface Container {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: ValueFrom }[];
}

interface ValueFrom {
  readonly secretKeyRef?: { readonly key: string };
}

/** An MLflow that runs as `MlflowServer` has it: the container's command with its variables, on a PostgreSQL and a bucket. */
export class Mlflow {
  /** Starts all of it, the init container first. */
  public static async start(python: string): Promise<Mlflow> {
    const database = await startPostgres();
    const mlflow = new Mlflow(python, database, await freePort(), await freePort());
    try {
      await mlflow.makeUser();
      await mlflow.makeBucket();
      // a second pod does it too, and the next version
      for (const _of of ['the first pod', 'the second']) await mlflow.upgrade();
      mlflow.serve();
      await until('MLflow to answer', 180_000, () => answers(`${mlflow.uri}/health`));
      return mlflow;
    } catch (error) {
      await mlflow.stop();
      throw new Error(`${(error as Error).message}\n${mlflow.log}`, { cause: error });
    }
  }

  /** URL that clients use, by a port that is forwarded. */
  public readonly uri: string;
  private readonly container: Container;
  private readonly init: Container;
  private readonly children: ChildProcess[] = [];
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mlflow-'));
  private log = '';

  private constructor(
    private readonly python: string,
    private readonly database: Postgres,
    private readonly port: number,
    private readonly storePort: number,
  ) {
    this.uri = `http://127.0.0.1:${port}`;
    const environment = new TestEnvironment();
    const chart = environment.chart();
    const server = new MlflowServer(chart, 'mlflow', {
      namespace: new Namespace(chart, 'vision'),
      database: new TestDatabase(environment),
      store: new TestStore(environment, true),
    });
    const { spec } = manifest(server, 'Deployment', 'mlflow').spec.template;
    [this.container] = spec.containers as unknown as Container[];
    [this.init] = spec.initContainers as unknown as Container[];
  }

  /** Status of a request with another `Host` header. */
  public async statusFor(host: string, address: string): Promise<number> {
    const args = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}', '--header', `Host: ${host}`];
    const { stdout } = await run('curl', [...args, `${this.uri}${address}`]);
    return Number(stdout);
  }

  /** Keys in the bucket. */
  public async keys(): Promise<string[]> {
    const text = await (await fetch(`http://127.0.0.1:${this.storePort}/${BUCKET}?list-type=2`)).text();
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key);
  }

  /** The schemas with its tables. */
  public async schemas(): Promise<string[]> {
    const sql = "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'";
    return (await this.sql(sql, 'models')).split('\n');
  }

  public async stop(): Promise<void> {
    for (const { pid } of this.children) {
      // its workers are in its group
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    }
    await this.database.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private async makeUser(): Promise<void> {
    const quoted = `'${USER.password.replaceAll("'", "''")}'`;
    await this.sql('CREATE DATABASE models');
    await this.sql(`CREATE ROLE "${USER.name}" LOGIN PASSWORD ${quoted}`);
    await this.sql(`ALTER ROLE "${USER.name}" SET search_path = vision`);
    await this.sql(`CREATE SCHEMA vision AUTHORIZATION "${USER.name}"`, 'models');
  }

  private async makeBucket(): Promise<void> {
    this.spawn(this.python, ['-m', 'moto.server', '-p', String(this.storePort)], process.env);
    const bucket = `http://127.0.0.1:${this.storePort}/${BUCKET}`;
    await until('the bucket', 60_000, async () => answers(bucket, { method: 'PUT' }));
  }

  private async upgrade(): Promise<void> {
    const [program, ...args] = [...this.init.command, ...this.init.args];
    await run(program, args, { env: this.envOf(this.init), cwd: '/' });
  }

  private serve(): void {
    const own = (text: string): string =>
      text.replace('--port=5000', `--port=${this.port}`).replace('=/tmp/metrics', `=${this.folder}/metrics`);
    const [program, ...args] = [...this.container.command, ...this.container.args].map(own);
    this.spawn(program, args, this.envOf(this.container));
  }

  /** The variables as the kubelet fills them in, in their order; the addresses are those of this test. */
  private envOf({ env }: Container): NodeJS.ProcessEnv {
    const secret: Readonly<Record<string, string>> = { username: USER.name, password: USER.password };
    const known: Record<string, string> = {};
    for (const { name, value, valueFrom } of env) {
      known[name] =
        value?.replaceAll(/\$\(([A-Z_]+)\)/g, (text, variable: string) => known[variable] ?? text) ??
        secret[valueFrom?.secretKeyRef?.key ?? ''] ??
        (name === 'POD_IP' ? '10.1.2.3' : 'key');
    }
    return {
      // the programs of the image
      PATH: `${path.dirname(this.python)}:${process.env.PATH}`,
      ...known,
      HOME: this.folder,
      TMPDIR: this.folder,
      PGHOST: '127.0.0.1',
      PGPORT: String(this.database.port),
      // the server of this test has no certificate
      PGSSLMODE: 'disable',
      ...(known.AWS_ENDPOINT_URL_S3 === undefined ? {} : { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${this.storePort}` }),
    };
  }

  private spawn(program: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
    const child = spawn(program, [...args], { env, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk: Buffer) => (this.log = (this.log + chunk.toString()).slice(-8192)));
    }
    this.children.push(child);
  }

  private async sql(statement: string, database = 'postgres'): Promise<string> {
    const { user, password, port } = this.database;
    const env = { ...process.env, PGUSER: user, PGPASSWORD: password, PGDATABASE: database };
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', String(port)];
    const { stdout } = await run(path.join(await postgresClients(), 'psql'), [...args, '-c', statement], { env });
    return stdout.trim();
  }
}

async function answers(url: string, request?: RequestInit): Promise<boolean> {
  return fetch(url, request).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
