import * as fs from 'node:fs';
import * as path from 'node:path';
import { filesIn, temporaryFolder } from '../support/synth';
import { MISTAKES } from './index';
import { Mistake } from './mistake';
import { runProgram } from './run-program';

test('every mistake is described once', () => {
  const described = MISTAKES.map(({ what }) => what);
  expect(described.filter((what, at) => described.indexOf(what) !== at)).toEqual([]);
});

test.each(MISTAKES.map((mistake): [string, Mistake] => [mistake.what, mistake]))('%s', (_what, mistake) => {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(mistake.files ?? {})) fs.writeFileSync(path.join(folder, name), content);

  const report = runProgram(folder, mistake);

  expect(report).toBe(mistake.stderr);
  expect(report.split('\n').length).toBeLessThanOrEqual(15);
  expect(report).not.toMatch(/^\s+at /m);
  expect(filesIn(folder)).toEqual(mistake.files ?? {});
});
