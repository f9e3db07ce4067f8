import * as fs from 'node:fs';
import * as path from 'node:path';
import { globSync, isDynamicPattern } from 'tinyglobby';
import { fail, InvalidInputError } from '../contracts/errors';
import { COMMAND_LINE, Terminal } from './terminal';

/** What a file says. */
export interface InputText {
  /** Its path as it was given or found, or `stdin`. */
  readonly file: string;
  readonly text: string;
}

/** An argument, or a file, that cannot be read. */
export interface InputProblem {
  readonly file: string;
  readonly message: string;
}

/** As many MiB as are read of a file, so that no device or pipe without an end fills the memory. The reader of manifests takes less. */
const MOST_MIB = { manifest: 10, option: 256 };

const MIB = 1024 * 1024;

/** The argument that stands for what is piped in. */
const STDIN = '-';
const STDIN_NAME = 'stdin';

/** The files that arguments name, each once, in their order; those that a pattern matches by name. */
export function filesOf(args: readonly string[], { folder }: Terminal): (string | InputProblem)[] {
  const seen = new Set<string>();
  return args
    .flatMap((argument) => expanded(argument, folder))
    .filter((file) => {
      if (typeof file !== 'string') return true;
      const key = file === STDIN ? file : path.resolve(folder, file);
      return !seen.has(key) && seen.add(key);
    });
}

function expanded(argument: string, folder: string): (string | InputProblem)[] {
  if (argument === STDIN) return [STDIN];
  // a file whose name has brackets is meant as it is
  if (argument === '' || fs.existsSync(path.resolve(folder, argument))) return [argument];
  const pattern = path.sep === '\\' ? argument.replaceAll('\\', '/') : argument;
  if (!isDynamicPattern(pattern)) return [argument];
  const found = globSync(pattern, { cwd: folder, expandDirectories: false, onlyFiles: true }).sort();
  const nothing = refusal(argument, 'must match a file', 'nothing', 'put the pattern in quotes, and see what is there');
  return found.length > 0 ? found : [nothing];
}

/** Reads a file, or what is piped in. */
export async function readInput(
  file: string,
  terminal: Terminal,
  use: keyof typeof MOST_MIB = 'manifest',
): Promise<InputText | InputProblem> {
  try {
    const most = MOST_MIB[use];
    const bytes =
      file === STDIN ? await readAll(terminal.input, most) : readFile(path.resolve(terminal.folder, file), file, most);
    // the mark of the byte order is left out, which no column counts
    return { file: nameOf(file), text: new TextDecoder('utf-8').decode(bytes) };
  } catch (error) {
    if (error instanceof InvalidInputError) return { file: nameOf(file), message: error.message };
    return refusal(file, 'must be a file that can be read', reasonOf(error), 'see its path and its permissions');
  }
}

/** The whole of a file that an option names. */
export async function readOption(option: string, file: string, terminal: Terminal): Promise<InputText> {
  const read = await readInput(file, terminal, 'option');
  if ('message' in read) fail(COMMAND_LINE, option, 'must be a file that can be read', file, read.message);
  return read;
}

function nameOf(file: string): string {
  return file === STDIN ? STDIN_NAME : file;
}

function readFile(file: string, given: string, most: number): Buffer {
  const descriptor = fs.openSync(file, 'r');
  try {
    if (fs.fstatSync(descriptor).isDirectory()) {
      fail(
        COMMAND_LINE,
        'file',
        'must be a file, not a folder',
        given,
        `write '${given.replace(/[\\/]+$/, '')}/**/*.yaml'`,
      );
    }
    const chunks: Buffer[] = [];
    let size = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const count = fs.readSync(descriptor, chunk, 0, chunk.length, null);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      size += count;
      if (size >= most * MIB) tooLarge(given, most);
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

async function readAll(input: Terminal['input'], most: number): Promise<Buffer> {
  if (input.isTTY) {
    fail(COMMAND_LINE, STDIN, 'must have something piped in', 'a terminal', "write 'ml-platform validate - < file'");
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size >= most * MIB) tooLarge(STDIN_NAME, most);
  }
  return Buffer.concat(chunks);
}

function tooLarge(given: string, most: number): never {
  fail(COMMAND_LINE, 'file', `must have less than ${most} MiB`, given, 'put data into the artifact of the model');
}

function refusal(file: string, rule: string, given: string, fix: string): InputProblem {
  return { file: nameOf(file), message: `[${COMMAND_LINE}] ${nameOf(file)} ${rule}, got ${given}: ${fix}.` };
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission';
  return error instanceof Error ? error.message : String(error);
}
