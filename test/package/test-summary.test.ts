import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT, temporaryFolder } from './package';

const folder = temporaryFolder();
afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

const GREEN = {
  success: true,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
};

/** The closing line of a CI run and whether it is a success, for what jest wrote and how the test command ended. */
function summary(results: object | undefined, exitCode: number): [string, number | null] {
  const file = path.join(folder, 'results.json');
  fs.rmSync(file, { force: true });
  if (results) fs.writeFileSync(file, JSON.stringify(results));
  const program = path.join(ROOT, 'scripts', 'test-summary.js');
  const { stdout, status } = spawnSync(process.execPath, [program, file, String(exitCode)], { encoding: 'utf8' });
  return [stdout, status];
}

test.each([
  ['all is well', GREEN, 0, '3 passed, 0 failed\n', 0],
  ['tests were skipped', { ...GREEN, numPendingTests: 1, numTodoTests: 1 }, 0, '3 passed, 0 failed, 2 skipped\n', 0],
  ['a test failed', { ...GREEN, success: false, numFailedTests: 2 }, 1, '3 passed, 2 failed\n', 1],
  ['a file could not run', { ...GREEN, success: false, numRuntimeErrorTestSuites: 1 }, 1, '3 passed, 1 failed\n', 1],
  ['the command failed all the same', GREEN, 1, '3 passed, 1 failed\n', 1],
  ['no test ran', { ...GREEN, numPassedTests: 0 }, 0, '0 passed, 1 failed\n', 1],
  ['the tests were not reached', undefined, 2, '0 passed, 1 failed\n', 1],
])('when %s', (_name, results, exitCode, line, status) => {
  expect(summary(results, exitCode)).toEqual([line, status]);
});
