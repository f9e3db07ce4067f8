import * as path from 'node:path';
import * as library from 'ml-platform-constructs';
import { reportOf } from '../../src/contracts/uncaught-errors';
import { Mistake } from './mistake';

type Program = (require: (name: string) => unknown, console: object) => void;

/** What the user sees of a program in a folder, nothing where it is right. The tests of the package run some of them as programs of their own. */
export function runProgram(folder: string, { program, args = [] }: Mistake): string {
  const before = { cwd: process.cwd(), argv: process.argv };
  const require = (name: string): unknown =>
    name === 'ml-platform-constructs' ? library : jest.requireActual<object>(name);
  process.chdir(folder);
  process.argv = [process.execPath, path.join(folder, 'main.js'), ...args];
  try {
    // with the lines of the program, as its errors name them
    const run = (0, eval)(`(function (require, console) {${program}\n})\n//# sourceURL=${process.argv[1]}`) as Program;
    run(require, { ...console, log: () => undefined });
    return '';
  } catch (error) {
    const report = reportOf(error);
    if (report !== undefined) return report;
    throw error;
  } finally {
    process.argv = before.argv;
    process.chdir(before.cwd);
  }
}
