import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { programFiles } from '../../../src/contracts/programs';

/** What a program said, and what it left behind. */
export interface Outcome {
  readonly status: number | null;
  readonly printed: string;
  readonly errors: string;
  /** The termination message. */
  readonly message: string;
  /** The figures that it passes on. */
  readonly metrics?: unknown;
}

/** The programs of workflows, as they are in a pod: files in a folder, told by environment variables only. */
export class Programs {
  public readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'workflow-programs-'));

  public constructor() {
    for (const [name, text] of Object.entries(programFiles('model-jobs'))) fs.writeFileSync(this.at(name), text);
  }

  public at(name: string): string {
    return path.join(this.folder, name);
  }

  public run(python: string, program: string, variables: Readonly<Record<string, string>>): Outcome {
    const [message, metrics] = [this.at('message'), this.at('metrics-out.json')];
    for (const file of [message, metrics]) fs.rmSync(file, { force: true });
    const { status, stdout, stderr } = spawnSync(python, [this.at(program)], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        RETRY_SECONDS: '0',
        TERMINATION_LOG: message,
        METRICS_OUTPUT: metrics,
        ...variables,
      },
    });
    const read = (file: string): string => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
    const written = read(metrics);
    return {
      status,
      printed: stdout,
      errors: stderr,
      message: read(message),
      ...(written === '' ? {} : { metrics: JSON.parse(written) as unknown }),
    };
  }

  public remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
