import * as fs from 'node:fs';
import * as path from 'node:path';
import { ownArguments, readCommandLine } from '../../src/app/command-line';
import { temporaryFolder } from '../support/synth';

test.each([
  [[], undefined],
  [['--environment', 'local'], ['local']],
  [['-e', 'local'], ['local']],
  [['--environment=dev,staging'], ['dev', 'staging']],
  [
    ['-e', 'dev,staging', '--all-problems', '--environment', 'local'],
    ['dev', 'staging', 'local'],
  ],
])('%j chooses environments', (args, environments) => {
  expect(readCommandLine(args)).toEqual({ environments, help: false });
});

test.each(['-h', '--help'])('%s asks for the options', (flag) => {
  expect(readCommandLine([flag])).toEqual({ environments: undefined, help: true });
});

const { argv, env } = process;

afterEach(() => {
  process.argv = argv;
  process.env = env;
});

function argumentsOf(program: string | undefined): string[] {
  process.argv = [process.execPath, ...(program === undefined ? [] : [program]), '--flag'];
  return ownArguments();
}

test('the arguments of a program are its own', () => {
  expect(argumentsOf('/home/user/platform/main.ts')).toEqual(['--flag']);
});

test.each(['/home/user/platform/node_modules/.bin/mocha', '/usr/lib/node_modules/vitest/vitest.mjs'])(
  'those of %s are not, since it runs tests',
  (program) => {
    expect(argumentsOf(program)).toEqual([]);
  },
);

test('nor are those of a link to a program in node_modules', () => {
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.writeFileSync(path.join(folder, 'node_modules', 'runner.js'), '');
  fs.symlinkSync(path.join(folder, 'node_modules', 'runner.js'), path.join(folder, 'runner'));
  expect(argumentsOf(path.join(folder, 'runner'))).toEqual([]);
});

test('nor are those of a process that runs the library for Python', () => {
  process.env = { ...env, JSII_AGENT: 'Python/3.12.1' };
  expect(argumentsOf('/tmp/jsii/program.js')).toEqual([]);
});

test('nor are there any without a program', () => {
  expect(argumentsOf(undefined)).toEqual([]);
});
