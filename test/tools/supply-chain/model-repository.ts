import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { stringify } from 'yaml';

/** How a script ended. */
export interface Ended {
  readonly status: number;
  /** All that it said. */
  readonly output: string;
}

/** A manifest of the repository, as a data scientist writes it. */
export interface Manifest {
  readonly version: string;
  readonly f1?: number;
  readonly model?: string;
}

/** When the drift was measured: the same in every manifest, and not too long ago for any environment. */
const MEASURED_AT = new Date().toISOString().replace(/\.\d+/, '');

/** A clone of a repository of models, and the repository that it is pushed to. */
export class ModelRepository {
  /** The repository that is pushed to. */
  public readonly origin: string;
  /** The clone. */
  public readonly clone: string;

  /**
   * @param folder where both are made
   * @param files what `ModelDeliveryWorkflow` wrote
   * @param environment variables of everything that runs in it
   */
  public constructor(
    folder: string,
    files: string,
    private readonly environment: { readonly [name: string]: string },
  ) {
    this.origin = path.join(folder, 'origin.git');
    this.clone = path.join(folder, 'models');
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch', 'main', this.origin]);
    execFileSync('git', ['init', '--quiet', '--initial-branch', 'main', this.clone]);
    this.git('remote', 'add', 'origin', this.origin);
    fs.cpSync(files, this.clone, { recursive: true });
    this.push('The delivery');
  }

  /** Writes a file. */
  public write(file: string, content: string | Buffer): void {
    const whole = path.join(this.clone, file);
    fs.mkdirSync(path.dirname(whole), { recursive: true });
    fs.writeFileSync(whole, content);
  }

  /** Writes a manifest with its model and sample, and pushes them. */
  public pushModel({ version, f1 = 0.9, model = 'fraud-detector' }: Manifest): string {
    const folder = `models/${model}`;
    this.write(`${folder}/model.onnx`, Buffer.from(`the weights of ${model} ${version}`));
    this.write(`${folder}/smoke.json`, JSON.stringify({ instances: [[1, 2, 3]] }));
    this.write(
      `${folder}/manifest.yaml`,
      stringify({
        apiVersion: 'mlifecycle.io/v1',
        kind: 'ModelDeployment',
        spec: {
          model: { name: model, version, framework: 'onnx', owner: 'fraud-team' },
          metrics: { accuracy: 0.94, f1_score: f1 },
          fairness: { demographic_parity: 0.02 },
          drift: { score: 0.05, measuredAt: MEASURED_AT },
          dependencies: [{ name: 'onnxruntime', version: '1.22.0' }],
        },
      }),
    );
    this.push(`${model} ${version}`);
    return `${folder}/manifest.yaml`;
  }

  /** Commits all that there is, and pushes it. */
  public push(message: string): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', message);
    this.git('push', '--quiet', 'origin', 'main');
  }

  /** Runs git in the clone. */
  public git(...args: string[]): string {
    const who = ['-c', 'user.name=dana', '-c', 'user.email=dana@acme.example', '-c', 'core.hooksPath=/dev/null'];
    return execFileSync('git', [...who, ...args], { cwd: this.clone, encoding: 'utf8' }).trim();
  }

  /** Runs a script of the delivery, as its workflow and a person do. */
  public run(
    script: string,
    args: readonly string[] = [],
    more: { readonly [name: string]: string } = {},
  ): Promise<Ended> {
    const env = { ...this.environment, ...more };
    const options = { cwd: this.clone, env, maxBuffer: 64 * 1024 * 1024 };
    return new Promise((resolve) => {
      execFile('bash', [`scripts/${script}.sh`, ...args], options, (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ status, output: `${stdout}${stderr}` });
      });
    });
  }

  /** A file that steps hand on. */
  public handedOn(file: string, folder = '.delivery'): string {
    return fs.readFileSync(path.join(this.clone, folder, file), 'utf8').trim();
  }
}
