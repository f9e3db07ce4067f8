import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { describeTool } from '../describe-tool';
import { PROGRAMS, pythonWith, pythonWithCheckers, whyNoPython } from '../python';

const run = promisify(execFile);

/** What the tests of a program need beside Python. */
export interface Surroundings {
  /** Variables that tell the tests of it. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends it. */
  stop(): Promise<void>;
}

interface Outcome {
  readonly cases: number;
  readonly failures: string[];
}

/** What a program needs beside Python. */
const NOTHING = (): Promise<Surroundings> => Promise.resolve({ env: {}, stop: () => Promise.resolve() });

/**
 * What is asked of each program: ruff and mypy find nothing, and its tests pass, each of which is one here by its name.
 *
 * @param missing why what its tests need beside Python is not available, or undefined where it is
 * @param root the folder that has the program's
 */
export function describeProgram(program: string, missing?: string, prepare = NOTHING, root = PROGRAMS): void {
  const folder = path.join(root, program);

  describeTool(`${program}: source`, whyNoPython(), () => {
    test.each([
      ['ruff check', ['ruff', 'check', '--no-cache', '.']],
      ['ruff format', ['ruff', 'format', '--no-cache', '--diff', '.']],
    ])('%s', async (_title, [module, ...given]) => {
      expect(await complaints(await pythonWithCheckers(), ['-m', module, ...given], folder)).toBe('');
    });

    test('mypy', async () => {
      // the types are those of the packages that the program runs with
      const given = ['--python-executable', await pythonWith(program, root), '--cache-dir', os.devNull];
      expect(await complaints(await pythonWithCheckers(), ['-m', 'mypy', ...given], folder)).toBe('');
    });
  });

  describeTool(`${program}: tests`, whyNoPython() ?? missing, () => {
    describePytest(folder, 'tests', () => pythonWith(program, root), prepare);
  });
}

/** The tests of a folder of Python files, each of which is one here by its name. */
export function describePytest(
  program: string,
  tests: string,
  python: () => Promise<string>,
  prepare: () => Promise<Surroundings> = NOTHING,
): void {
  const outcomes = new Map<string, Outcome>();
  let output = '';

  beforeAll(async () => {
    const executable = await python();
    const { env, stop } = await prepare();
    const results = fs.mkdtempSync(path.join(os.tmpdir(), `${path.basename(program)}-`));
    try {
      output = await runPytest(executable, program, tests, results, env);
      for (const [key, outcome] of readOutcomes(path.join(results, 'results.xml'))) outcomes.set(key, outcome);
    } finally {
      await stop();
      fs.rmSync(results, { recursive: true, force: true });
    }
    // the first run installs its packages; jest gives hooks no timeout of the project
  });

  test.each(
    testsIn(path.join(program, tests)).map(({ file, name }) => [
      `${file.slice(5)}: ${name.slice(5).replaceAll('_', ' ')}`,
      file,
      name,
    ]),
  )('%s', (_title, file, name) => {
    const outcome = outcomes.get(`${file}.${name}`);
    if (outcome === undefined) throw new Error(`did not run:\n${output.slice(-6000)}`);
    expect(outcome.failures).toEqual([]);
    expect(outcome.cases).toBeGreaterThan(0);
  });
}

/** What a checker prints where it finds something. */
async function complaints(python: string, args: readonly string[], cwd: string): Promise<string> {
  return run(python, args, { cwd, maxBuffer: 64 * 1024 * 1024 }).then(
    () => '',
    (error: unknown) => {
      const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
      return `${stdout ?? ''}${stderr ?? ''}` || String(error);
    },
  );
}

/** The tests of each Python file, by their names in the text: jest wants to know them before they run. */
function testsIn(folder: string): { readonly file: string; readonly name: string }[] {
  return fs
    .readdirSync(folder)
    .filter((name) => /^test_.*\.py$/.test(name))
    .sort()
    .flatMap((file) =>
      [...fs.readFileSync(path.join(folder, file), 'utf8').matchAll(/^def (test_\w+)/gm)].map(([, name]) => ({
        file: path.basename(file, '.py'),
        name: name ?? '',
      })),
    );
}

async function runPytest(
  python: string,
  program: string,
  tests: string,
  folder: string,
  more: NodeJS.ProcessEnv,
): Promise<string> {
  const configuration = ['-c', path.join(program, 'pyproject.toml'), '--rootdir', program];
  const options = ['-q', '-p', 'no:cacheprovider', '--basetemp', path.join(folder, 'files'), '--tb=short'];
  const report = ['--junitxml', path.join(folder, 'results.xml'), '-o', 'junit_family=xunit1'];
  const env = {
    ...process.env,
    PYTHONDONTWRITEBYTECODE: '1',
    HYPOTHESIS_STORAGE_DIRECTORY: path.join(folder, 'hypothesis'),
    ...more,
  };
  try {
    const args = ['-m', 'pytest', ...configuration, ...options, ...report, path.join(program, tests)];
    const { stdout, stderr } = await run(python, args, { env, cwd: folder, maxBuffer: 256 * 1024 * 1024 });
    return stdout + stderr;
  } catch (error) {
    // failures are reported one by one
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return `${stdout ?? ''}${stderr ?? ''}`;
  }
}

/** Outcomes by `file.test`; the cases of a parametrized test count as one. */
function readOutcomes(file: string): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  if (!fs.existsSync(file)) return outcomes;
  const xml = fs.readFileSync(file, 'utf8');
  for (const [, attributes, , body] of xml.matchAll(/<testcase ([^>]*?)(\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const attribute = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes ?? '')?.[1] ?? '';
    const key = `${attribute('classname').split('.').pop() ?? ''}.${attribute('name').replace(/\[.*$/s, '')}`;
    const { cases, failures } = outcomes.get(key) ?? { cases: 0, failures: [] };
    const failed = /<(failure|error|skipped)\b[\s\S]*<\/\1>|<skipped/.exec(body ?? '')?.[0];
    outcomes.set(key, {
      cases: cases + 1,
      failures: failed === undefined ? failures : [...failures, `${attribute('name')}: ${decode(failed)}`],
    });
  }
  return outcomes;
}

function decode(text: string): string {
  const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', amp: '&', apos: "'", '#10': '\n' };
  return text.replace(/&(#10|\w+);/g, (whole, name: string) => entities[name] ?? whole).slice(0, 4000);
}
