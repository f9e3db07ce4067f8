import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { runCommandLine } from '../../src/cli/program';
import { Terminal } from '../../src/cli/terminal';

/** What a run printed and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with files, in which the command line runs. */
export class Workplace {
  public readonly folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'cli-')));

  /** Writes a file, and gives back its name. */
  public write(name: string, content: string | Uint8Array): string {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    return name;
  }

  public read(name: string): string {
    return fs.readFileSync(path.join(this.folder, name), 'utf8');
  }

  public has(name: string): boolean {
    return fs.existsSync(path.join(this.folder, name));
  }

  /** Runs the command line with nothing piped in. */
  public run(...args: string[]): Promise<Outcome> {
    return this.pipe('', ...args);
  }

  /** Runs the command line with something piped in. */
  public async pipe(input: string | Uint8Array, ...args: string[]): Promise<Outcome> {
    const written = { stdout: '', stderr: '' };
    const terminal: Terminal = {
      folder: this.folder,
      input: chunks(Buffer.from(input)),
      print: (text) => (written.stdout += text),
      warn: (text) => (written.stderr += text),
    };
    const code = await runCommandLine(args, terminal);
    return { code, ...written };
  }

  public remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** The sample of the zero-touch document, as it is printed there. */
export const SAMPLE = fs.readFileSync(path.join(__dirname, '../fixtures/samples/modeldeployment.yaml'), 'utf8');

/** One finding of `--format json`. */
export interface JsonFinding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly rule: string;
  readonly field: string;
  readonly message: string;
}

/** What `--format json` prints. */
export interface JsonReport {
  readonly passed: boolean;
  readonly manifests: readonly {
    readonly title: string;
    readonly name?: string;
    readonly passed: boolean;
    readonly policies?: readonly { readonly name: string; readonly passed: boolean }[];
    readonly findings: readonly JsonFinding[];
  }[];
  readonly skipped: readonly { readonly message: string; readonly line: number }[];
  readonly problems: readonly { readonly message: string }[];
}

/** The findings of a report, by file, line, column and field. */
export function placesIn(outcome: Outcome): string[] {
  return reportOf(outcome).manifests.flatMap(({ findings }) =>
    findings.map(({ file, line, column, field, rule }) => `${file}:${line}:${column} ${field} ${rule}`),
  );
}

export function reportOf(outcome: Outcome): JsonReport {
  return JSON.parse(outcome.stdout) as JsonReport;
}
