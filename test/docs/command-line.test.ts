import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { blocks, printedFiles, ROOT } from './pages';

const PAGE = 'docs/command-line.md';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'command-line-'));

beforeAll(() => {
  for (const [name, text] of Object.entries(printedFiles(PAGE))) fs.writeFileSync(path.join(folder, name), text);
  const program = path.join(folder, 'bin', 'ml-platform');
  fs.mkdirSync(path.dirname(program));
  const tsx = path.join(ROOT, 'node_modules/tsx/dist/cli.mjs');
  const main = path.join(ROOT, 'src/cli/main.ts');
  fs.writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${tsx}' '${main}' "$@"\n`, { mode: 0o755 });
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test('the file of the page is the sample of the zero-touch document', () => {
  const sample = fs.readFileSync(path.join(ROOT, 'test/fixtures/samples/modeldeployment.yaml'), 'utf8');
  expect(printedFiles(PAGE)).toEqual({ 'fraud.yaml': sample.replaceAll('"', "'") });
});

const SESSIONS = blocks(PAGE, 'console');

test.each(SESSIONS.map((session) => [session.line, session.code] as const))(
  'the session in line %s of the page is what a shell prints',
  (_, code) => {
    const commands = code.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []));
    expect(commands).not.toEqual([]);
    // each command is printed before its output, with the errors where a terminal shows them
    const script = commands.map(
      (command) => `printf '%s\\n' ${quoted(`$ ${command}`)}; (exit $ended); ${command}; ended=$?`,
    );
    const { stdout } = spawnSync('sh', ['-c', `exec 2>&1; ended=0\n${script.join('\n')}`], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${path.join(folder, 'bin')}:${process.env.PATH ?? ''}` },
    });
    expect(stdout.trimEnd()).toBe(code.trimEnd());
  },
);

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
