import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { MISTAKES } from '../mistakes';
import { Mistake, programOf as programWith } from '../mistakes/mistake';
import { filesIn } from '../support/synth';
import { consumerProject, pack, programOf, temporaryFolder } from './package';

let folder: string;

beforeAll(() => {
  folder = temporaryFolder();
  consumerProject(folder, pack(folder).tarball);
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

/** What a program prints and how it ends. */
interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own for a program, below the one with the package, which Node finds from there. */
function folderOf(program: string, files: Mistake['files'] = {}): string {
  const own = fs.mkdtempSync(path.join(folder, 'program-'));
  for (const [name, content] of Object.entries({ ...files, 'main.js': program })) {
    fs.writeFileSync(path.join(own, name), content);
  }
  return own;
}

function runIn(cwd: string, ...command: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd,
    encoding: 'utf8',
    // a user's program has no jest around it, and neither command line is to ask the internet for news
    env: {
      ...process.env,
      NODE_ENV: undefined,
      NODE_OPTIONS: undefined,
      CHECKPOINT_DISABLE: 'true',
      CDK8S_CHECK_UPGRADE: 'false',
      // Terraform warns of a file that is named here and not there
      TF_CLI_CONFIG_FILE: undefined,
    },
  });
  return { status, stdout, stderr };
}

test.each(MISTAKES.map((mistake): [string, Mistake] => [mistake.what, mistake]))('%s', (_what, mistake) => {
  const { program, args = [], files = {}, stderr } = mistake;
  const own = folderOf(program, files);
  expect(runIn(own, 'main.js', ...args)).toEqual({ status: 1, stdout: '', stderr: `${stderr}\n` });
  expect(filesIn(own)).toEqual({ ...files, 'main.js': program });
});

const CONSTRUCTOR = programWith("app.environment('local', { provider: lib.KindProvider.local() });");
const SYNTHESIS = programWith("app.environment('empty', { provider: lib.KindProvider.local() });");
const REJECTION = `(async () => { ${CONSTRUCTOR} })();`;
const BUG = programWith('undefined.oops();');
const TAKEN =
  '[PlatformApp] environment must have a name of its own, got "local": choose another; there are already: local.';
const NO_CLUSTER = `1 problem found, nothing was written:
  [empty] has no cluster: add a composition such as DataPlatform, or call addCluster()`;
const MISSPELLED =
  '[command line] argument must be one of -e, --environment, --all-problems, -h, --help, got "--enviroment": write --environment.';

test('a promise that nobody waits for ends the program like any error', () => {
  expect(runIn(folderOf(REJECTION), 'main.js')).toEqual({ status: 1, stdout: '', stderr: `${TAKEN}\n` });
});

test('a program that is an ES module, with await at its top', () => {
  const own = folderOf('');
  fs.writeFileSync(
    path.join(own, 'main.mjs'),
    `import { PlatformApp } from 'ml-platform-constructs';\nawait 0;\nnew PlatformApp().synth();\n`,
  );
  const { status, stderr } = runIn(own, 'main.mjs');
  expect([status, stderr.split('\n').length]).toEqual([1, 2]);
  expect(stderr).toMatch(/^\[PlatformApp\] environment must be called before synth\(\)/);
});

test("a bug of the user's program keeps its stack, as Node prints it", () => {
  const { status, stderr } = runIn(folderOf(BUG), 'main.js');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^.*main\.js:\d+\nundefined\.oops\(\);\n {10}\^\n\nTypeError: .*\n {4}at .*main\.js/);
  expect(stderr).toMatch(/\nNode\.js v\d+\.\d+\.\d+\n$/);
});

test('what listens for errors itself gets them', () => {
  const listener = "process.on('uncaughtException', (error) => console.error('mine: ' + error.name));\n";
  expect(runIn(folderOf(listener + CONSTRUCTOR), 'main.js')).toMatchObject({
    status: 0,
    stderr: 'mine: InvalidInputError\n',
  });
});

test('--help prints the options, and nothing is synthesized', () => {
  const own = folderOf(programWith(''));
  const { status, stdout, stderr } = runIn(own, 'main.js', '--help');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Usage: main\.js \[options\]\n/);
  for (const option of ['-e, --environment', '--all-problems', '-h, --help']) expect(stdout).toContain(option);
  expect(Object.keys(filesIn(own))).toEqual(['main.js']);
});

test('--all-problems shows each of more problems than fit', () => {
  const many = MISTAKES.find(({ what }) => what === 'more problems than fit on the screen');
  const { stderr } = runIn(folderOf(many!.program), 'main.js', '--all-problems');
  expect(stderr.trimEnd().split('\n')).toHaveLength(121);
});

describe.each([
  ['a constructor', CONSTRUCTOR, '', TAKEN],
  ['the synthesis', SYNTHESIS, '', NO_CLUSTER],
  ['the command line', programWith(''), ' --enviroment', MISSPELLED],
])('what %s refuses', (_what, program, args, message) => {
  test('stands once on the standard error of cdktf synth', () => {
    const own = folderOf(program);
    const cdktf = { language: 'typescript', app: `node main.js${args}`, projectId: 'x', sendCrashReports: 'false' };
    fs.writeFileSync(path.join(own, 'cdktf.json'), JSON.stringify(cdktf));
    const { status, stderr } = runIn(own, programOf('cdktf-cli', 'cdktf'), 'synth');
    expect(status).toBe(1);
    expect(stderr.split(message.replace(/^/gm, '    '))).toHaveLength(2);
    expect(stderr.split(message.split('\n')[0])).toHaveLength(2);
    expect(stderr).not.toMatch(/^\s+at |Node\.js v/m);
  });

  test('stands once on the standard error of cdk8s synth, before what it says itself', () => {
    const own = folderOf(program);
    fs.writeFileSync(path.join(own, 'cdk8s.yaml'), `language: typescript\napp: node main.js${args}\noutput: dist\n`);
    const { status, stderr } = runIn(own, programOf('cdk8s-cli', 'cdk8s'), 'synth');
    expect(status).toBe(1);
    const [before, after, ...more] = stderr.split(`${message}\n`);
    expect([before, more]).toEqual(['', []]);
    expect(after).toMatch(/^Error: command "node main\.js.*" at .* returned a non-zero exit code 1\n( {4}at .*\n)+$/);
  });
});
