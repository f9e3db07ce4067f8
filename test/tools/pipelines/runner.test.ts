import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { describeTool } from '../describe-tool';
import { Postgres, startPostgres, whyNoPostgres } from '../postgres';
import { cacheFolder, pythonWith, whyNoPython } from '../python';
import { whyNoJava } from './java';

const run = promisify(execFile);

interface Outcome {
  readonly cases: number;
  readonly failures: string[];
}

/** The tests of each Python file, by their names in the text: jest wants to know them before they run. */
const NAMES = fs
  .readdirSync(__dirname)
  .filter((name) => /^test_.*\.py$/.test(name))
  .sort()
  .flatMap((file) =>
    [...fs.readFileSync(path.join(__dirname, file), 'utf8').matchAll(/^def (test_\w+)/gm)].map(([, name]) => ({
      file: path.basename(file, '.py'),
      name: name ?? '',
    })),
  );

describeTool('pipeline runner', whyNoPython() ?? whyNoJava() ?? whyNoPostgres(), () => {
  const outcomes = new Map<string, Outcome>();
  let output = '';

  beforeAll(async () => {
    const python = await pythonWith('pipelines');
    const postgres = await startPostgres();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pipelines-'));
    try {
      output = await runPytest(python, postgres, folder);
      for (const [key, outcome] of readOutcomes(path.join(folder, 'results.xml'))) outcomes.set(key, outcome);
    } finally {
      await postgres.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    }
    // the first run installs Spark; jest gives hooks no timeout of the project
  });

  test.each(NAMES.map(({ file, name }) => [`${file.slice(5)}: ${name.slice(5).replaceAll('_', ' ')}`, file, name]))(
    '%s',
    (_title, file, name) => {
      const outcome = outcomes.get(`${file}.${name}`);
      if (outcome === undefined) throw new Error(`did not run:\n${output.slice(-6000)}`);
      expect(outcome.failures).toEqual([]);
      expect(outcome.cases).toBeGreaterThan(0);
    },
  );
});

async function runPytest(python: string, postgres: Postgres, folder: string): Promise<string> {
  const options = ['-q', '-p', 'no:cacheprovider', '--basetemp', path.join(folder, 'files'), '--tb=short'];
  const report = ['--junitxml', path.join(folder, 'results.xml'), '-o', 'junit_family=xunit1'];
  const env = {
    ...process.env,
    PGPORT: String(postgres.port),
    PGUSER: postgres.user,
    PGPASSWORD: postgres.password,
    PIPELINE_IVY: cacheFolder('ivy'),
    PYTHONDONTWRITEBYTECODE: '1',
    HYPOTHESIS_STORAGE_DIRECTORY: path.join(folder, 'hypothesis'),
    // what is judged is the figures of this run
    OPENLINEAGE_URL: '',
  };
  try {
    const arguments_ = ['-m', 'pytest', ...options, ...report, __dirname];
    const { stdout, stderr } = await run(python, arguments_, { env, cwd: folder, maxBuffer: 256 * 1024 * 1024 });
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
