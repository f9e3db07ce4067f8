import { ChildProcess, spawn } from 'node:child_process';
import * as net from 'node:net';
import * as path from 'node:path';

import { until } from '../../support/waiting';
import { pythonWith } from '../python';

/** A server of MLflow with a database in a folder. */
export class MlflowProcess {
  /** Starts it, and waits until it answers. */
  public static async start(folder: string, port?: number): Promise<MlflowProcess> {
    const number = port ?? (await freePort());
    const program = path.join(path.dirname(await pythonWith('model-jobs')), 'mlflow');
    const store = ['--backend-store-uri', 'sqlite:///mlflow.db', '--default-artifact-root', './artifacts'];
    const child = spawn(
      program,
      ['server', '--host', '127.0.0.1', '--port', String(number), '--workers', '1', ...store],
      {
        cwd: folder,
        stdio: 'ignore',
        // its workers go with it
        detached: true,
      },
    );
    child.unref();
    const server = new MlflowProcess(child, `http://127.0.0.1:${number}`);
    const isUp = async (): Promise<boolean> =>
      (await fetch(`${server.uri}/health`).catch(() => undefined))?.ok === true;
    await until('MLflow to answer', 180_000, isUp);
    return server;
  }

  private constructor(
    private readonly child: ChildProcess,
    /** Where it is. */
    public readonly uri: string,
  ) {}

  /** What it answers to a question. */
  public async ask<Answer>(what: string, query: Readonly<Record<string, string>>): Promise<Answer> {
    const answer = await fetch(`${this.uri}/api/2.0/mlflow/${what}?${new URLSearchParams(query).toString()}`);
    return (await answer.json()) as Answer;
  }

  /** Ends it. */
  public stop(): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid);
  }
}

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
