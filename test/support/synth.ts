import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { PlatformApp, PlatformAppProps } from '../../src/app';

const folders: string[] = [];

afterAll(() => folders.splice(0).forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })));

/** A folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'platform-test-'));
  folders.push(folder);
  return folder;
}

/** An app that writes into a temporary folder. */
export function temporaryApp(
  folder = temporaryFolder(),
  props: PlatformAppProps = {},
): { app: PlatformApp; folder: string } {
  const app = new PlatformApp({
    terraformOutdir: path.join(folder, 'cdktf.out'),
    manifestsOutdir: path.join(folder, 'dist'),
    ...props,
  });
  return { app, folder };
}

/** Every file below a folder, by its path relative to it, sorted. */
export function filesIn(folder: string): { [file: string]: string } {
  if (!fs.existsSync(folder)) return {};
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names
      .filter((name) => fs.statSync(path.join(folder, name)).isFile())
      .map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]),
  );
}

/** A synthesized Terraform stack. */
export interface StackJson {
  readonly resource?: { [type: string]: { [name: string]: Record<string, unknown> } };
  readonly data?: { [type: string]: { [name: string]: Record<string, unknown> } };
  readonly provider?: { [name: string]: Record<string, unknown>[] };
  readonly terraform?: Record<string, unknown>;
  readonly output?: { [name: string]: Record<string, unknown> };
}

/** Reads a synthesized stack. */
export function readStack(folder: string, stack: string): StackJson {
  return JSON.parse(
    fs.readFileSync(path.join(folder, 'cdktf.out', 'stacks', stack, 'cdk.tf.json'), 'utf8'),
  ) as StackJson;
}
