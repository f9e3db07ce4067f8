import * as fs from 'node:fs';
import * as path from 'node:path';
import * as library from 'ml-platform-constructs';
import { reportOf } from '../../src/contracts/uncaught-errors';
import { filesIn, temporaryFolder } from '../support/synth';
import { MISTAKES } from './index';
import { Mistake } from './mistake';

test('every mistake is described once', () => {
  const described = MISTAKES.map(({ what }) => what);
  expect(described.filter((what, at) => described.indexOf(what) !== at)).toEqual([]);
});

test.each(MISTAKES.map((mistake): [string, Mistake] => [mistake.what, mistake]))('%s', (_what, mistake) => {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(mistake.files ?? {})) fs.writeFileSync(path.join(folder, name), content);

  const report = reportOfProgram(folder, mistake);

  expect(report).toBe(mistake.stderr);
  expect(report.split('\n').length).toBeLessThanOrEqual(15);
  expect(report).not.toMatch(/^\s+at /m);
  expect(filesIn(folder)).toEqual(mistake.files ?? {});
});

type Program = (require: (name: string) => unknown, console: object) => void;

/** What the user sees of a program in a folder. The tests of the package run some of them as programs of their own. */
function reportOfProgram(folder: string, { program, args = [] }: Mistake): string {
  const before = { cwd: process.cwd(), argv: process.argv };
  const require = (name: string): unknown =>
    name === 'ml-platform-constructs' ? library : jest.requireActual<object>(name);
  process.chdir(folder);
  process.argv = [process.execPath, path.join(folder, 'main.js'), ...args];
  try {
    // with the lines of the program, as its errors name them
    const run = (0, eval)(`(function (require, console) {${program}\n})\n//# sourceURL=${process.argv[1]}`) as Program;
    run(require, { ...console, log: () => undefined });
  } catch (error) {
    const report = reportOf(error);
    if (report !== undefined) return report;
    throw error;
  } finally {
    process.argv = before.argv;
    process.chdir(before.cwd);
  }
  throw new Error('the program ends as if nothing were wrong');
}
